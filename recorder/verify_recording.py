"""Judge a recording: alone, or against what a case file's ledger told of it. Pure."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.canonical import Json
from domain.errors import EvidenceError
from recorder import case
from recorder.export.members import exports
from recorder.format.cipher import commitment
from recorder.format.reader import Reader, Source
from recorder.report import MALFORMED, Report, Steps, UnfinishedError, Verdict

Event = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Recorded:
    """A sealed recording that was read to its end, with the links at which heartbeats stand."""

    reader: Reader
    links: Mapping[int, str]
    """The chain's head, in hex, after so many frames."""


def verify_recording(source: Source) -> Report:
    """The report on a recording alone. It can't PASS: only the ledger knows whether it is the right one."""
    steps = Steps("recording")
    try:
        reader = Reader(source)
        steps.subject = f"recording of session {reader.header.session}"
        for _ in reader.frames():
            pass
    except EvidenceError as fault:
        steps.add("chain", Verdict.FAIL, str(fault), fault.code or MALFORMED)
        return steps.report()
    if not reader.sealed:
        steps.add(
            "chain",
            Verdict.INCOMPLETE,
            f"All {reader.frames_read} frames verify, but the recording is not sealed: it is still being"
            f" written, or was interrupted at byte {reader.offset}.",
            "recording_unsealed",
        )
        return steps.report()
    steps.add("chain", Verdict.PASS, chain_sentence(reader))
    steps.add(
        "ledger",
        Verdict.INCOMPLETE,
        f"A chain alone can be made again by who can write the file. Compare SHA-256 {reader.sha256.hex()}"
        " with the session's closing event, or verify its case file.",
        "ledger_missing",
    )
    return steps.report()


def read_recording(source: Source, session: str, digest: str, beats: Sequence[Event]) -> Recorded:
    """The recording in ``source``, once it is a sealed one of this session, under the permit of this digest (in hex)."""
    reader = Reader(source)
    wanted = {event.get("frames") for event in beats}
    links = {0: reader.head.hex()}
    for stored in reader.frames():
        if reader.frames_read in wanted:
            links[reader.frames_read] = stored.link.hex()
    if not reader.sealed:
        raise EvidenceError(
            f"The recording is not sealed: it stops at frame {reader.frames_read}, byte {reader.offset}.",
            code="recording_unsealed",
        )
    if reader.header.session != session:
        raise EvidenceError(f"The recording is of session {reader.header.session}.", code="recording_session")
    if reader.header.about.get("digest") != digest:
        raise EvidenceError("The recording was opened under another permit.", code="recording_permit")
    return Recorded(reader, links)


def chain_sentence(reader: Reader) -> str:
    """What a recording holds, in one sentence."""
    return (
        f"{reader.frames_read} frames, {reader.bytes_to_asset} bytes to the asset, {reader.bytes_to_vendor}"
        f" to the vendor, ended by {reader.cause!r}; head {reader.head.hex()}."
    )


def check_in_ledger(reader: Reader, ended: Event) -> str:
    """A sentence once the event that closed the session names this very recording."""
    if not ended:
        raise UnfinishedError(
            "Without the session's closing event, only its heartbeats tie this recording.", code="end_missing"
        )
    found: dict[str, Json] = {
        "recording_sha256": reader.sha256.hex(),
        "head": reader.head.hex(),
        "frames": reader.frames_read,
    }
    if ended["event"] == "SessionEnded":
        found |= {"bytes_to_asset": reader.bytes_to_asset, "bytes_to_vendor": reader.bytes_to_vendor}
    for name, value in found.items():
        if ended.get(name) != value:
            raise EvidenceError(
                f"The ledger's {name} is {ended.get(name)}; here it is {value}.", code="recording_other"
            )
    if ended["event"] == "SessionInterrupted":
        raise UnfinishedError(
            "This is the recording that the ledger names, but it was interrupted: what followed its last"
            " whole frame is not in it.",
            code="recording_interrupted",
        )
    return "Hash, head, frames and byte counts are those of the session's closing event."


def check_heartbeats(recorded: Recorded, beats: Sequence[Event]) -> str:
    """A sentence once every heartbeat, in the ledger's order, names a link of this chain."""
    before = 0
    for beat in beats:
        frames = beat.get("frames")
        if not isinstance(frames, int) or frames < before:
            raise EvidenceError(
                f"The heartbeat at {beat.get('at')} counts backwards.", code="heartbeat_backwards"
            )
        before = frames
        if frames > recorded.reader.frames_read:
            raise EvidenceError(
                f"At {beat.get('at')} there were {frames} frames; {recorded.reader.frames_read} are here.",
                code="heartbeat_ahead",
            )
        if recorded.links.get(frames) != beat.get("head"):
            raise EvidenceError(
                f"The heartbeat at {beat.get('at')} has another head at frame {frames}.",
                code="heartbeat_other",
            )
    return f"{len(beats)} on the way all lie on this chain."


def check_exports(recording: Source, reader: Reader, enclosed: bytes | None, named: Mapping[str, str]) -> str:
    """A sentence once the exports ``named`` (by name, SHA-256 in hex) are those that the recording gives.

    ``enclosed`` is the member with its key, None where there is none.
    """
    if enclosed is None:
        if named:
            raise UnfinishedError(
                "Without the recording's key nobody can tell where the exports come from.",
                code="recording_key_missing",
            )
        return "None are enclosed, nor is the recording's key: what was done stays closed."
    document = case.read_object(enclosed)
    key = bytes.fromhex(str(document.get("key")))
    if document != {"schema": case.KEY_SCHEMA, "session": reader.header.session, "key": key.hex()}:
        raise EvidenceError(
            "The enclosed key is for another session, or written in another form.", code="recording_key_other"
        )
    if commitment(key) != reader.header.key_commitment:
        raise EvidenceError("The enclosed key is not the recording's.", code="recording_key_other")
    made = exports(recording, key)
    if not any(name.endswith(case.CAPTURE) for name in named):
        # Case files were written without them once.
        made = {name: each for name, each in made.items() if not name.endswith(case.CAPTURE)}
    if odd := sorted(made.keys() ^ named.keys()):
        raise EvidenceError(
            f"The exports are not those that this recording gives: {', '.join(odd)}.", code="exports_other"
        )
    for name, lines in made.items():
        digest = hashlib.sha256()
        for line in lines():
            digest.update(line)
        if digest.hexdigest() != named[name]:
            raise EvidenceError(f"{name} is not what this recording shows.", code="exports_other")
    return f"Every frame decrypts, and made again from them the {len(named)} exports are the same."
