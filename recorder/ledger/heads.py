"""Heads that somebody signed: a checkpoint is worth what the keys under it are worth."""

from collections.abc import Iterable

from domain.errors import EvidenceError
from recorder.ledger.checkpoint import Checkpoint
from recorder.ledger.note import Note, VerifierKey


def open_checkpoint(data: bytes, origin: str, keys: Iterable[VerifierKey]) -> Checkpoint:
    """The head in a signed checkpoint.

    EvidenceError unless it is for ``origin`` and one of ``keys`` by that log signed it.
    """
    note = Note.of(data)
    note.signed_by(keys)
    found = Checkpoint.of(note.body)
    if found.origin != origin:
        raise EvidenceError(
            f"This checkpoint is for {found.origin}, not for {origin}.", code="checkpoint_origin"
        )
    return found
