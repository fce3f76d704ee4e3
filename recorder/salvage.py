"""After a crash: close a recording as far as its chain verifies, and say what was found.

Works without any key: the end frame is plain, and the chain is hashes only. Nothing is thrown
away: bytes that do not verify are set aside beside the recording.
"""

from dataclasses import dataclass
from pathlib import Path

from domain.canonical import canonical
from domain.errors import EvidenceError
from domain.ids import SessionId
from recorder.format.frame import HEAD, Kind
from recorder.format.header import encode_seal
from recorder.format.reader import BrokenRecordingError, Reader
from recorder.stores.local import LocalStore
from recorder.stores.store import EvidenceStore, Volume

INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What was found. ``head`` is the chain's after ``frames`` frames, the end frame included."""

    session: SessionId
    frames: int
    head: bytes
    sha256: bytes
    bytes_to_asset: int
    bytes_to_vendor: int
    interrupted_at: int
    """The byte of the file up to which it verified."""
    set_aside_bytes: int
    sentence: str


def salvage(path: Path, cause: str = INTERRUPTED) -> Salvaged:
    """Close the recording at ``path`` (``<session>.pnr.part``); see ``salvage_in``."""
    session = SessionId(path.name.removesuffix(".part").removesuffix(".pnr"))
    return salvage_in(LocalStore(path.parent, reserve_bytes=0), session, cause)


def salvage_in(store: EvidenceStore, session: SessionId, cause: str = INTERRUPTED) -> Salvaged:
    """Close a recording that was left open; EvidenceError while a living process writes it.

    May itself be interrupted at any point and repeated. What is not even the beginning of a
    recording is set aside; then ``frames`` is 0 and ``sha256`` is empty.
    """
    volume = store.reopen(session)
    try:
        return _close(store, volume, session, cause)
    finally:
        volume.close()


def _close(store: EvidenceStore, volume: Volume, session: SessionId, cause: str) -> Salvaged:
    found = volume.size
    with store.source(session) as source:
        try:
            reader = Reader(source)
        except EvidenceError as error:
            store.set_aside(session)
            sentence = f"Session {session}: nothing had been recorded yet. {error.fact}"
            return Salvaged(session, 0, b"", b"", 0, 0, 0, found, sentence)
        fault = ""
        elapsed_us = 0
        frames = reader.frames()
        while True:
            try:
                stored = next(frames, None)
            except BrokenRecordingError as error:
                fault = error.fact
                break
            if stored is None:
                break
            elapsed_us = stored.head.elapsed_us
    at, verified = reader.offset, reader.frames_read
    aside = 0 if reader.sealed else found - at
    sha256 = reader.sha256
    if not reader.sealed:
        volume.cut(at)
        end = b"" if reader.ended else _end(reader, cause, found, elapsed_us)
        seal = encode_seal(reader.frames_read, reader.head)
        sha256 = reader.append_seal(seal)
        volume.append((end, seal))
    volume.seal()
    return Salvaged(
        session,
        reader.frames_read,
        reader.head,
        sha256,
        reader.bytes_to_asset,
        reader.bytes_to_vendor,
        at,
        aside,
        f"Session {session}: {verified} frames verify, up to byte {at}; {aside} bytes behind them were set"
        f" aside. {fault or ('It had been closed in order.' if reader.sealed else 'It stopped between two frames.')}",
    )


def _end(reader: Reader, cause: str, found: int, elapsed_us: int) -> bytes:
    body = canonical(
        {
            "cause": cause,
            "frames": reader.frames_read,
            "bytes_to_asset": reader.bytes_to_asset,
            "bytes_to_vendor": reader.bytes_to_vendor,
            "interrupted_at": reader.offset,
            "set_aside_bytes": found - reader.offset,
        }
    )
    head = HEAD.pack(Kind.END, 0, 0, 0, reader.frames_read, elapsed_us, len(body), len(body))
    return head + body + reader.append_end(head, body)
