"""The plant's states, its kill switch and its charter, in plain words. Pure."""

from collections.abc import Callable, Mapping

from broker.console.evidence.naming import Naming, because, count
from domain.canonical import Json, text_in


def _state(of: Naming, event: Mapping[str, Json]) -> str:
    before = text_in(event, "before")
    origin = f" from {before}" if before else ""
    who, zone = of.person(text_in(event, "by")), of.zone(text_in(event, "zone"))
    return f"{who} set {zone}{origin} to {text_in(event, 'after')}."


OVER = {
    "time": "its time was up, and it came back",
    "state": "the zone's state came, and it came back",
    "restored": "somebody released it before",
    "isolated": "it was shut without a term, and stays so",
}


def _term(event: Mapping[str, Json]) -> str:
    zone = text_in(event, "zone")
    state = f"{zone} is in {text_in(event, 'state')}" if zone else ""
    return " or ".join(filter(None, (text_in(event, "until"), state)))


SAYINGS: Mapping[str, Callable[[Naming, Mapping[str, Json]], str]] = {
    "StateChanged": _state,
    "Isolated": lambda of, it: (
        f"{of.person(text_in(it, 'by'))} cut off {of.scope(text_in(it, 'scope'))}{because(it)}"
    ),
    "OverrideBegun": lambda of, it: (
        f"{of.person(text_in(it, 'by'))} suspended {of.scope(text_in(it, 'scope'))} until {_term(it)}{because(it)}"
    ),
    "OverrideEnded": lambda of, it: (
        f"The override of {of.scope(text_in(it, 'scope'))} by {of.person(text_in(it, 'by'))} is over: "
        f"{OVER.get(text_in(it, 'why'), 'no cause is told')}. It waits for a review."
    ),
    "OverrideReviewed": lambda of, it: (
        f"{of.person(text_in(it, 'by'))} reviewed the override of {of.scope(text_in(it, 'scope'))}: {text_in(it, 'finding')}"
    ),
    "RestoreAgreed": lambda of, it: (
        f"{of.person(text_in(it, 'by'))} agreed that {of.scope(text_in(it, 'scope'))} may come back over {text_in(it, 'boundary')}."
    ),
    "Restored": lambda of, it: (
        f"{of.person(text_in(it, 'by'))} opened {of.scope(text_in(it, 'scope'))} again{because(it)}"
    ),
    "GateStoodStill": lambda _of, it: (
        f"The gate answered nothing any more. The watchdog ended it, with {count(it, 'sessions')} live sessions."
    ),
    "ClockStepped": lambda _of, it: f"The wall clock jumped by {count(it, 'seconds')} s.",
    "CharterLoaded": lambda _of, _it: "A process of this node took up the charter.",
    "CharterApplied": lambda of, it: (
        f"{of.person(text_in(it, 'by'))} put version {count(it, 'version')} of the charter in force: {text_in(it, 'reason')}"
    ),
    "CredentialChanged": lambda of, it: (
        f"{of.person(text_in(it, 'by'))} changed the {text_in(it, 'kind')} of {of.asset(text_in(it, 'asset'))}."
    ),
    "RightAttested": lambda of, it: (
        f"{of.person(text_in(it, 'person'))} attested, by {text_in(it, 'kind')}, to answer for {text_in(it, 'subject')}."
    ),
}
