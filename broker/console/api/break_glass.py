"""The API's break-glass: what was opened past whom, and its review. It is broken by approving under ``incident_lead``."""

from typing import Any

from fastapi import Request

from broker.console.api.documents import Finding, ReviewOfGlass, ReviewToSign, SignedReviewOfGlass
from broker.console.api.route import api_router
from broker.console.desk import Desk, desk_of
from broker.console.guard import Visitor, visitor_of
from broker.console.plant.break_glass import review_use, uses
from broker.console.plant.signed_review import draw_up, take_ssh
from domain.glass_review import NAMESPACE, ReviewStatement

router = api_router("break-glass")


@router.get("/break-glass")
async def listed(request: Request) -> list[dict[str, Any]]:
    """Every use, newest first, and whether somebody has reviewed it."""
    return await _uses(desk_of(request), visitor_of(request))


@router.post("/break-glass/{permit}/review")
async def review(request: Request, permit: str, given: ReviewOfGlass) -> list[dict[str, Any]]:
    """Review a use that you had no part in; the next one on its boundary is free from then on."""
    desk, visitor = desk_of(request), visitor_of(request)
    await review_use(desk, visitor, permit, given.finding, given.code)
    return await _uses(desk, visitor)


@router.post("/break-glass/{permit}/statement")
async def statement(request: Request, permit: str, given: Finding) -> ReviewToSign:
    """Draw up the review of a use for your SSH key to sign; it is taken back once, within five minutes."""
    drawn, ceremony = await draw_up(desk_of(request), visitor_of(request), permit, given.finding)
    return ReviewToSign(ceremony=ceremony, statement=drawn.message().decode(), namespace=NAMESPACE)


@router.post("/break-glass/{permit}/signed")
async def signed(request: Request, permit: str, given: SignedReviewOfGlass) -> list[dict[str, Any]]:
    """File the review that your SSH key signed; the next use on that boundary is free from then on."""
    desk, visitor = desk_of(request), visitor_of(request)
    said = ReviewStatement.of_message(given.statement.encode())
    await take_ssh(desk, visitor, permit, given.ceremony, said.document(), given.signature)
    return await _uses(desk, visitor)


async def _uses(desk: Desk, visitor: Visitor) -> list[dict[str, Any]]:
    return [
        {
            "use": one.glass.document(),
            "asset": one.asset,
            "overdue": one.overdue,
            "may_review": one.may_review,
        }
        for one in await uses(desk, visitor)
    ]
