"""Whether a signed review of break-glass holds: the same keys and the same steps as for an approval."""

from approvals.proofs.stated import verify_stated
from approvals.trust import Trust
from domain.break_glass import Glass
from domain.errors import ProofError
from domain.glass_review import NAMESPACE, ReviewStatement, SignedReview
from domain.said import say


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
    verify_stated(statement, signed.proof, NAMESPACE, trust)


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
