"""The API's live sessions. What was, is with the evidence."""

from typing import Annotated

from fastapi import Query, Request
from pydantic import BaseModel

from broker.console.api.documents import At, Reasoned, SessionPath, Token
from broker.console.api.paging import Paged, Part
from broker.console.api.route import api_router
from broker.console.desk import Interlocks, desk_of
from broker.console.guard import Visitor, visitor_of
from broker.console.sessions.live import NOT_KNOWN, Live, live_sessions
from broker.console.sessions.routes import tell_about
from broker.console.sessions.wall import walled
from broker.console.sessions.watch import screened, watched
from broker.console.stream import EventStream
from domain.canonical import Json, instant_text
from domain.plant import OperatingState

router = api_router("sessions")


class SessionDocument(BaseModel):
    """A live session, as its gate reports it; what ``may_`` be done is for the caller."""

    session: Token
    permit: Token
    person: str
    vendor: str
    asset: str
    zone: str
    source: str
    opened_at: At
    deadline: At
    """When it ends at the latest."""
    channels: str
    bytes_to_asset: int
    bytes_to_vendor: int
    active_at: At | None
    """When bytes last crossed."""
    operating_state: OperatingState | None
    watched_by: list[str]
    by_program: bool
    """Nobody proved a second factor when its client signed in: a program may be at work, for which ``person`` answers."""
    held: list[str]
    """Why nothing goes towards the asset now: ``state``, ``unattended``, ``paused``, ``locked``; empty while it does."""
    paused_by: str
    """Who paused it; empty when nobody did."""
    may_stop: bool
    may_pause: bool
    may_resume: bool


class SessionList(Part):
    """Live sessions, oldest first."""

    sessions: list[SessionDocument]


class Stopped(BaseModel):
    """The session that was ended."""

    stopped: Token


class Held(BaseModel):
    """The session that was paused or resumed."""

    session: Token
    paused: bool


@router.get("/sessions", operation_id="list_sessions")
async def sessions(request: Request, paging: Paged) -> SessionList:
    """The live sessions that are the caller's business. 503 rather than an empty list when nobody knows."""
    desk = desk_of(request)
    held = await desk.interlocks()
    if not held.sound:
        raise NOT_KNOWN
    live = await live_sessions(desk, visitor_of(request), held)
    part, more = paging.cut(live, lambda one: (instant_text(one.opened_at), one.id))
    return SessionList(sessions=[session_document(one) for one in part], next=more)


@router.get("/sessions/live", operation_id="stream_sessions", status_code=200, response_class=EventStream)
async def wall(request: Request) -> EventStream:
    """The same as a stream of server-sent events: `wall` when anything changed, `beat` when nothing did, `over` at its end."""

    def draw(_visitor: Visitor, live: tuple[Live, ...], held: Interlocks) -> Json:
        told = [session_document(one).model_dump(mode="json") for one in live]
        return {"sound": held.sound, "isolated": list(held.isolated), "sessions": told}

    return walled(request, draw)


@router.get("/sessions/{session}", operation_id="read_session")
async def session(request: Request, session: SessionPath) -> SessionDocument:
    """One live session; 404 for one that is not live or not the caller's business."""
    desk = desk_of(request)
    return session_document(await watched(desk, visitor_of(request), session))


@router.get(
    "/sessions/{session}/screen", operation_id="watch_session", status_code=200, response_class=EventStream
)
async def screen(
    request: Request,
    session: SessionPath,
    channel: Annotated[int, Query(ge=0, le=2**31, description="0 is the newest terminal.")] = 0,
) -> EventStream:
    """Watch its terminal, as it is recorded: server-sent events in the words of asciicast v2.

    The ledger is told before the first character, and again at the end. What may leave only by the word of who holds
    `data_out` is not shown to others.
    """
    return await screened(request, session, channel, "API")


@router.post("/sessions/{session}/stop", operation_id="stop_session")
async def stop(request: Request, session: SessionPath, given: Reasoned) -> Stopped:
    """End a live session now; 404 for one that is not live or not the caller's business."""
    await tell_about(desk_of(request), visitor_of(request), "stop", session, given.reason)
    return Stopped(stopped=session)


@router.post("/sessions/{session}/pause", operation_id="pause_session")
async def pause(request: Request, session: SessionPath, given: Reasoned) -> Held:
    """Hold what goes towards the asset in a live session; what the asset says still reaches the vendor."""
    await tell_about(desk_of(request), visitor_of(request), "pause", session, given.reason)
    return Held(session=session, paused=True)


@router.post("/sessions/{session}/resume", operation_id="resume_session")
async def resume(request: Request, session: SessionPath, given: Reasoned) -> Held:
    """Let a paused session go on; 403 for whoever may pause it but not lift another's pause."""
    await tell_about(desk_of(request), visitor_of(request), "resume", session, given.reason)
    return Held(session=session, paused=False)


def session_document(live: Live) -> SessionDocument:
    """A live session as the API gives it."""
    return SessionDocument(
        session=live.id,
        permit=live.permit,
        person=live.person,
        vendor=live.vendor,
        asset=live.asset,
        zone=live.zone,
        source=live.source,
        opened_at=instant_text(live.opened_at),
        deadline=instant_text(live.deadline),
        channels=live.channels,
        bytes_to_asset=live.bytes_to_asset,
        bytes_to_vendor=live.bytes_to_vendor,
        active_at=None if live.active_at is None else instant_text(live.active_at),
        operating_state=OperatingState(live.state) if live.state else None,
        watched_by=list(live.watched_by),
        by_program=live.by_program,
        held=list(live.held),
        paused_by=live.paused.by if live.paused else "",
        may_stop=live.may_stop,
        may_pause=live.may_pause,
        may_resume=live.may_resume,
    )
