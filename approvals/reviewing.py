"""Whether a signed review of break-glass holds: the same keys and the same steps as for an approval."""

from hmac import compare_digest
from typing import assert_never

from approvals.proofs import webauthn
from approvals.proofs.sshsig import check_bare
from approvals.trust import Trust
from domain.break_glass import Glass
from domain.errors import ProofError
from domain.glass_review import NAMESPACE, ReviewStatement, SignedReview
from domain.proof import PasskeyProof, SshProof
from domain.said import say


def challenge_of(statement: ReviewStatement, nonce: bytes) -> bytes:
    """What a passkey signs: ``nonce`` (32 random bytes), then the statement's digest."""
    if len(nonce) != webauthn.NONCE_BYTES:
        raise ProofError(
            say("A review's nonce is {nonce_bytes} bytes.", nonce_bytes=webauthn.NONCE_BYTES),
            code="wrong_nonce",
        )
    return nonce + statement.digest()


def purpose_of_statement(statement: ReviewStatement) -> str:
    """What a challenge is handed out for, and nothing else."""
    return f"review:{statement.digest().hex()}"


def verify_review(signed: SignedReview, glass: Glass, trust: Trust) -> None:
    """Return when it is this use's, and by a key of its person in ``trust``; ProofError with a stable code else.

    Whether the person may review this use is not asked here: see ``policies.glass``.
    """
    statement = signed.statement
    of = (statement.permit, statement.boundary, statement.used_at)
    if of != (glass.permit, glass.boundary, glass.at):
        raise ProofError(say("What was signed is the review of another use."), code="wrong_review")
    match signed.proof:
        case PasskeyProof() as proof:
            webauthn.check(proof, challenge_of(statement, proof.nonce), statement.by, trust)
        case SshProof() as proof:
            if not compare_digest(proof.message, statement.message()):
                raise ProofError(
                    say("The key signed something else than this review."), code="wrong_challenge"
                )
            keys = trust.signing_keys.get(statement.by, ())
            check_bare(proof.signature, proof.message, NAMESPACE, keys, user_verified=True)
        case never:
            assert_never(never)


def holds(glass: Glass, trusts: tuple[Trust, ...]) -> bool:
    """Whether the use's signed review holds by one of these versions of the trust file."""
    review = glass.review
    if review is None or review.signed is None:
        return False
    for trust in trusts:
        try:
            verify_review(review.signed, glass, trust)
        except ProofError:
            continue
        return True
    return False
