"""The list of sessions that wait for somebody to look at them, the most urgent first."""

from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import Response

from broker.console.desk import Desk, desk_of
from broker.console.guard import Visitor, visitor_of
from broker.console.pages import page
from broker.console.roles import sees_permit
from broker.console.route import page_router
from domain.rights import DecisionRight
from policies.session_review import Due, due, may_review

router = page_router()

MOST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Waiting:
    """One session, for one visitor."""

    due: Due
    overdue: bool
    mine: bool
    """The visitor may review it."""
    rights: tuple[DecisionRight, ...]


@router.get("/reviews")
async def listed(request: Request) -> Response:
    """What waits for a review, and whose it is."""
    desk, visitor = desk_of(request), visitor_of(request)
    waiting = await reviews_for(desk, visitor)
    return await page(
        request,
        "evidence/reviews.html",
        visitor,
        waiting=waiting[:MOST_SHOWN],
        count=len(waiting),
        asked=bool(desk.parts.charter().review_terms),
    )


async def reviews_for(desk: Desk, visitor: Visitor) -> tuple[Waiting, ...]:
    """What waits, of what is this visitor's business: theirs to review first, then by its day."""
    if desk.parts.reviews is None:
        return ()
    charter, now = desk.parts.charter(), desk.parts.clock.now()
    asked = due(charter, await desk.parts.reviews())
    permits = await desk.parts.approvals.these([one.what.permit for one in asked])
    found: list[Waiting] = []
    for one in asked:
        filed = permits.get(one.what.permit)
        if filed is None or not sees_permit(charter, visitor.person, visitor.roles, filed.permit, now):
            continue
        mine = bool(may_review(charter, filed.permit, visitor.person.id, now))
        found.append(Waiting(one, one.overdue(now), mine, tuple(sorted(one.terms.rights))))
    return tuple(sorted(found, key=lambda each: (not each.mine, each.due.by)))
