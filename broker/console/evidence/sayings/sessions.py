"""Sessions and what went through them, in plain words. Pure."""

from collections.abc import Callable, Mapping

from broker.console import words
from broker.console.evidence.naming import Naming, because, count, excepted
from domain.canonical import Json, text_in

PASSAGES = {
    "shell": "a terminal",
    "exec": "a command",
    "sftp": "file transfer (sftp)",
    "scp": "a file copy (scp)",
    "rsync": "a file copy (rsync)",
    "forward": "a native protocol",
}
FLOWS = {"get": ", out of the asset only", "put": ", to the asset only"}
ENDS = {
    "window_end": "its window ended",
    "revoked": "its permit was revoked",
    "killed": "the plant stopped it",
    "isolated": "the kill switch closed the way",
    "state_change": "the zone went into a state in which the permit does not hold",
    "recorder_failed": "it could not be recorded any longer",
    "charter_changed": "the charter changed, and the permit or the key does not hold under it",
    "key_revoked": "a key with which its permit was approved no longer counts",
    "watchdog_lost": "the gate lost its kill switch",
    "idle": "nobody used it for as long as one may stand unused",
    "unproved": "it was locked, and whoever was there could not prove who they are",
    "client_gone": "the vendor's client went away",
    "finished": "the vendor was finished",
    "shutdown": "the gate was shut down",
    "never_opened": "the ledger could not keep its opening",
}
HELD = {
    "paused": "the plant paused it",
    "locked": "nobody had used it, and its person has to sign in again",
    "state": "its zone changed to a state that its permit does not name",
    "unattended": "nobody of the plant was watching",
}
PROVED = {"code": "with a one-time code", "passkey": "with their passkey"}
TRIED = {"unlock": "unlock", "confirm": "confirm a function in"}


def _opened(of: Naming, event: Mapping[str, Json]) -> str:
    who, where = of.person(text_in(event, "person")), of.asset(text_in(event, "asset"))
    until = of.when(event, "deadline")
    text = f"{who} was let in to {where}, from {text_in(event, 'source')}, until {until} at the latest."
    return text + excepted(event)


def _ended(of: Naming, event: Mapping[str, Json]) -> str:
    cause = ENDS.get(text_in(event, "cause"), text_in(event, "cause"))
    sent, got = words.octets(count(event, "bytes_to_asset")), words.octets(count(event, "bytes_to_vendor"))
    text = f"{of.session(text_in(event, 'session'))} ended, because {cause}."
    text += f" {sent} went to the asset and {got} to the vendor; the recording is sealed."
    if event.get("verified") is False:
        text += " Its two sides were not seen to be closed."
    if text_in(event, "remote_job") not in {"", "none"}:
        text += " A program that it started may live on at the asset."
    return text


def _passage(_of: Naming, event: Mapping[str, Json]) -> str:
    what, detail = (
        _named(text_in(event, "passage")),
        text_in(event, "detail"),
    )
    return f"{what} was opened{f': {detail}' if detail else ''}."


def _named(passage: str) -> str:
    kind, _, flow = passage.partition(":")
    return (
        f"{PASSAGES[kind]}{FLOWS[flow]}"
        if kind in PASSAGES and flow in FLOWS
        else PASSAGES.get(passage, passage)
    )


def _passage_refused(of: Naming, event: Mapping[str, Json]) -> str:
    what = _named(text_in(event, "passage"))
    where = f" on {of.asset(asset)}" if (asset := text_in(event, "asset")) else ""
    said = text_in(event, "sentence")
    return f"{of.person(text_in(event, 'person'))} wanted {what}{where} and was refused: {said}"


def _watched(of: Naming, event: Mapping[str, Json]) -> str:
    who, what = of.person(text_in(event, "by")), of.session(text_in(event, "session"))
    if text_in(event, "since"):
        return f"{who} stopped watching {what}, having watched since {of.when(event, 'since')}."
    return f"{who} began to watch {what}."


DISPOSITIONS = {
    "in_order": "found it in order",
    "question": "has a question",
    "incident": "calls it an incident",
}


def _reviewed(of: Naming, event: Mapping[str, Json]) -> str:
    said = DISPOSITIONS.get(text_in(event, "disposition"), text_in(event, "disposition"))
    words = text_in(event, "words")
    return (
        f"{of.person(text_in(event, 'by'))} reviewed {of.session(text_in(event, 'session'))} and {said}"
        f"{f': {words}' if words else '.'}"
    )


SAYINGS: Mapping[str, Callable[[Naming, Mapping[str, Json]], str]] = {
    "SessionOpened": _opened,
    "PassageOpened": _passage,
    "PassageRefused": _passage_refused,
    "SessionHeartbeat": lambda _of, it: f"The recording had come to {count(it, 'frames')} frames.",
    "SessionEnded": _ended,
    "SessionInterrupted": lambda of, it: (
        f"{of.session(text_in(it, 'session'))} never ended in order: {text_in(it, 'sentence')}"
    ),
    "StepDeclared": lambda of, it: (
        f"{of.person(text_in(it, 'by'))} let {of.session(text_in(it, 'session'))} go on until {of.when(it, 'until')}, "
        f"for a step that must not be interrupted{because(it)}"
    ),
    "StepDone": lambda of, it: (
        f"{of.person(text_in(it, 'by'))} said that the step in {of.session(text_in(it, 'session'))} is done."
    ),
    "SessionHeld": lambda of, it: (
        f"Input of {of.session(text_in(it, 'session'))} was held: {HELD.get(text_in(it, 'hold'), 'no cause is told')}."
    ),
    "SessionReleased": lambda of, it: (
        f"Input of {of.session(text_in(it, 'session'))} went on"
        f"{' by a new permit for the new state' if text_in(it, 'agreed') else ''}."
    ),
    "SessionUnlocked": lambda of, it: (
        f"{of.person(text_in(it, 'person'))} signed in again for {of.session(text_in(it, 'session'))}, "
        f"{PROVED.get(text_in(it, 'factor'), 'by a proof')}, and its input went on."
    ),
    "ProofRefused": lambda of, it: (
        f"Somebody tried to {TRIED.get(text_in(it, 'purpose'), 'prove who they are in')} {of.session(text_in(it, 'session'))} "
        f"as {of.person(text_in(it, 'person'))}, and the proof did not count."
    ),
    "FunctionConfirmed": lambda of, it: (
        f"{of.person(text_in(it, 'person'))} confirmed {PROVED.get(text_in(it, 'factor'), 'by a proof')} that this may reach "
        f"{of.asset(text_in(it, 'asset'))} once: {text_in(it, 'what')}."
    ),
    "FunctionPassed": lambda _of, it: f"What was confirmed went to the asset: {text_in(it, 'what')}.",
    "SessionReviewed": _reviewed,
    "SessionPaused": lambda of, it: (
        f"{of.person(text_in(it, 'by'))} paused {of.session(text_in(it, 'session'))}{because(it)}"
    ),
    "SessionResumed": lambda of, it: (
        f"{of.person(text_in(it, 'by'))} resumed {of.session(text_in(it, 'session'))}{because(it)}"
    ),
    "SessionWatched": _watched,
    "AttendanceChanged": lambda of, it: (
        f"{of.person(text_in(it, 'by'))} {'watches' if it.get('present') is True else 'no longer watches'} "
        f"{of.scope(text_in(it, 'scope'))}."
    ),
    "HostKeyMismatch": lambda of, it: (
        f"{of.asset(text_in(it, 'asset'))} showed another host key than the pinned one. No credential was sent."
    ),
    "InwardRefused": lambda of, it: (
        f"{of.session(text_in(it, 'session'))} tried to send {count(it, 'dropped_bytes')} bytes in over a conduit "
        "that only lets bytes out. None reached the asset."
    ),
}
