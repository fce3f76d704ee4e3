"""Approval by SSH signature. The signature covers the permit itself, the right and what was shown."""

from hmac import compare_digest

from approvals.proofs.sshsig import check_bare
from approvals.trust import Trust
from domain.errors import ProofError
from domain.permit import Permit
from domain.proof import Approval, SshProof
from domain.signed_decision import NAMESPACE, SignedDecision, Verdict
from domain.ssh_key import in_hardware


def signed_by(proof: SshProof, decision: SignedDecision, trust: Trust) -> bool:
    """Whether the key that signed can't leave its device; ProofError unless it is one of the person's own."""
    keys = trust.signing_keys.get(decision.person, ())
    key = check_bare(proof.signature, proof.message, NAMESPACE, keys, user_verified=True)
    return in_hardware(key.key)


def check(proof: SshProof, approval: Approval, permit: Permit, trust: Trust) -> bool:
    """As ``signed_by``, once what was signed is this very approval of this very permit."""
    decision = SignedDecision.of(proof.message)
    if not compare_digest(decision.permit.digest(), permit.digest()):
        raise ProofError(
            "The key signed something else than this.",
            code="wrong_challenge",
            remedy="Fetch the permit again and sign what is shown now.",
        )
    if decision.verdict is not Verdict.APPROVE:
        raise ProofError("What was signed is a refusal.", code="wrong_verdict")
    said = (decision.right, decision.person, decision.shown)
    if said != (approval.right, approval.approver, approval.shown_digest):
        raise ProofError(
            "What was signed is another's approval, under another right, or of another text.",
            code="wrong_decision",
        )
    if approval.at >= decision.until:
        raise ProofError(
            "The signature came after its end.",
            code="decision_expired",
            remedy="Fetch the permit again and sign what is shown now.",
        )
    return signed_by(proof, decision, trust)
