"""The plant's states, its kill switch and its charter, in plain words. Pure."""

from collections.abc import Callable, Mapping

from broker.console.evidence.naming import Naming, because, count
from domain.canonical import Json, text_in


def _state(of: Naming, event: Mapping[str, Json]) -> str:
    before = text_in(event, "before")
    origin = f" from {before}" if before else ""
    who, zone = of.person(text_in(event, "by")), of.zone(text_in(event, "zone"))
    return f"{who} set {zone}{origin} to {text_in(event, 'after')}."


SAYINGS: Mapping[str, Callable[[Naming, Mapping[str, Json]], str]] = {
    "StateChanged": _state,
    "Isolated": lambda of, it: (
        f"{of.person(text_in(it, 'by'))} cut off {of.scope(text_in(it, 'scope'))}{because(it)}"
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
