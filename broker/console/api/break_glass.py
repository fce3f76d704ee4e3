"""The API's break-glass: what was opened past whom, and its review. It is broken by approving under ``incident_lead``."""

from fastapi import Request
from pydantic import BaseModel, Field

from broker.console.api.documents import Code, PermitPath, Reason, Strict
from broker.console.api.paging import Paged, Part
from broker.console.api.route import api_router
from broker.console.desk import Desk, desk_of
from broker.console.guard import Visitor, visitor_of
from broker.console.plant.break_glass import Use, review_use, uses
from broker.console.plant.signed_review import draw_up, take_ssh
from broker.console.refusals import not_found
from domain.canonical import instant_text
from domain.glass_review import NAMESPACE, ReviewStatement

router = api_router("break-glass")


class ReviewOfGlass(Strict):
    """What somebody who had no part in a use of break-glass found."""

    finding: Reason
    code: Code


class Finding(Strict):
    """What somebody who had no part in a use of break-glass found, and is about to sign."""

    finding: Reason


class ReviewToSign(BaseModel):
    """A statement to sign with an SSH key: `statement` as canonical JSON (RFC 8785), in the namespace named here."""

    ceremony: str
    statement: str
    namespace: str


class SignedReviewOfGlass(Strict):
    """The same statement, byte for byte, and what `ssh-keygen -Y sign` wrote for it."""

    ceremony: str = Field(min_length=1, max_length=64)
    statement: str = Field(min_length=2, max_length=8192)
    signature: str = Field(min_length=1, max_length=16_384)


class UseDocument(BaseModel):
    """One use. ``use`` is as the watchdog keeps it, with its review once there is one."""

    use: dict[str, object]
    asset: str = Field(description="Empty where the database has lost the permit.")
    overdue: bool
    may_review: bool


class UseList(Part):
    """Uses, newest first."""

    uses: list[UseDocument]


@router.get("/break-glass", operation_id="list_break_glass")
async def break_glass(request: Request, paging: Paged) -> UseList:
    """Every use, newest first, and whether somebody has reviewed it."""
    found = await uses(desk_of(request), visitor_of(request))
    part, more = paging.cut(
        found, lambda one: (instant_text(one.glass.at), one.glass.permit), newest_first=True
    )
    return UseList(uses=[_document(one) for one in part], next=more)


@router.post("/break-glass/{permit}/review", operation_id="review_break_glass")
async def review_break_glass(request: Request, permit: PermitPath, given: ReviewOfGlass) -> UseDocument:
    """Review a use that you had no part in; the next one on its boundary is free from then on."""
    desk, visitor = desk_of(request), visitor_of(request)
    await review_use(desk, visitor, permit, given.finding, given.code)
    return await _use(desk, visitor, permit)


@router.post("/break-glass/{permit}/statement", operation_id="draw_up_review")
async def draw_up_review(request: Request, permit: PermitPath, given: Finding) -> ReviewToSign:
    """Draw up the review of a use for your SSH key to sign; it is taken back once, within five minutes."""
    drawn, ceremony = await draw_up(desk_of(request), visitor_of(request), permit, given.finding)
    return ReviewToSign(ceremony=ceremony, statement=drawn.message().decode(), namespace=NAMESPACE)


@router.post("/break-glass/{permit}/signed", operation_id="take_signed_review")
async def take_signed_review(request: Request, permit: PermitPath, given: SignedReviewOfGlass) -> UseDocument:
    """File the review that your SSH key signed; the next use on that boundary is free from then on."""
    desk, visitor = desk_of(request), visitor_of(request)
    said = ReviewStatement.of_message(given.statement.encode())
    await take_ssh(desk, visitor, permit, given.ceremony, said.document(), given.signature)
    return await _use(desk, visitor, permit)


async def _use(desk: Desk, visitor: Visitor, permit: str) -> UseDocument:
    found = [one for one in await uses(desk, visitor) if one.glass.permit == permit]
    if not found:
        raise not_found()
    return _document(found[0])


def _document(one: Use) -> UseDocument:
    return UseDocument.model_validate(
        {
            "use": one.glass.document(),
            "asset": one.asset,
            "overdue": one.overdue,
            "may_review": one.may_review,
        }
    )
