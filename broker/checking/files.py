"""Recordings, receipts of copies and time-stamps against what the ledger says of them. Reads, and changes nothing."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

from broker.checking.told import Told
from broker.evidence.checked import CHANGED, MISSING, UNKNOWN, Found
from broker.stamping.shelf import TOKEN, Shelf
from domain.canonical import Json, parse
from domain.errors import EvidenceError, PenstockError
from domain.ids import SessionId, is_token
from domain.keeping import Deed
from recorder.format.cipher import commitment
from recorder.format.reader import Reader
from recorder.keyring import Keyring
from recorder.stores.local import LocalStore
from recorder.stores.receipts import Receipts

PIECE_BYTES = 1024 * 1024


def recordings(told: Told) -> list[str]:
    """Those that are to be here, in the order in which they are looked at."""
    return sorted(one for one in told.recordings if told.recordings[one] and is_token(one))


def of_recording(
    folder: Path, keyring: Keyring, told: Told, session: str, pause: Callable[[int], None]
) -> Iterator[Found]:
    """What is wrong with a session's recording and its key; nothing of what two persons let go."""
    gone, by = told.gone.get(session, set()), told.last("recording", session)

    def found(code: str, fact: str) -> Found:
        return Found("recording", session, code, fact, by.person, by.leaf)

    if Deed.REMOVE in gone:
        return
    store, wanted = LocalStore(folder, reserve_bytes=0), told.recordings[session]
    try:
        if _sha256(store.path(SessionId(session)), pause) != wanted:
            yield found(CHANGED, f"The recording of session {session} is not the one that the ledger names.")
            return
    except (EvidenceError, OSError):
        yield found(MISSING, f"The recording of session {session} is not there.")
        return
    if Deed.ERASE in gone:
        return
    try:
        with store.source(SessionId(session)) as source:
            sealed_for = Reader(source).header.key_commitment
        if commitment(keyring.unwrapped(store.read_key, SessionId(session))) != sealed_for:
            yield found(CHANGED, f"The key of the recording of session {session} opens another one.")
    except (EvidenceError, OSError) as error:
        fact = error.fact if isinstance(error, EvidenceError) else str(error.strerror)
        yield found(CHANGED, f"The recording of session {session} can't be opened: {fact}")


def strangers(folder: Path, told: Told) -> Iterator[Found]:
    """Sealed recordings of which the ledger tells no beginning."""
    for session in LocalStore(folder, reserve_bytes=0).sealed():
        if session not in told.opened and session not in told.recordings:
            yield Found("recording", session, UNKNOWN, f"The ledger tells of no session {session}.")


def of_copies(folder: Path, told: Told) -> Iterator[Found]:
    """Receipts that are not what the ledger says was copied."""
    receipts = Receipts(folder)
    for session, (sha256, version) in told.copies.items():
        kept = receipts.receipt(SessionId(session)) if is_token(session) else None
        if kept is None:
            yield Found(
                "copy", session, MISSING, f"The receipt of the copy of session {session} can't be read."
            )
        elif (kept.sha256, kept.version) != (sha256, version):
            yield Found(
                "copy",
                session,
                CHANGED,
                f"The receipt of session {session} is for another copy than the ledger's.",
            )


def of_stamps(folder: Path, told: Told) -> Iterator[Found]:
    """Time-stamps that are not those that the ledger took in."""
    kept = {one.size: one for one in Shelf(folder).kept()} if told.stamps else {}
    for size, sha256 in told.stamps.items():
        name = f"head of {size} leaves"
        if size not in kept:
            yield Found("time-stamp", str(size), MISSING, f"The time-stamp of the {name} is not there.")
        elif hashlib.sha256(kept[size].read(TOKEN)).hexdigest() != sha256:
            yield Found("time-stamp", str(size), CHANGED, f"The time-stamp of the {name} is another one.")


def read_document(path: Path) -> Json:
    """A file's JSON; None where there is none that can be read."""
    try:
        return parse(path.read_bytes())
    except (OSError, PenstockError, ValueError):
        return None


def _sha256(path: Path, pause: Callable[[int], None]) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            digest.update(piece)
            pause(len(piece))
    return digest.hexdigest()
