"""One entry's proof in one file: C2SP tlog-proof. It needs no log, only the log's key."""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Iterable
from dataclasses import dataclass

from domain.errors import EvidenceError
from recorder.ledger.checkpoint import Checkpoint, decimal
from recorder.ledger.heads import open_checkpoint
from recorder.ledger.merkle import HASH_BYTES, leaf_hash, verify_inclusion
from recorder.ledger.note import VerifierKey

HEADER = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True, slots=True)
class Proof:
    """That an entry stands at ``index``: the hashes up to the root, and the signed checkpoint with that root.

    ``extra`` is for the reader's convenience and is not proved by anything.
    """

    index: int
    path: tuple[bytes, ...]
    checkpoint: str
    extra: bytes | None = None

    def text(self) -> str:
        """The file's content; its name ends in ``.tlog-proof``."""
        extra = [] if self.extra is None else [f"extra {b64encode(self.extra).decode()}"]
        hashes = [b64encode(one).decode() for one in self.path]
        return "\n".join([HEADER, *extra, f"index {self.index}", *hashes, "", self.checkpoint])

    @staticmethod
    def of(text: str) -> "Proof":
        """The proof that ``text`` states, not yet checked; EvidenceError for anything else."""
        head, gap, checkpoint = text.partition("\n\n")
        lines = head.split("\n")
        if not gap or lines.pop(0) != HEADER:
            raise EvidenceError(f"A proof starts with {HEADER} and holds a checkpoint after an empty line.")
        extra = _decoded(lines.pop(0)[6:]) if lines and lines[0].startswith("extra ") else None
        if not lines or not lines[0].startswith("index "):
            raise EvidenceError("A proof states its entry's index.")
        index = decimal(lines.pop(0)[6:])
        path = tuple(_decoded(line) for line in lines)
        if any(len(one) != HASH_BYTES for one in path):
            raise EvidenceError("A proof's hashes are 32 bytes each.")
        return Proof(index, path, checkpoint, extra)


def verify_proof(text: str, entry: bytes, origin: str, keys: Iterable[VerifierKey]) -> Checkpoint:
    """The signed head under which ``entry`` stands at the proof's index; EvidenceError when it does not."""
    proof = Proof.of(text)
    head = open_checkpoint(proof.checkpoint.encode(), origin, keys)
    if not verify_inclusion(proof.index, head.size, leaf_hash(entry), proof.path, head.root):
        raise EvidenceError(f"The proof does not lead from this entry at {proof.index} to the signed root.")
    return head


def _decoded(line: str) -> bytes:
    try:
        return b64decode(line, validate=True)
    except (ValueError, Base64Error) as error:
        raise EvidenceError(f"{line!r} is not base 64.") from error
