"""Evidence that no session gives, and what is decided about it, in plain words. Pure."""

from collections.abc import Callable, Mapping

from broker.console.evidence.naming import Naming
from domain.canonical import Json, text_in, texts_in


def _collected(_of: Naming, event: Mapping[str, Json]) -> str:
    sound = "and found it as it ought to be" if event.get("sound") is True else "and found something wrong"
    return f"This node looked at itself ({text_in(event, 'kind')}) {sound}: {'; '.join(texts_in(event, 'facts'))}."


def _where(of: Naming, event: Mapping[str, Json]) -> str:
    zone = text_in(event, "zone")
    return f" about {of.zone(zone)}" if zone else ""


SAYINGS: Mapping[str, Callable[[Naming, Mapping[str, Json]], str]] = {
    "EvidenceCollected": _collected,
    "DocumentTaken": lambda of, it: (
        f"{of.person(text_in(it, 'by'))} took “{text_in(it, 'title')}” in as evidence{_where(of, it)} "
        f"({text_in(it, 'sort')}, {text_in(it, 'kind')}); {of.person(text_in(it, 'owner'))} answers for it."
    ),
    "DocumentEnded": lambda of, it: (
        f"{of.person(text_in(it, 'by'))} took the document {text_in(it, 'name')} out of the evidence: {text_in(it, 'reason')}."
    ),
    "TriggerNoted": lambda of, it: (
        f"{of.person(text_in(it, 'by'))} noted {text_in(it, 'name').replace('_', ' ')}{_where(of, it)}, which makes "
        f"evidence stale: {text_in(it, 'reason')}."
    ),
    "EquivalenceDecided": lambda of, it: (
        f"{of.person(text_in(it, 'owner'))} answers for it that {text_in(it, 'kind')} of {of.zone(text_in(it, 'from_zone'))} "
        f"counts in {of.zone(text_in(it, 'to_zone'))} too, until {of.when(it, 'until')}: {text_in(it, 'reason')}."
    ),
    "FindingRaised": lambda of, it: (
        f"A finding about {text_in(it, 'about')} went into the register {text_in(it, 'register')}; "
        f"{of.person(text_in(it, 'owner'))} answers for it: {text_in(it, 'sentence')}"
    ),
    "FindingClosed": lambda of, it: (
        f"{of.person(text_in(it, 'by'))} closed the finding {text_in(it, 'finding')}: {text_in(it, 'reason')}."
    ),
}
