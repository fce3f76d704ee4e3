"""Whether somebody outside the plant vouches that the ledger, with this session in it, was never another. Pure."""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error

from domain.errors import EvidenceError
from recorder.ledger.checkpoint import Checkpoint
from recorder.ledger.merkle import HASH_BYTES, verify_consistency
from recorder.ledger.note import Note
from recorder.ledger.policy import NONE, Policy
from recorder.report import UnfinishedError


def consistency_text(path: tuple[bytes, ...]) -> bytes:
    """The hashes that lead from the witnessed head to the checkpoint, one line of base 64 each."""
    return b"".join(b64encode(one) + b"\n" for one in path)


def consistency_of(data: bytes) -> tuple[bytes, ...]:
    """The hashes that ``consistency_text`` wrote; EvidenceError for anything else."""
    try:
        path = tuple(b64decode(line, validate=True) for line in data.decode("ascii").splitlines())
    except (UnicodeDecodeError, ValueError, Base64Error) as error:
        raise EvidenceError("The proof behind the witnessed head can't be read.") from error
    if consistency_text(path) != data or any(len(one) != HASH_BYTES for one in path):
        raise EvidenceError("The proof behind the witnessed head is written in another form.")
    return path


def check_witnesses(
    policy: Policy | None, witnessed: bytes | None, proof: bytes, checkpoint: Checkpoint, end: int | None
) -> str:
    """The sentence of the step. ``witnessed`` is the cosigned head that is enclosed, ``proof`` leads from it to ``checkpoint``.

    ``end`` is the index of the leaf that tells of the session's end, None where none is enclosed. EvidenceError when the enclosed head is not one of
    this ledger, or not as the policy says; UnfinishedError when the policy asks for more than is enclosed.
    """
    if witnessed is None:
        if policy is not None and policy.quorum != NONE:
            raise UnfinishedError(
                "The policy asks for witnesses, and no head that they vouched for is enclosed: it was taken before they did,"
                " or the plant has none. Ask for the case file again.",
                code="witness_missing",
            )
        return "No witness was asked for, and none is enclosed."
    head = Checkpoint.of(Note.of(witnessed).body)
    if head.origin != checkpoint.origin:
        raise EvidenceError(f"The witnessed head is of another log, {head.origin}.", code="witness_origin")
    if not verify_consistency(head.size, checkpoint.size, head.root, checkpoint.root, consistency_of(proof)):
        raise EvidenceError(
            f"The witnessed head of {head.size} leaves is not the beginning of the ledger of {checkpoint.size}: there are two of it.",
            code="witness_fork",
        )
    if policy is None:
        return (
            f"A head of {head.size} leaves with cosignatures is enclosed, and the checkpoint extends it. Nobody has said"
            " whose they are: give the policy with --policy."
        )
    found = policy.check(witnessed)
    if end is None or end >= head.size:
        raise UnfinishedError(
            f"The head that {_named(found.witnesses)} vouched for ends at leaf {head.size - 1}, before the session's own end."
            " Ask for the case file again.",
            code="witness_too_early",
        )
    since = "" if found.at is None else f" at {found.at:%Y-%m-%d %H:%M:%S} UTC"
    return (
        f"{_named(found.witnesses)} vouched{since} for {head.size} leaves, the session's end among them, and the checkpoint"
        f" extends that head (`quorum {policy.quorum}`)."
    )


def _named(witnesses: tuple[str, ...]) -> str:
    return ", ".join(witnesses) if witnesses else "The log itself"
