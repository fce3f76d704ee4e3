"""Whether a signed word on evidence holds: the same keys and the same steps as for an approval."""

from approvals.proofs.stated import verify_stated
from approvals.trust import Trust
from domain.keeping import NAMESPACE, KeepingStatement, SignedKeeping


def purpose_of_keeping(statement: KeepingStatement) -> str:
    """What a challenge is handed out for, and nothing else."""
    return f"keeping:{statement.digest().hex()}"


def verify_keeping(signed: SignedKeeping, trust: Trust) -> None:
    """Return when its person signed it with a key of theirs in ``trust``; ProofError with a stable code else.

    Whether the person may say so is not asked here: see ``broker.evidence.keeping_desk``.
    """
    statement = signed.statement
    verify_stated(statement, signed.proof, NAMESPACE, trust)
