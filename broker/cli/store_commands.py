"""``penstock evidence store``: see how copies stand, prove the store's lock, put a recording back."""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from broker.cli.answer import NO, fail, json_option, local_name, node_option, plainly, tell
from broker.clock import SystemClock
from broker.evidence.keepings import kept_in
from broker.layout import Layout
from broker.ledger import append_now
from broker.settings import read_settings
from domain.errors import EvidenceError
from domain.events import EvidenceFetched, StoreProven
from domain.ids import SessionId, is_token
from domain.keeping import Deed
from recorder.custody import item_of
from recorder.ledger.reader import LogReader
from recorder.stores.receipts import Receipts, recording_name

if TYPE_CHECKING:
    from recorder.stores.s3 import S3Store

SEE = "See `penstock evidence list`."


@click.group()
def store() -> None:
    """The second store that evidence is copied to."""


@store.command(epilog="Example: penstock evidence store check SESSION")
@click.argument("session")
@node_option
@json_option
@plainly
def check(session: str, layout: Layout, *, as_json: bool) -> None:
    """Read SESSION's copy from the store once more, and compare it with what the ledger says was sealed. Exit 1: it differs."""
    which, sealed = _session(layout, session)
    for version, _ in _versions(_store(layout), which, layout):
        digest = hashlib.sha256()
        for chunk in _store(layout).read(recording_name(which), version):
            digest.update(chunk)
        if digest.hexdigest() == sealed:
            tell(
                {"session": session, "version": version, "same": True},
                [f"Version {version} is what was sealed, byte for byte."],
                as_json=as_json,
            )
            return
    tell(
        {"session": session, "same": False},
        ["The store has no copy that is what was sealed."],
        as_json=as_json,
    )
    raise SystemExit(NO)


@store.command(epilog="Example: penstock evidence store prove --json")
@node_option
@json_option
@plainly
def prove(layout: Layout, *, as_json: bool) -> None:
    """Try to break the store's lock on a canary, and say what came of it. Exit 1: it gave way. The ledger is told."""
    from recorder.stores.lock_proof import prove_lock  # noqa: PLC0415 (as what speaks S3: only where it is asked for)

    there, clock = _store(layout), SystemClock()
    proof = prove_lock(there, clock.now())
    append_now(
        layout.signer_socket,
        StoreProven(at=clock.now(), store=there.name, held=proof.held, code=proof.code, by=local_name()),
    )
    tell(
        {"store": there.name, "held": proof.held, "code": proof.code, "facts": list(proof.facts)},
        [
            *proof.facts,
            f"{there.name}: {'its lock holds' if proof.held else f'not write-once ({proof.code})'}.",
        ],
        as_json=as_json,
    )
    if not proof.held:
        raise SystemExit(NO)


@store.command(epilog="Example: penstock evidence store fetch SESSION")
@click.argument("session")
@node_option
@json_option
@plainly
def fetch(session: str, layout: Layout, *, as_json: bool) -> None:
    """Put SESSION's recording back on this node from the store, once it is found to be what the ledger says was sealed."""
    which, sealed = _session(layout, session)
    final = layout.recordings / f"{which}.pnr"
    if final.exists():
        same = _sha256(final) == sealed
        fail(
            f"There is a recording of session {which} here, and it {'is what' if same else 'is not what'} was sealed.",
            "Nothing is to be done."
            if same
            else f"Keep it for the investigation under another name, then again: mv {final} {final}.altered",
        )
    if Deed.REMOVE in kept_in(LogReader(layout.ledger)).erased.get(which, ()):
        fail(
            f"Two persons had the recording of session {which} removed.",
            f"See `penstock evidence search {which}`; its leaves stand.",
        )
    there = _store(layout)
    for version, size in _versions(there, which, layout):
        fetched = _fetched(there, which, version, layout.recordings)
        try:
            if _sha256(fetched) != sealed:
                continue
            append_now(
                layout.signer_socket,
                EvidenceFetched(
                    at=SystemClock().now(),
                    session=which,
                    store=there.name,
                    version=version,
                    sha256=sealed,
                    by=local_name(),
                ),
            )
            os.link(fetched, final)  # never over another file
        finally:
            fetched.unlink()
        tell(
            {"session": which, "version": version, "bytes": size, "sha256": sealed},
            [f"Put {final} back, {size} bytes; it is what was sealed."],
            as_json=as_json,
        )
        return
    fail(
        f"The store has no copy of session {which} that is what was sealed.",
        "Keep what is there for the auditor.",
    )


def _store(layout: Layout) -> "S3Store":
    from broker.uploader.setup import store_of  # noqa: PLC0415 (what speaks S3 takes a while to load)

    found = store_of(layout, read_settings(layout))
    if found is None:
        fail("No second store is configured.", "docs/stores.md says how to set one up.", status=2)
    return found


def _session(layout: Layout, session: str) -> tuple[SessionId, str]:
    """The session, and SHA-256 of its recording as the ledger has it."""
    if not is_token(session):
        fail(f"{session!r} is not a session's id.", SEE, status=2)
    sealed = item_of(LogReader(layout.ledger), session)
    if not sealed:
        fail(f"The ledger has no sealed recording of session {session}.", SEE)
    return SessionId(session), sealed


def _versions(there: "S3Store", session: SessionId, layout: Layout) -> Iterator[tuple[str, int]]:
    """The version that the receipt names, then whatever else lies under the name, with their sizes."""
    receipt = Receipts(layout.stored).receipt(session)
    name = recording_name(session)
    first = (receipt.version,) if receipt is not None else ()
    for version in dict.fromkeys((*first, *there.versions(name))):
        held = there.held(name, version)
        if held is not None:
            yield version, held.size


def _fetched(there: "S3Store", session: SessionId, version: str, folder: Path) -> Path:
    """A version in a file of its own beside the recordings, read-only and durable."""
    number, path = tempfile.mkstemp(prefix=".fetched-", dir=folder)
    try:
        with os.fdopen(number, "wb") as file:
            for chunk in there.read(recording_name(session), version):
                file.write(chunk)
            file.flush()
            os.fchmod(number, 0o400)
            os.fsync(number)
    except (OSError, EvidenceError):
        Path(path).unlink()
        raise
    return Path(path)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
