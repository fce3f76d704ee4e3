"""Decisions that come signed by an SSH key: drawn up here, signed anywhere, taken back once.

The same for who sits at a terminal beside the console and for who gets the file carried to them. Nothing
here needs a browser, a network or an identity provider: the gate's own socket leads here too.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

from approvals.arbitration import settling
from approvals.bundle import Answer, Bundle
from approvals.proofs.ssh_decision import signed_by
from approvals.quorum import Ineligible, Terms, may_approve
from approvals.service import Approvals, Filed
from approvals.shown import shown_digest
from approvals.trust import Trust
from broker.console.permits.terms import judge, names_of
from broker.people.ceremonies import Ceremonies
from domain.access import Deny, NeedsApproval
from domain.clock import Clock
from domain.dispute import SALT_BYTES, Dispute, settling_nonce
from domain.errors import DecisionError, ProofError
from domain.events import ApprovalRejected, RefusalSigned
from domain.ids import AssetId, PermitId, PersonId
from domain.ledger import Ledger
from domain.permit import WAITING, PermitState
from domain.proof import Approval, ProofKind, SshProof, counts
from domain.rights import DecisionRight
from domain.signed_decision import NONCE_BYTES, SignedDecision, Verdict
from policies.charter.charter import Charter
from policies.facts import Facts

AT_ONCE = timedelta(minutes=5)
"""How long an answer may take that is signed at a terminal; as long as a passkey's."""

LONGEST = timedelta(days=7)
"""How long a bundle may be on its way; never beyond the permit's window."""


class Admission(Protocol):
    """The one way to a decision, as far as it is needed here."""

    async def facts_for(self, person: PersonId, asset: AssetId) -> Facts:
        """What a decision about this person and asset would rest on now."""
        ...


class ByHand:
    """Of one process of one node; ``node`` is its ledger's origin."""

    def __init__(
        self,
        *,
        node: str,
        charter: Callable[[], Charter],
        trust: Callable[[], Trust],
        admission: Admission,
        approvals: Approvals,
        ceremonies: Ceremonies,
        ledger: Ledger,
        clock: Clock,
    ) -> None:
        self._node = node
        self._charter = charter
        self._trust = trust
        self._admission = admission
        self._approvals = approvals
        self._ceremonies = ceremonies
        self._ledger = ledger
        self._clock = clock

    async def draw_up(
        self, permit: PermitId, person: PersonId, right: DecisionRight, length: timedelta, *, refuses: bool
    ) -> Bundle:
        """A yes for ``person`` to sign, or to make a no of with a reason, to be taken within ``length``.

        DecisionError when it could not count now; with ``refuses``, when a no could not. It decides nothing.
        """
        filed = await self._filed(permit)
        if filed.state not in WAITING:
            raise DecisionError(
                f"Permit {permit} is {filed.state} already.",
                code="lost_race",
                remedy="See what was decided: `penstock permits show`.",
            )
        await self._terms(filed, person, right, refuses=refuses)
        charter = self._charter()
        names = names_of(filed.permit, charter)
        now = self._clock.now().replace(microsecond=0)
        decision = SignedDecision(
            verdict=Verdict.APPROVE,
            permit=filed.permit,
            right=right,
            person=person,
            shown=shown_digest(filed.permit, names),
            nonce=_nonce(filed.dispute),
            node=self._node,
            charter=charter.digest,
            until=min(now + min(length, LONGEST), filed.permit.window.end),
        )
        await self._ceremonies.keep(
            _name(decision), _purpose(decision), person, decision.nonce, decision.until
        )
        return Bundle(decision, names)

    async def take(self, answer: Answer) -> PermitState:
        """Count a signed decision; the permit's state afterwards.

        ProofError or DecisionError with a stable code when it does not count; that leaves a leaf.
        """
        decision = answer.decision()
        try:
            filed = await self._check(answer, decision)
        except (ProofError, DecisionError) as error:
            await self._ledger.append(
                ApprovalRejected(
                    at=self._clock.now(),
                    permit=decision.permit.id,
                    person=decision.person,
                    code=error.code,
                    sentence=error.fact,
                )
            )
            raise
        permit, refuses = decision.permit, decision.verdict is Verdict.REFUSE
        terms = await self._terms(filed, decision.person, decision.right, refuses=refuses)
        if refuses:
            await self._keep_refusal(answer, decision)
            return await self._approvals.refuse(permit.id, decision.person, decision.reason, terms)
        approval = Approval(
            permit_digest=permit.digest(),
            right=decision.right,
            approver=decision.person,
            at=self._clock.now(),
            shown_digest=decision.shown,
            proof=SshProof(answer.message, answer.signature),
            settles=None if filed.dispute is None else filed.dispute.digest(),
        )
        if filed.dispute is not None:
            return await self._approvals.settle(
                permit.id, approval, decision.reason, terms, self._trust(), _no_code
            )
        return await self._approvals.approve(permit.id, approval, terms, self._trust(), _no_code)

    async def _check(self, answer: Answer, decision: SignedDecision) -> Filed:
        """The permit, once every question of BUNDLE.md has its answer; the challenge is spent by the last."""
        if decision.node != self._node:
            raise DecisionError(
                f"The node {decision.node} asked for this, and here is {self._node}.",
                code="wrong_node",
                remedy="Take the answer to the node that wrote the bundle.",
            )
        if self._clock.now() >= decision.until:
            raise DecisionError(
                "This answer came after its end.",
                code="decision_expired",
                remedy="Have a new bundle made: `penstock permits bundle`.",
            )
        signed_by(SshProof(answer.message, answer.signature), decision, self._trust())
        charter = self._charter()
        if decision.charter != charter.digest:
            raise DecisionError(
                "Another charter has come into force since this was drawn up.",
                code="wrong_charter",
                remedy="Have a new bundle made, and read it again.",
            )
        filed = await self._filed(decision.permit.id)
        if filed.permit != decision.permit:
            raise DecisionError(
                "The permit that was signed is not the one that is filed here.",
                code="no_such_permit",
                remedy="Have a new bundle made. If this one was made here, the database was edited.",
            )
        if not hmac.compare_digest(
            shown_digest(filed.permit, names_of(filed.permit, charter)), decision.shown
        ):
            raise DecisionError(
                "What this permit says has changed since it was shown.",
                code="shown_text_changed",
                remedy="Have a new bundle made, and read it again.",
            )
        if await self._ceremonies.take(_name(decision), _purpose(decision), decision.person) is None:
            raise DecisionError(
                "This answer was taken already, or this node never asked for it.",
                code="replayed",
                remedy="See what was decided: `penstock permits show`. Have a new bundle made if it waits still.",
            )
        return filed

    async def _terms(self, filed: Filed, person: PersonId, right: DecisionRight, *, refuses: bool) -> Terms:
        """The terms, once this person may exercise this right over this permit now."""
        permit = filed.permit
        facts = await self._admission.facts_for(permit.person, permit.asset)
        judged = judge(permit, facts)
        if refuses:
            return judged.terms  # whether they may refuse is asked where the refusal is filed
        if isinstance(judged.decision, Deny):
            first = judged.decision.reasons[0]
            raise DecisionError(first.sentence, code=first.code, remedy=first.remedy)
        assert isinstance(judged.decision, NeedsApproval)
        if filed.dispute is not None:
            answer = settling(judged.terms, filed.dispute, person, facts.now)
        else:
            answer = may_approve(judged.terms, right, person, facts.now)
        if isinstance(answer, Ineligible):
            raise DecisionError(answer.sentence, code=answer.code)
        if not counts(ProofKind.SSHSIG_SK, judged.terms.proofs):
            raise DecisionError(
                "This conduit accepts no approval by SSH signature.",
                code="kind_not_accepted",
                remedy="Approve in the console, or have the charter name `sshsig` among its proofs.",
            )
        return judged.terms

    async def _keep_refusal(self, answer: Answer, decision: SignedDecision) -> None:
        await self._ledger.append(
            RefusalSigned(
                at=self._clock.now(),
                permit=decision.permit.id,
                digest=decision.permit.digest().hex(),
                person=decision.person,
                message=answer.message.decode(),
                signature=answer.signature.hex(),
            )
        )

    async def _filed(self, permit: PermitId) -> Filed:
        filed = await self._approvals.filed(permit)
        if filed is None:
            raise DecisionError(f"No permit {permit} is filed here.", code="no_such_permit")
        return filed


def _nonce(dispute: Dispute | None) -> bytes:
    """Random, and an arbiter's names what it settles."""
    if dispute is None:
        return secrets.token_bytes(NONCE_BYTES)
    return settling_nonce(secrets.token_bytes(SALT_BYTES), dispute.digest())


def _name(decision: SignedDecision) -> str:
    return hashlib.sha256(decision.nonce).hexdigest()


def _purpose(decision: SignedDecision) -> str:
    return f"decide:{decision.right}:{decision.permit.id}:{decision.permit.digest().hex()}"


def _no_code(_person: PersonId, _step: int, _purpose: str) -> bool:
    """An SSH signature spends no one-time code."""
    return False
