"""Copies in a second store, and room for more, in plain words. Pure."""

from collections.abc import Callable, Mapping

from broker.console.evidence.naming import Naming, count
from domain.canonical import Json, text_in, texts_in

MIB = 1024 * 1024
PROVEN = {
    "lock_held": "held against every attempt to break it",
    "lock_not_set": "could not even be set",
    "lock_unproven": "could not be tried with these credentials",
    "lock_shortened": "could be shortened",
    "lock_loosened": "could be loosened",
    "lock_deleted": "let what it held be deleted",
    "lock_forgotten": "was lost while it was tried",
    "lock_overwritten": "let what it held be written over",
}
ALARMS = {
    "backlog_old": "recordings wait too long to be copied",
    "backlog_big": "too much waits to be copied",
    "disk_used": "the disk is filling",
}
REFUSALS = {
    "disk_filling": " No new session begins: the disk would soon be full.",
    "backlog_full": " No new session begins: too much waits.",
}


def _room(_of: Naming, event: Mapping[str, Json]) -> str:
    why = [ALARMS.get(one, one) for one in texts_in(event, "alarms")]
    refusal = text_in(event, "refusal")
    return (
        f"Room for evidence runs short{': ' + ', '.join(why) if why else ''}. {count(event, 'waiting')} recordings "
        f"({count(event, 'waiting_bytes') // MIB} MiB) wait for the second store; "
        f"{count(event, 'free_bytes') // MIB} MiB of the disk are free.{REFUSALS.get(refusal, '')}"
    )


def _stored(of: Naming, event: Mapping[str, Json]) -> str:
    until = (
        f", and nobody can delete it before {of.when(event, 'locked_until')}"
        if event.get("locked_until")
        else ""
    )
    session = of.session(text_in(event, "session"))
    return f"The recording of {session} lies in the second store too; it was read back, byte for byte{until}."


SAYINGS: Mapping[str, Callable[[Naming, Mapping[str, Json]], str]] = {
    "StoreProven": lambda _of, it: (
        f"The lock of the second store {text_in(it, 'store')} was tried: it "
        f"{PROVEN.get(text_in(it, 'code'), text_in(it, 'code'))}."
    ),
    "EvidenceStored": _stored,
    "EvidenceRoomAlarmed": _room,
    "EvidenceRoomRegained": lambda _of, it: (
        f"There is room for evidence again: {count(it, 'free_bytes') // MIB} MiB of the disk are free, "
        f"{count(it, 'waiting')} recordings wait."
    ),
    "EvidenceFetched": lambda of, it: (
        f"{of.person(text_in(it, 'by'))} put the recording of {of.session(text_in(it, 'session'))} back from the second store."
    ),
    "RecordingAltered": lambda of, it: (
        f"The recording of {of.session(text_in(it, 'session'))} on this node's disk is not what was sealed."
    ),
}
