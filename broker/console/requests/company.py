"""The vendor's own people: saying that somebody needs access no longer. This way only ever takes access away."""

from datetime import datetime

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from broker.console.desk import Desk, desk_of
from broker.console.forms import form_of
from broker.console.guard import Visitor, visitor_of
from broker.console.pages import page
from broker.console.refusals import RefusalError
from broker.console.route import page_router
from broker.console.sessions.routes import accepted
from broker.leaving import check_company, deadline_of, isolate_line, notice_line
from broker.watchdog.interlocks import Interlocks
from domain.errors import PeerError
from domain.ids import PersonId, is_word
from domain.parties import LeavingKind
from domain.said import say

router = page_router()


@router.get("/company")
async def show(request: Request) -> Response:
    """Everybody whom the charter knows of the visitor's company, and until when those who leave have access."""
    desk, visitor = desk_of(request), visitor_of(request)
    people = desk.parts.charter().people.values()
    mine = sorted((one for one in people if one.vendor == visitor.person.vendor), key=lambda one: one.name)
    try:
        held = Interlocks.of((await desk.parts.watchdog({"do": "show"}))["interlocks"])
    except PeerError:
        held = Interlocks()  # the page's own strip says that nothing is known
    shut = {one.id for one in mine if f"person:{one.id}" in held.isolated}
    return await page(request, "requests/company.html", visitor, people=mine, leaving=held.leaving, shut=shut)


@router.post("/company/notice")
async def notice(request: Request) -> Response:
    """At once, or by the end of the next day where somebody was reassigned; nobody of the plant is asked (I04)."""
    desk, visitor = desk_of(request), visitor_of(request)
    form = await form_of(request)
    person, kind = form.get("person", ""), form.get("kind", "")
    if not is_word(person) or kind not in set(LeavingKind):
        raise RefusalError(422, "no_notice", say("Say who needs access no longer, and why."))
    await give_notice(desk, visitor, PersonId(person), LeavingKind(kind))
    return RedirectResponse("/company", 303)


async def give_notice(desk: Desk, visitor: Visitor, person: PersonId, kind: LeavingKind) -> datetime:
    """Have the watchdog keep that one of the visitor's colleagues leaves; from when on they have no access."""
    charter, by = desk.parts.charter(), visitor.person.id
    check_company(charter, by, person)
    reason = f"{kind}, says the vendor"
    until = deadline_of(charter, kind, desk.parts.clock.now())
    try:
        accepted(await desk.parts.watchdog(notice_line(person, until, by=by, reason=reason)))
    except PeerError:
        if kind is not LeavingKind.TERMINATED:
            raise
        accepted(await desk.parts.watchdog(isolate_line(person, by=by, reason=reason)))
    return until
