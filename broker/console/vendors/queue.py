"""The queue of companies that ask to be known: read, refused with a reason, or taken as a draft. For who holds ``identity``.

Taking decides nothing: a draft is text for the charter, which its own signatures put in force, and a key counts
where the charter names it.
"""

import hashlib

from fastapi import Request
from fastapi.responses import PlainTextResponse, RedirectResponse, Response

from broker.console.desk import Desk, desk_of
from broker.console.forms import form_of
from broker.console.guard import Visitor, visitor_of
from broker.console.pages import page
from broker.console.permits.decide import checked_reason
from broker.console.refusals import RefusalError, not_found
from broker.console.route import page_router
from broker.people.application import LONGEST_NAME, draft
from broker.people.applications import REFUSED, TAKEN, WAITING, Filed
from domain.events import VendorAnswered, VendorInvited
from domain.rights import DecisionRight
from domain.said import say

router = page_router()


@router.get("/applications")
async def show(request: Request) -> Response:
    """Who waits, invited ones first."""
    desk, visitor = desk_of(request), visitor_of(request)
    _check(desk, visitor)
    return await page(
        request, "vendors/queue.html", visitor, waiting=await desk.applications.waiting(), code="", link=""
    )


@router.post("/applications/invite")
async def invite(request: Request) -> Response:
    """Draw a code for one company; it is shown once."""
    desk, visitor = desk_of(request), visitor_of(request)
    _check(desk, visitor)
    company = " ".join((await form_of(request)).get("company", "").split())
    if not company or len(company) > LONGEST_NAME or not company.isprintable():
        raise RefusalError(422, "no_company", say("Say for which company the invitation is, in one line."))
    code, invitation = desk.applications.drawn(visitor.person.id, company)
    await desk.parts.ledger.append(
        VendorInvited(
            at=desk.parts.clock.now(),
            invitation=invitation.name,
            by=visitor.person.id,
            company=company,
            until=invitation.until,
        )
    )
    await desk.applications.keep(invitation)
    link = f"{desk.parts.settings.origins[0]}/register?invitation={code}"
    waiting = await desk.applications.waiting()
    return await page(request, "vendors/queue.html", visitor, waiting=waiting, code=code, link=link)


@router.post("/applications/{application}/refuse")
async def refuse(request: Request, application: str) -> Response:
    """With a reason, which the company reads."""
    desk, visitor = desk_of(request), visitor_of(request)
    await refuse_company(desk, visitor, application, (await form_of(request)).get("reason", ""))
    return RedirectResponse("/applications", 303)


@router.post("/applications/{application}/take")
async def take(request: Request, application: str) -> Response:
    """As a draft; its text comes next."""
    desk, visitor = desk_of(request), visitor_of(request)
    filed, _text = await take_company(desk, visitor, application)
    return RedirectResponse(f"/applications/{filed.id}/draft", 303)


@router.get("/applications/{application}/draft")
async def text(request: Request, application: str) -> Response:
    """The draft of one that was taken, as a file to go on with in the charter's folder."""
    desk, visitor = desk_of(request), visitor_of(request)
    filed, draft = await taken(desk, visitor, application)
    named = {"content-disposition": f'attachment; filename="vendor-{filed.id}.draft.toml"'}
    return PlainTextResponse(draft, headers=named)


async def waiting_companies(desk: Desk, visitor: Visitor) -> tuple[Filed, ...]:
    """Who waits, invited ones first."""
    _check(desk, visitor)
    return await desk.applications.waiting()


async def refuse_company(desk: Desk, visitor: Visitor, application: str, reason: str) -> None:
    """Refuse one that waits, with a reason that the company reads."""
    filed = await _waiting(desk, visitor, application)
    await _answer(desk, visitor, filed, REFUSED, checked_reason(reason))


async def take_company(desk: Desk, visitor: Visitor, application: str) -> tuple[Filed, str]:
    """Take one that waits, as a draft for the charter; and the draft."""
    filed = await _waiting(desk, visitor, application)
    text = _draft(desk, filed, visitor.person.id)
    await _answer(desk, visitor, filed, TAKEN, "", _digest(text))
    return filed, text


async def taken(desk: Desk, visitor: Visitor, application: str) -> tuple[Filed, str]:
    """One that was taken, and its draft."""
    _check(desk, visitor)
    filed = await desk.applications.get(application)
    if filed is None or filed.state != TAKEN:
        raise not_found()
    return filed, _draft(desk, filed, filed.by)


async def _waiting(desk: Desk, visitor: Visitor, application: str) -> Filed:
    _check(desk, visitor)
    filed = await desk.applications.get(application)
    if filed is None or filed.state != WAITING:
        raise not_found()
    return filed


async def _answer(
    desk: Desk, visitor: Visitor, filed: Filed, state: str, reason: str, draft: str = ""
) -> None:
    # Evidence first; who comes second reads that somebody was faster, and the ledger has both.
    await desk.parts.ledger.append(
        VendorAnswered(
            at=desk.parts.clock.now(),
            application=filed.id,
            answer=state,
            by=visitor.person.id,
            reason=reason,
            draft=draft,
        )
    )
    if not await desk.applications.answer(filed.id, state, visitor.person.id, reason):
        raise RefusalError(409, "lost_race", say("Somebody answered this company just before you."))


def _draft(desk: Desk, filed: Filed, by: str) -> str:
    people = desk.parts.charter().people
    name = next((one.name for one in people.values() if one.id == by), by)
    return draft(filed.application, name)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _check(desk: Desk, visitor: Visitor) -> None:
    """RefusalError unless the visitor holds ``identity`` over anything now, or is a deputy there."""
    now = desk.parts.clock.now()
    for one in desk.parts.charter().holdings:
        here = one.right is DecisionRight.IDENTITY and one.window.contains(now)
        if here and visitor.person.id in {*one.holders, one.deputy}:
            return
    raise RefusalError(
        403,
        "not_who_admits",
        say("Only whoever holds the decision right “identity” admits outside companies."),
        say("Ask them: the void report names who holds what."),
    )
