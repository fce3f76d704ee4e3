"""The uses of break-glass: what was opened past whom, and the review that frees the boundary again."""

from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from broker.console.desk import Desk, desk_of
from broker.console.forms import form_of
from broker.console.guard import Visitor, visitor_of
from broker.console.permits.decide import checked_reason
from broker.console.refusals import RefusalError, not_found
from broker.console.route import page_router
from broker.console.sessions.routes import accepted
from broker.people.factors import used_already
from domain.break_glass import Glass, Review
from domain.events import GlassReviewed
from domain.ids import PermitId, is_token
from domain.proof import ProofKind, kind_of
from policies.glass import may_review, purpose_of_review

router = page_router()


@dataclass(frozen=True, slots=True)
class Use:
    """One use, for one visitor."""

    glass: Glass
    asset: str
    overdue: bool
    may_review: bool


async def uses(desk: Desk, visitor: Visitor) -> tuple[Use, ...]:
    """Every use whose reviews count, newest first."""
    facts = await desk.parts.admission.facts_now()
    permits = await desk.parts.approvals.these([one.permit for one in facts.glasses])
    found = []
    for glass in sorted(facts.glasses, key=lambda one: one.at, reverse=True):
        filed = permits.get(glass.permit)
        mine = glass.review is None and (
            may_review(facts.charter, filed.permit, glass, visitor.person.id, facts.now)
            if filed is not None
            else visitor.person.auditor and visitor.person.id not in glass.by
        )
        found.append(Use(glass, filed.permit.asset if filed else "", glass.overdue(facts.now), mine))
    return tuple(found)


@router.post("/plant/break-glass/{permit}/review")
async def review(request: Request, permit: str) -> Response:
    """Say what was found; the next use on that boundary is free from then on."""
    desk, visitor = desk_of(request), visitor_of(request)
    form = await form_of(request)
    await review_use(desk, visitor, permit, form.get("finding", ""), form.get("code", ""))
    return RedirectResponse("/plant", 303)


async def review_use(desk: Desk, visitor: Visitor, permit: str, finding: str, code: str) -> None:
    """File the review: a code spent at the gate on exactly this use, a leaf, then the watchdog."""
    await reviewable_by(desk, visitor, permit)
    finding = checked_reason(finding)
    person = visitor.person.id
    step = await desk.parts.codes.check(person, code, purpose_of_review(permit))
    if step is None:
        wait_s = await desk.parts.codes.used(person, code)
        sentence = used_already(wait_s) if wait_s is not None else "This code is wrong or too old."
        raise RefusalError(403, "used_code" if wait_s is not None else "wrong_code", sentence)
    await file_review(desk, PermitId(permit), Review(person, desk.parts.clock.now(), step), finding)


async def reviewable_by(desk: Desk, visitor: Visitor, permit: str) -> Glass:
    """The use that this visitor may review; RefusalError, as for none, for any other."""
    if is_token(permit):
        for one in await uses(desk, visitor):
            if one.glass.permit == permit and one.may_review:
                return one.glass
    raise not_found()


async def file_review(desk: Desk, permit: PermitId, review: Review, finding: str) -> None:
    """A leaf, then the watchdog: what was proved before is proved."""
    signed = review.signed
    await desk.parts.ledger.append(
        GlassReviewed(
            at=review.at,
            permit=permit,
            by=review.by,
            finding=finding,
            step=review.step,
            kind=str(ProofKind.TOTP if signed is None else kind_of(signed.proof)),
            statement="" if signed is None else signed.statement.digest().hex(),
            proof="" if signed is None else signed.digest().hex(),
        )
    )
    told = {"do": "review-glass", "permit": permit, "review": review.document()}
    accepted(await desk.parts.watchdog(told))
