"""Being the eyes that a session needs: a page that says so every second for as long as it is open.

Nothing to press when leaving: a page that is gone is silent, and silence is what the watchdog acts on.
Its own words do not keep the sign-in alive, so nobody attends by having left a browser open overnight.
"""

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from broker.console.desk import desk_of
from broker.console.guard import Visitor, guard, visitor_of
from broker.console.pages import fragment, page
from broker.console.refusals import not_found
from broker.console.sessions.live import Live, live_sessions
from broker.console.sessions.routes import accepted

router = APIRouter(dependencies=[Depends(guard)], include_in_schema=False)


@router.get("/sessions/{session}/attend")
async def attend(request: Request, session: str) -> Response:
    """The page to keep open."""
    visitor = visitor_of(request)
    live = await _watched(request, visitor, session)
    return await page(request, "sessions/attend.html", visitor, one=live, every=1)


@router.post("/sessions/{session}/attend")
async def say(request: Request, session: str) -> Response:
    """One more second of attendance."""
    desk, visitor = desk_of(request), visitor_of(request)
    live = await _watched(request, visitor, session)
    accepted(
        await desk.parts.watchdog({"do": "attend", "scope": f"session:{live.id}", "by": visitor.person.id})
    )
    return fragment(request, "sessions/attended.html", visitor, one=live)


async def _watched(request: Request, visitor: Visitor, session: str) -> Live:
    desk = desk_of(request)
    live = await live_sessions(desk, visitor, await desk.interlocks())
    found = next((one for one in live if one.id == session and one.may_stop), None)
    if found is None:
        raise not_found()
    return found
