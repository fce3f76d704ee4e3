"""The API for a vendor's own people: who they are here, and saying that somebody needs access no longer."""

from typing import Annotated

from fastapi import Request
from pydantic import BaseModel, Field

from broker.console.api.documents import At, Strict, Word
from broker.console.api.route import api_router
from broker.console.desk import desk_of
from broker.console.guard import visitor_of
from broker.console.requests.company import give_notice
from broker.watchdog.interlocks import Interlocks
from domain.canonical import instant_text
from domain.errors import PeerError
from domain.ids import PersonId
from domain.parties import LeavingKind

router = api_router("company")


class ColleagueDocument(BaseModel):
    """One person of the caller's company whom the charter knows."""

    person: str
    name: str
    leaving: At | None
    """From when on they have no access; null for who stays."""
    shut_out: bool


class Company(BaseModel):
    """The caller's colleagues, by name. ``sound`` false: who is leaving is not known just now."""

    vendor: str
    sound: bool
    people: list[ColleagueDocument]


class CompanyNotice(Strict):
    """Who needs access no longer, and why."""

    person: Word
    kind: Annotated[LeavingKind, Field(strict=False)]


class NoticeGiven(BaseModel):
    """What was kept."""

    person: str
    until: At
    """From when on they have no access."""


@router.get("/company", operation_id="read_company")
async def company(request: Request) -> Company:
    """Everybody whom the charter knows of the caller's company."""
    desk, vendor = desk_of(request), visitor_of(request).person.vendor
    sound, held = True, Interlocks()
    try:
        held = Interlocks.of((await desk.parts.watchdog({"do": "show"}))["interlocks"])
    except PeerError:
        sound = False
    mine = sorted(
        (one for one in desk.parts.charter().people.values() if one.vendor == vendor),
        key=lambda one: (one.name, one.id),
    )
    return Company(
        vendor=vendor or "",
        sound=sound,
        people=[
            ColleagueDocument(
                person=one.id,
                name=one.name,
                leaving=instant_text(held.leaving[one.id]) if one.id in held.leaving else None,
                shut_out=f"person:{one.id}" in held.isolated,
            )
            for one in mine
        ],
    )


@router.post("/company/notices", operation_id="give_company_notice")
async def give_company_notice(request: Request, given: CompanyNotice) -> NoticeGiven:
    """At once, or by the end of the next day where somebody was reassigned; nobody of the plant is asked."""
    until = await give_notice(desk_of(request), visitor_of(request), PersonId(given.person), given.kind)
    return NoticeGiven(person=given.person, until=instant_text(until))
