"""The uses of break-glass: what was opened past whom, and the review that frees the boundary again."""

from dataclasses import dataclass

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from broker.console.desk import Desk, desk_of
from broker.console.forms import form_of
from broker.console.guard import Visitor, guard, visitor_of
from broker.console.permits.decide import checked_reason
from broker.console.refusals import RefusalError, not_found
from broker.console.sessions.routes import accepted
from broker.factors import used_already
from domain.break_glass import Glass
from domain.canonical import instant_text
from domain.events import GlassReviewed
from domain.ids import PermitId, is_token
from policies.glass import may_review, purpose_of_review

router = APIRouter(dependencies=[Depends(guard)], include_in_schema=False)


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
    if not is_token(permit) or not any(
        one.glass.permit == permit and one.may_review for one in await uses(desk, visitor)
    ):
        raise not_found()
    finding = checked_reason(finding)
    person = visitor.person.id
    step = await desk.parts.codes.check(person, code, purpose_of_review(permit))
    if step is None:
        wait_s = await desk.parts.codes.used(person, code)
        sentence = used_already(wait_s) if wait_s is not None else "This code is wrong or too old."
        raise RefusalError(403, "used_code" if wait_s is not None else "wrong_code", sentence)
    now = desk.parts.clock.now()
    await desk.parts.ledger.append(
        GlassReviewed(at=now, permit=PermitId(permit), by=person, finding=finding, step=step)
    )
    accepted(
        await desk.parts.watchdog(
            {"do": "review-glass", "permit": permit, "by": person, "at": instant_text(now), "step": step}
        )
    )
