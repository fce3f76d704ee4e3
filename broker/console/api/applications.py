"""The API's queue of companies that ask to be known. Taking one decides nothing: a draft is text for the charter.

An invitation is drawn on the page alone: its code is a secret, and nothing that the API answers is one.
"""

from typing import Annotated

from fastapi import Path, Request
from pydantic import BaseModel

from broker.console.api.documents import At, Reasoned
from broker.console.api.paging import Paged, Part
from broker.console.api.route import api_router
from broker.console.desk import desk_of
from broker.console.guard import visitor_of
from broker.console.vendors.queue import refuse_company, take_company, taken, waiting_companies
from broker.people.applications import Filed
from domain.canonical import instant_text

router = api_router("applications")

ApplicationPath = Annotated[str, Path(pattern=r"^[a-z0-9]{1,64}$", description="As the list names it.")]


class ApplicationDocument(BaseModel):
    """One company, as it wrote of itself; none of it is verified."""

    id: str
    at: At
    source: str
    invited_by: str
    """Empty where nobody did."""
    application: dict[str, object]


class ApplicationList(Part):
    """Those that wait, oldest first."""

    applications: list[ApplicationDocument]


class Refused(BaseModel):
    """The application that was refused."""

    refused: str


class Draft(BaseModel):
    """Text to go on with in the charter's folder; it counts once the charter's own signatures put it in force."""

    id: str
    draft: str


@router.get("/applications", operation_id="list_applications")
async def applications(request: Request, paging: Paged) -> ApplicationList:
    """Companies that wait for an answer, for whoever holds `identity`."""
    found = await waiting_companies(desk_of(request), visitor_of(request))
    part, more = paging.cut(found, lambda one: (instant_text(one.at), one.id))
    return ApplicationList(applications=[_document(one) for one in part], next=more)


@router.post("/applications/{application}/refuse", operation_id="refuse_application")
async def refuse_application(request: Request, application: ApplicationPath, given: Reasoned) -> Refused:
    """Refuse one, with a reason that the company reads."""
    await refuse_company(desk_of(request), visitor_of(request), application, given.reason)
    return Refused(refused=application)


@router.post("/applications/{application}/take", operation_id="take_application")
async def take_application(request: Request, application: ApplicationPath) -> Draft:
    """Take one as a draft for the charter, which this answers with."""
    filed, text = await take_company(desk_of(request), visitor_of(request), application)
    return Draft(id=filed.id, draft=text)


@router.get("/applications/{application}/draft", operation_id="read_application_draft")
async def draft(request: Request, application: ApplicationPath) -> Draft:
    """The draft of one that was taken, again."""
    filed, text = await taken(desk_of(request), visitor_of(request), application)
    return Draft(id=filed.id, draft=text)


def _document(filed: Filed) -> ApplicationDocument:
    return ApplicationDocument.model_validate(
        {
            "id": filed.id,
            "at": instant_text(filed.at),
            "source": filed.source,
            "invited_by": filed.invited_by,
            "application": filed.application.document(),
        }
    )
