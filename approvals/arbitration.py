"""Whether a no opens a dispute, who may settle it, and whether what they signed does.

A no against somebody's yes is a dispute where the right under which it was said has an arbiter who has
no part in it yet; anywhere else a no ends the wish. The arbiter's yes fills one seat of that right, and of
no other: whoever else must agree still must, and nobody of another side sits where the charter seats a side.
"""

from datetime import datetime

from approvals.filed import Filed
from approvals.proofs import Spent, Verified, verify
from approvals.quorum import Eligible, Ineligible, Terms, may_approve, missing
from approvals.trust import Trust
from domain.dispute import Dispute, Position, settling_purpose
from domain.errors import ProofError
from domain.ids import PersonId
from domain.permit import Permit
from domain.proof import Approval, ProofKind
from domain.rights import DecisionRight
from domain.said import say
from domain.signed_decision import names_dispute
from domain.timers import Timers
from domain.voices import arbiter_voice

NO_ARBITER = "no_arbiter"


def may_settle(
    terms: Terms, right: DecisionRight, person: PersonId, at: datetime, spoken: frozenset[PersonId]
) -> Eligible | Ineligible:
    """Whether ``person`` may settle a dispute under ``right`` at ``at``; ``spoken`` are those with a part in it."""
    holding = terms.holdings.get(right)
    if right not in terms.required or holding is None or not holding.window.contains(at):
        return Ineligible("void", f"Nobody holds the right {right} over this boundary now.")
    if holding.arbiter is None:
        return Ineligible(NO_ARBITER, f"The charter names no arbiter for the right {right} here.")
    if person != holding.arbiter:
        return Ineligible("not_arbiter", f"{person} is not the arbiter of the right {right} here.")
    voice = arbiter_voice(holding, at, requester=terms.requester, sides=terms.sides)
    if voice is None or person in terms.outsiders:
        return Ineligible(
            NO_ARBITER, f"{person} can't settle this: it is their own, or a seat of another side."
        )
    if person in spoken:
        return Ineligible("has_spoken", f"{person} has said yes or no to this permit already.")
    return Eligible(holding)


def settling(terms: Terms, dispute: Dispute, person: PersonId, at: datetime) -> Eligible | Ineligible:
    """Whether ``person`` may settle this very dispute at ``at``."""
    if person != dispute.arbiter:
        return Ineligible("not_arbiter", f"{person} is not the arbiter of this dispute.")
    spoken = frozenset(one.person for one in dispute.positions)
    return may_settle(terms, dispute.right, person, at, spoken)


def may_end(terms: Terms, dispute: Dispute, person: PersonId, at: datetime) -> Eligible | Ineligible:
    """Whether ``person`` may say the no that ends a dispute: its arbiter, or who decides under another right.

    Those of the disputed right have said theirs: a second no of one side must not take the place of the arbiter's.
    """
    if arbiter := settling(terms, dispute, person, at):
        return arbiter
    others = [may_approve(terms, right, person, at) for right in sorted(terms.required - {dispute.right})]
    return next((one for one in others if one), arbiter)


def dispute_of(
    filed: Filed, terms: Terms, by: PersonId, reason: str, at: datetime, timers: Timers
) -> Dispute | None:
    """The dispute that this no opens; None where it ends the wish.

    There is none where nobody else has said yes, where ``by`` takes back their own, or without an arbiter.
    """
    given = filed.approvals
    agree = [
        Position(one.approver, one.right, True, filed.permit.purpose, one.at)
        for one in given
        if may_approve(terms, one.right, one.approver, at)
    ]
    own = [right for right in sorted(terms.required) if may_approve(terms, right, by, at)]
    if not agree or not own or any(one.approver == by for one in given):
        return None
    short = missing(terms, [(one.right, one.approver) for one in given], at)
    right = next((one for one in own if one in short), own[0])
    holding = terms.holdings.get(right)
    if holding is None or holding.arbiter is None or any(one.right is right for one in filed.disputes):
        return None
    spoken = frozenset({by, *(one.approver for one in given)})
    if not may_settle(terms, right, holding.arbiter, at, spoken):
        return None
    no = Position(by, right, False, reason, at)
    until = min(filed.permit.window.end, at + timers.arbiter_within)
    return Dispute(filed.permit.digest(), right, holding.boundary, holding.arbiter, (*agree, no), until)


def verify_filed(
    approval: Approval,
    permit: Permit,
    disputes: tuple[Dispute, ...],
    trust: Trust,
    accepted: frozenset[ProofKind],
    spent: Spent,
) -> Verified:
    """What an approval proves, an arbiter's or anybody's; ProofError with a stable code when it proves nothing."""
    if approval.settles is None:
        return verify(approval, permit, trust, accepted, spent)
    dispute = next((one for one in disputes if one.digest() == approval.settles), None)
    if dispute is None or dispute.permit != permit.digest():
        raise ProofError(say("It settles a dispute that there is none of."), code="no_such_dispute")
    if (approval.approver, approval.right) != (
        dispute.arbiter,
        dispute.right,
    ) or approval.at >= dispute.until:
        raise ProofError(say("It is not the arbiter's, or came too late."), code="not_arbiter")
    settled = approval.settles
    if not names_dispute(approval.proof, settled):
        raise ProofError(say("What was signed does not name this dispute."), code="wrong_dispute")

    def spent_settling(person: PersonId, step: int, purpose: str) -> bool:
        return spent(person, step, settling_purpose(purpose, settled))

    return verify(approval, permit, trust, accepted, spent_settling)
