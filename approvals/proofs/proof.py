"""One question for every kind of proof: did this person say yes to this very permit?

Asked when a decision is filed, and again by the gate at every door, against the plant's own trust
file. Nothing that the approval says of itself is believed: only what a key or a secret that the
plant enrolled can show.
"""

from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from typing import Protocol, assert_never

from approvals.proofs import ssh_decision, totp, webauthn
from approvals.trust import Trust
from domain.errors import ProofError
from domain.ids import PersonId
from domain.permit import Permit
from domain.proof import BOUND, Approval, PasskeyProof, ProofKind, SshProof, TotpProof, counts
from domain.rights import DecisionRight
from domain.said import say


class Spent(Protocol):
    """The gate's register of used time-steps."""

    def __call__(self, person: PersonId, step: int, purpose: str, /) -> bool:
        """Whether this step of this person was spent on exactly this purpose."""
        ...


@dataclass(frozen=True, slots=True)
class Verified:
    """An approval whose proof verified. ``sign_count`` is the authenticator's, 0 where it keeps none.

    ``kind`` is the stricter one where the key that made it can't leave its device.
    """

    right: DecisionRight
    approver: PersonId
    kind: ProofKind
    at: datetime
    sign_count: int = 0


def purpose(permit: Permit) -> str:
    """What a one-time code is spent on when it approves ``permit``."""
    return f"approve:{permit.digest().hex()}"


def verify(
    approval: Approval, permit: Permit, trust: Trust, accepted: frozenset[ProofKind], spent: Spent
) -> Verified:
    """What the approval proves; ProofError with a stable code when it proves nothing here.

    Whether the approver holds the right is not asked here: see ``approvals.quorum``.
    """
    if not compare_digest(approval.permit_digest, permit.digest()):
        raise ProofError(
            say("The approval is for another permit than this."),
            code="wrong_permit",
            remedy=say("The permit was changed after it was approved. Ask for a new one."),
        )
    if not permit.requested_at <= approval.at < permit.window.end:
        raise ProofError(
            say("The approval is dated before the request or after the window."), code="wrong_time"
        )
    kind, sign_count, bound = approval.kind, 0, False
    if not counts(BOUND.get(kind, kind), accepted):
        raise ProofError(
            say("This conduit does not accept approval by {kind}.", kind=kind), code="kind_not_accepted"
        )
    match approval.proof:
        case PasskeyProof() as proof:
            shown = webauthn.check(
                proof, webauthn.approval_challenge(permit, proof.nonce), approval.approver, trust
            )
            sign_count, bound = shown.sign_count, not shown.passkey.backup_eligible
        case SshProof() as proof:
            bound = ssh_decision.check(proof, approval, permit, trust)
        case TotpProof() as proof:
            totp.check(proof, approval.approver, approval.at, trust)
            if not spent(approval.approver, proof.step, purpose(permit)):
                raise ProofError(
                    say("This one-time code was not spent on this permit."),
                    code="code_not_spent_on_this",
                    remedy=say(
                        "A code counts once, for one permit. Wait for the next one and approve again."
                    ),
                )
        case never:
            assert_never(never)
    kind = BOUND.get(kind, kind) if bound else kind
    if not counts(kind, accepted):
        raise ProofError(
            say(
                "This conduit accepts approval by {kind} only from a key that can't leave its device.",
                kind=kind,
            ),
            code="key_can_be_copied",
            remedy=say(
                "Approve with a security key: a passkey that is not synced, or an SSH key of a kind -sk."
            ),
        )
    return Verified(approval.right, approval.approver, kind, approval.at, sign_count)
