"""What a witness answers (C2SP tlog-witness): it vouches for a log only as long as the log forgets nothing. Pure.

The shell keeps one ``Seen`` for each log and lets nothing come between judging and keeping: two
submissions at once must not bring a witness back to a smaller tree.
"""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from domain.errors import EvidenceError
from recorder.ledger.checkpoint import Checkpoint, decimal
from recorder.ledger.merkle import EMPTY_ROOT, HASH_BYTES, verify_consistency
from recorder.ledger.note import Note, SignatureLine, VerifierKey

LONGEST_PROOF = 63
"""Lines of a consistency proof: more than any tree that can be counted needs."""

SIZE_TYPE = "text/x.tlog.size"
"""The content type of the size that answers a submission which starts somewhere else (status 409)."""


@dataclass(frozen=True, slots=True)
class Submission:
    """A log's wish: this checkpoint, which extends the tree of ``old`` leaves by ``proof``."""

    old: int
    proof: tuple[bytes, ...]
    note: Note

    def text(self) -> str:
        """The request's body."""
        lines = "".join(f"{b64encode(one).decode()}\n" for one in self.proof)
        return f"old {self.old}\n{lines}\n{self.note.text()}"

    @staticmethod
    def of(data: bytes) -> "Submission":
        """The wish in a request's body; EvidenceError for anything else."""
        head, gap, checkpoint = data.partition(b"\n\n")
        try:
            first, *hashes = head.decode("ascii").split("\n")
            proof = tuple(b64decode(one, validate=True) for one in hashes)
        except (UnicodeDecodeError, ValueError, Base64Error) as error:
            raise EvidenceError("A proof line is a hash in base 64.") from error
        if not gap or not first.startswith("old "):
            raise EvidenceError("A submission is an old size, a proof, an empty line and a checkpoint.")
        if len(proof) > LONGEST_PROOF or any(len(one) != HASH_BYTES for one in proof):
            raise EvidenceError(f"A proof has at most {LONGEST_PROOF} lines of {HASH_BYTES} bytes each.")
        if [b64encode(one).decode() for one in proof] != hashes:
            raise EvidenceError("A proof line is a hash in base 64, in its one written form.")
        return Submission(decimal(first[4:]), proof, Note.of(checkpoint))


@dataclass(frozen=True, slots=True)
class Seen:
    """The largest tree of one log that a witness has vouched for."""

    size: int = 0
    root: bytes = EMPTY_ROOT


@dataclass(frozen=True, slots=True)
class Refused:
    """The HTTP status and the sentence or size that answer a submission which is not vouched for."""

    status: int
    text: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """What is to be kept, and then signed: the head, under the lines by which its log was known."""

    head: Checkpoint
    body: str
    by: tuple[SignatureLine, ...]

    @property
    def seen(self) -> Seen:
        """What to remember from now on."""
        return Seen(self.head.size, self.head.root)


def origin_of(submission: Submission) -> str:
    """Which log a submission says to be; EvidenceError when its checkpoint is none."""
    return Checkpoint.of(submission.note.body).origin


def judge(submission: Submission, keys: Collection[VerifierKey], seen: Seen) -> Accepted | Refused:
    """Whether a witness that has ``seen`` so much of a log vouches for what it submits.

    ``keys`` are those by which the witness knows the log of that origin; none for a log that it does not know. The order of
    the questions is the specification's: 404, 403, 400, 409, 422.
    """
    if not keys:
        return Refused(404, "This witness does not know that log.\n")
    try:
        signers = submission.note.signed_by(keys)
        head = Checkpoint.of(submission.note.body)
    except EvidenceError as error:
        return Refused(403, f"{error.fact}\n")
    if submission.old > head.size:
        return Refused(400, f"A tree of {head.size} leaves does not extend one of {submission.old}.\n")
    if submission.old != seen.size:
        return Refused(409, f"{seen.size}\n")
    if not _extends(submission, head, seen):
        return Refused(422, "The proof does not lead from the tree that was vouched for to this one.\n")
    ids = {(one.name, one.id) for one in signers}
    lines = tuple(one for one in submission.note.lines if (one.name, one.key_id) in ids)
    return Accepted(head, submission.note.body, lines)


def _extends(submission: Submission, head: Checkpoint, seen: Seen) -> bool:
    if head.size == 0:
        return head.root == EMPTY_ROOT and not submission.proof
    if seen.size == 0:
        return not submission.proof
    return verify_consistency(seen.size, head.size, seen.root, head.root, submission.proof)


def cosignatures(body: str, answer: bytes, keys: Sequence[VerifierKey]) -> tuple[SignatureLine, ...]:
    """The lines of a witness's answer that one of ``keys`` made over ``body``; those of others are passed over.

    EvidenceError when the answer is no list of signature lines, or a line by one of the keys does not verify.
    """
    note = Note.of(body.encode() + b"\n" + answer)
    known = {(key.name, key.id) for key in note.signed_by(keys)}
    return tuple(one for one in note.lines if (one.name, one.key_id) in known)
