"""The API's standing templates: what holders have agreed to beforehand. They are written and signed in the console."""

from typing import Annotated

from fastapi import Path, Request
from pydantic import BaseModel

from broker.console.api.documents import Reasoned, Sha256, Token
from broker.console.api.paging import Paged, Part
from broker.console.api.route import api_router
from broker.console.desk import desk_of
from broker.console.guard import visitor_of
from broker.console.standing.routes import Shown, end_template, standing_for
from domain.rights import DecisionRight

router = api_router("standing")

TemplatePath = Annotated[str, Path(pattern=r"^[a-z0-9]{26}$", description="The template's id.")]


class SignedDocument(BaseModel):
    """Who signed it, under which right."""

    right: DecisionRight
    person: str


class TemplateDocument(BaseModel):
    """One template; ``template`` is the signed document itself, ``digest`` its SHA-256 in hex."""

    id: Token
    title: str
    counts: bool
    """Whether a wish inside it needs a confirmation on shift only."""
    ended: bool
    over: bool
    """Whether its time is not now."""
    signed: list[SignedDocument]
    missing: list[DecisionRight]
    """The rights under which nobody who may has signed it."""
    may_sign: list[DecisionRight]
    may_end: bool
    digest: Sha256
    template: dict[str, object]


class TemplateList(Part):
    """By title and id."""

    templates: list[TemplateDocument]


class Ended(BaseModel):
    """The template that was ended."""

    ended: Token


@router.get("/standing", operation_id="list_standing_templates")
async def standing(request: Request, paging: Paged) -> TemplateList:
    """The templates that are the caller's business: a vendor's own company's, and everything of the plant's people."""
    desk = desk_of(request)
    ended = (await desk.parts.admission.facts_now()).revoked
    found = standing_for(desk, visitor_of(request), ended)
    part, more = paging.cut(found, lambda one: (one.template.title, one.template.id))
    return TemplateList(templates=[_document(one) for one in part], next=more)


@router.post("/standing/{template}/end", operation_id="end_standing_template")
async def end_standing(request: Request, template: TemplatePath, given: Reasoned) -> Ended:
    """End one for good, with a reason, and what was opened by it."""
    one = await end_template(desk_of(request), visitor_of(request), template, given.reason)
    return Ended(ended=one.id)


def _document(one: Shown) -> TemplateDocument:
    return TemplateDocument.model_validate(
        {
            "id": one.template.id,
            "title": one.template.title,
            "counts": one.counts,
            "ended": one.ended,
            "over": one.over,
            "signed": [{"right": right, "person": person} for right, person in one.signed],
            "missing": list(one.missing),
            "may_sign": list(one.mine),
            "may_end": one.may_end,
            "digest": one.template.digest(),
            "template": one.template.document(),
        }
    )
