"""The holder's queue, everybody's list of permits, and the sheet of one."""

import asyncio
from datetime import datetime

from fastapi import Request
from fastapi.responses import HTMLResponse, Response

from approvals.service import Filed
from broker.console.browsing.ways import ways
from broker.console.desk import Desk, desk_of
from broker.console.guard import Visitor, visitor_of
from broker.console.pages import fragment, page
from broker.console.permits.commands import by_client, commands_for
from broker.console.permits.sheet import Sheet, background, filed_for, sheet
from broker.console.permits.urgency import queue_of
from broker.console.roles import Role, sees_permit
from broker.console.route import page_router
from broker.console.told.bell import told_of_permit
from domain.canonical import instant_of, instant_text
from domain.events import EvidenceViewed
from domain.permit import WAITING

router = page_router()

MOST_ROWS = 100
LOOKED = "__Host-penstock-looked"
"""The cookie of when this browser last showed the queue."""
LOOKED_FOR_S = 30 * 24 * 3600
MOST_PAGES = 2


@router.get("/queue")
async def queue(request: Request) -> Response:
    """What waits for this holder's decision, and what waits for somebody else's; what is new since they last looked."""
    desk, visitor = desk_of(request), visitor_of(request)
    since = request.cookies.get(LOOKED, "")
    found = queue_of(await _waiting(desk, visitor), _instant(since), desk.parts.clock.now())
    seen = since if _instant(since) else ""
    answer = await page(request, "permits/queue.html", visitor, queue=found, since=seen)
    now = instant_text(desk.parts.clock.now())
    answer.set_cookie(LOOKED, now, max_age=LOOKED_FOR_S, secure=True, httponly=True, samesite="strict")
    return answer


@router.get("/queue/rows")
async def queue_rows(request: Request, since: str = "") -> HTMLResponse:
    """The queue's rows alone, for the page that looks by itself every few seconds."""
    desk, visitor = desk_of(request), visitor_of(request)
    found = queue_of(await _waiting(desk, visitor), _instant(since), desk.parts.clock.now())
    return fragment(request, "permits/queue_rows.html", visitor, queue=found)


@router.get("/permits")
async def permits(request: Request) -> Response:
    """The permits that are this person's business, newest first."""
    desk, visitor = desk_of(request), visitor_of(request)
    return await page(request, "permits/list.html", visitor, sheets=await listed(desk, visitor))


@router.get("/permits/{permit}/state")
async def state(request: Request, permit: str, was: str = "") -> Response:
    """What became of a permit: its page, at whoever waits for it, asks every few seconds and loads anew once it is old.

    ``was`` is the version that the page shows.
    """
    filed = await filed_for(desk_of(request), visitor_of(request), permit)
    old = was != str(filed.version)
    return Response(filed.state.value, media_type="text/plain", headers={"HX-Refresh": "true"} if old else {})


@router.get("/permits/{permit}")
async def one(request: Request, permit: str) -> Response:
    """The permit sheet: on a phone one screen that says what is asked and what could go wrong."""
    desk, visitor = desk_of(request), visitor_of(request)
    filed = await filed_for(desk, visitor, permit)
    if Role.AUDITOR in visitor.roles:
        await desk.parts.ledger.append(
            EvidenceViewed(
                at=desk.parts.clock.now(),
                subject=f"permit:{filed.permit.id}",
                by=visitor.person.id,
                how="permit page",
            )
        )
    facts = await desk.parts.admission.facts_now()
    found = await sheet(desk, visitor, filed, facts, alone=True)
    behind = await background(desk, filed.permit, facts)
    pasted = commands_for(filed.permit, desk.parts.charter(), desk.parts.settings) if found.own else ()
    told = () if found.own else await asyncio.to_thread(told_of_permit, desk.parts, filed.permit.id)
    return await page(
        request,
        "permits/sheet.html",
        visitor,
        sheet=found,
        behind=behind,
        commands=by_client(pasted),
        ways=ways(filed.permit, filed.state, desk.parts.charter().assets.get(filed.permit.asset))
        if found.own
        else (),
        about=told,
    )


async def listed(desk: Desk, visitor: Visitor) -> tuple[Sheet, ...]:
    """The newest permits that the visitor may see: a hundred, or those among the two hundred newest of the plant."""
    facts = await desk.parts.admission.facts_now()
    who, roles, approvals = visitor.person, visitor.roles, desk.parts.approvals
    filed: tuple[Filed, ...] = ()
    seen: list[Filed] = []
    if Role.VENDOR in roles:
        seen += await approvals.filed_of(who.id, most=MOST_ROWS)
    else:
        for _ in range(MOST_PAGES):
            filed = await approvals.all(limit=MOST_ROWS, before=filed[-1].permit.id if filed else None)
            seen += [one for one in filed if sees_permit(facts.charter, who, roles, one.permit, facts.now)]
            if len(filed) < MOST_ROWS or len(seen) >= MOST_ROWS:
                break
    return tuple([await sheet(desk, visitor, one, facts) for one in seen[:MOST_ROWS]])


async def _waiting(desk: Desk, visitor: Visitor) -> tuple[Sheet, ...]:
    facts = await desk.parts.admission.facts_now()
    seen = [
        one
        for one in await desk.parts.approvals.pending()
        if one.state in WAITING
        and facts.now < one.permit.window.end
        and sees_permit(facts.charter, visitor.person, visitor.roles, one.permit, facts.now)
    ]
    sheets = [await sheet(desk, visitor, one, facts) for one in seen]
    return tuple(sheets)


def _instant(text: str) -> datetime | None:
    """The instant that ``text`` writes; None for anything else: it is a reader's own, and only marks rows."""
    try:
        return instant_of(text)
    except ValueError:
        return None
