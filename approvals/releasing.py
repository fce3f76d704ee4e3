"""Whether a signed release of a file holds: the same keys and the same steps as for an approval, and no weaker kind."""

from collections.abc import Collection

from approvals.proofs.stated import verify_stated
from approvals.trust import Trust
from domain.errors import ProofError
from domain.file_release import NAMESPACE, FileStatement, SignedRelease
from domain.proof import ProofKind, counts
from domain.said import say


def purpose_of_release(statement: FileStatement) -> str:
    """What a challenge is handed out for, and nothing else."""
    return f"release:{statement.digest().hex()}"


def verify_release(signed: SignedRelease, trust: Trust, accepted: Collection[ProofKind]) -> None:
    """Return when its person signed it with a key of theirs in ``trust``, of a kind that the conduit accepts; ProofError else.

    A signature counts wherever a one-time code would. Whether the person may say so is not asked here: see
    ``broker.quarantine.releases``.
    """
    kind = verify_stated(signed.statement, signed.proof, NAMESPACE, trust)
    if ProofKind.TOTP not in accepted and not counts(kind, accepted):
        raise ProofError(
            say("Files over this conduit are released by a stricter kind of key than {kind}.", kind=kind),
            code="kind_not_accepted",
            remedy=say("Sign with a kind of key that approves permits over this conduit."),
        )
