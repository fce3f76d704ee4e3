"""Being the eyes that a session needs: a page that says so every second for as long as it is open.

Nothing to press when leaving: a page that is gone is silent, and silence is what the watchdog acts on.
Its own words do not keep the sign-in alive, so nobody attends by having left a browser open overnight.
"""

from datetime import timedelta

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from broker.console.desk import desk_of
from broker.console.forms import form_of
from broker.console.guard import Visitor, visitor_of
from broker.console.pages import fragment, page
from broker.console.parts import Holding
from broker.console.refusals import RefusalError, not_found
from broker.console.route import page_router
from broker.console.sessions.live import Live, live_session, still_live
from broker.console.sessions.routes import accepted
from domain.ids import SessionId
from domain.said import say

STEPS_MINUTES = (5, 10, 15, 30, 60)
"""The lengths on offer, as far as the charter goes; the gate asks the charter again."""

router = page_router()


@router.get("/sessions/{session}/attend")
async def attend(request: Request, session: str) -> Response:
    """The page to keep open."""
    visitor = visitor_of(request)
    live = await _watched(request, visitor, session)
    longest = desk_of(request).parts.charter().longest_step
    return await page(
        request,
        "sessions/attend.html",
        visitor,
        one=live,
        every=1,
        minutes=[one for one in STEPS_MINUTES if timedelta(minutes=one) <= longest],
        holding=desk_of(request).parts.steps is not None,
    )


@router.post("/sessions/{session}/attend")
async def still_there(request: Request, session: str) -> Response:
    """One more second of attendance; or that it is over, which ends the asking."""
    desk, visitor = desk_of(request), visitor_of(request)
    live = await still_live(desk, visitor, await desk.interlocks(), session)
    if live is None or not live.may_stop:
        return fragment(request, "sessions/over.html", visitor)
    accepted(
        await desk.parts.watchdog({"do": "attend", "scope": f"session:{live.id}", "by": visitor.person.id})
    )
    return fragment(request, "sessions/attended.html", visitor, one=live)


@router.post("/sessions/{session}/step")
async def declare(request: Request, session: str) -> Response:
    """Declare a step that must not be interrupted: time waits for it, once, and nothing else does (D03)."""
    visitor, form = visitor_of(request), await form_of(request)
    live = await _watched(request, visitor, session)
    minutes = form.get("minutes", "")
    if not (minutes.isascii() and minutes.isdigit() and 0 < int(minutes) <= STEPS_MINUTES[-1]):
        raise RefusalError(422, "no_length", say("Say how many minutes the step takes."))
    await _steps(request).hold(
        SessionId(live.id),
        visitor.person.id,
        form.get("code", ""),
        timedelta(minutes=int(minutes)),
        form.get("reason", ""),
    )
    return RedirectResponse(f"/sessions/{live.id}/attend", 303)


@router.post("/sessions/{session}/step/done")
async def done(request: Request, session: str) -> Response:
    """Give the session its own end back; it may end at once."""
    visitor = visitor_of(request)
    live = await _watched(request, visitor, session)
    await _steps(request).release(SessionId(live.id), visitor.person.id)
    return RedirectResponse("/sessions", 303)


def _steps(request: Request) -> Holding:
    steps = desk_of(request).parts.steps
    if steps is None:
        raise not_found()
    return steps


async def _watched(request: Request, visitor: Visitor, session: str) -> Live:
    desk = desk_of(request)
    found = await live_session(desk, visitor, await desk.interlocks(), session)
    if not found.may_stop:
        raise not_found()
    return found
