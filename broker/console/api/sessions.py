"""The API's live sessions."""

from fastapi import APIRouter, Depends, Request

from broker.console.api.documents import API, Reasoned, SessionList, Stopped, session_document
from broker.console.api.permits import PROBLEMS
from broker.console.desk import desk_of
from broker.console.guard import guard, visitor_of
from broker.console.refusals import RefusalError
from broker.console.sessions.routes import live_sessions, stop_session

router = APIRouter(prefix=API, dependencies=[Depends(guard)], tags=["sessions"], responses=PROBLEMS)


@router.get("/sessions")
async def sessions(request: Request) -> SessionList:
    """The live sessions that are the caller's business. 503 rather than an empty list when nobody knows."""
    desk = desk_of(request)
    held = await desk.interlocks()
    if not held.sound:
        raise RefusalError(503, "not_reachable", "The watchdog does not answer; what is live is not known.")
    live = await live_sessions(desk, visitor_of(request), held)
    return SessionList(sessions=[session_document(one) for one in live])


@router.post("/sessions/{session}/stop")
async def stop(request: Request, session: str, given: Reasoned) -> Stopped:
    """End a live session now; 404 for one that is not live or not the caller's business."""
    await stop_session(desk_of(request), visitor_of(request), session, given.reason)
    return Stopped(stopped=session)
