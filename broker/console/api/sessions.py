"""The API's live sessions."""

from fastapi import Request

from broker.console.api.documents import Held, Reasoned, SessionList, Stopped, session_document
from broker.console.api.route import api_router
from broker.console.desk import desk_of
from broker.console.guard import visitor_of
from broker.console.refusals import RefusalError
from broker.console.sessions.live import live_sessions
from broker.console.sessions.routes import tell_about

router = api_router("sessions")


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
    await tell_about(desk_of(request), visitor_of(request), "stop", session, given.reason)
    return Stopped(stopped=session)


@router.post("/sessions/{session}/pause")
async def pause(request: Request, session: str, given: Reasoned) -> Held:
    """Hold what goes towards the asset in a live session; what the asset says still reaches the vendor."""
    await tell_about(desk_of(request), visitor_of(request), "pause", session, given.reason)
    return Held(session=session, paused=True)


@router.post("/sessions/{session}/resume")
async def resume(request: Request, session: str, given: Reasoned) -> Held:
    """Let a paused session go on; 403 for whoever may pause it but not lift another's pause."""
    await tell_about(desk_of(request), visitor_of(request), "resume", session, given.reason)
    return Held(session=session, paused=False)
