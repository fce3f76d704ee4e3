"""Watching a live session: its terminal or its screen, as it is recorded, on a page that attends as long as it is open.

Each watching is told to the ledger before the first character is sent, and its end when it ends. It does not
keep the sign-in alive; whoever is signed out, or loses the right to look, is cut off within two seconds.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import ExitStack
from typing import Protocol, TypeVar

import structlog
from fastapi import Request
from fastapi.responses import Response

from broker.console.browsing.ways import screen_port
from broker.console.desk import Desk, desk_of
from broker.console.guard import Visitor, still, visitor_of
from broker.console.pages import fragment, page
from broker.console.refusals import RefusalError
from broker.console.route import page_router
from broker.console.sessions.live import Live, live_session, still_live
from broker.console.sessions.screen import Screening
from broker.console.shell import REPLAY_POLICY
from broker.console.stream import BEAT, ByteStream, EventStream, event
from broker.sessions.live_screen import LiveScreen
from broker.sessions.live_view import LiveView
from domain.access import PassageKind
from domain.canonical import instant_text
from domain.errors import EvidenceError
from domain.events import SessionWatched
from domain.ids import SessionId
from domain.plant import Outflow
from domain.rights import DecisionRight
from domain.said import say
from policies.rights import may_decide_on

log = structlog.get_logger()
router = page_router()

Sent = TypeVar("Sent", str, bytes)


class Eyes(Protocol):
    """Whoever looks at a recording that grows."""

    def close(self) -> None:
        """Look no more."""
        ...


LOOK_S = 0.2
LOOKS_A_CHECK = 10
"""Whether somebody may still look is asked every two seconds."""


@router.get("/sessions/{session}/watch")
async def watch(request: Request, session: str) -> Response:
    """The page. Only this page and the replay may compile the player's WebAssembly."""
    desk, visitor = desk_of(request), visitor_of(request)
    live = await watched(desk, visitor, session)
    return await page(
        request,
        "sessions/watch.html",
        visitor,
        headers={"content-security-policy": REPLAY_POLICY},
        one=live,
        every=1,
        may_see=await _may_see(desk, visitor, live),
        shows=await _shows(desk, live),
    )


@router.get("/sessions/{session}/state")
async def state(request: Request, session: str) -> Response:
    """How it stands, for whoever watches and does not attend; or that it is over, which ends the asking."""
    desk, visitor = desk_of(request), visitor_of(request)
    live = await still_live(desk, visitor, await desk.interlocks(), session)
    if live is None:
        return fragment(request, "sessions/over.html", visitor)
    return fragment(request, "sessions/attended.html", visitor, one=live)


@router.get("/sessions/{session}/screen")
async def screen(request: Request, session: str, channel: int = 0) -> Response:
    """The stream that fills it."""
    return await screened(request, session, channel, "console")


@router.get("/sessions/{session}/picture")
async def picture(request: Request, session: str) -> Response:
    """The same for a screen of pixels: what its viewer was sent, from the beginning, then as it is recorded."""
    desk, visitor, live = await _asked(request, session)
    view = await asyncio.to_thread(desk.parts.screen, live.id)
    drawn = _drawn(request, desk, visitor, live.id, view)
    return ByteStream(await _told(desk, visitor, live.id, "console", view, drawn))


async def screened(request: Request, session: str, channel: int, way: str) -> EventStream:
    """A live terminal as a stream. EvidenceError, and nothing is shown, when the ledger can't be told."""
    desk, visitor, live = await _asked(request, session)
    view = await asyncio.to_thread(desk.parts.view, live.id)
    shown = _shown(request, desk, visitor, live.id, view, channel)
    return EventStream(await _told(desk, visitor, live.id, way, view, shown))


async def _asked(request: Request, session: str) -> tuple[Desk, Visitor, Live]:
    desk, visitor = desk_of(request), visitor_of(request)
    live = await watched(desk, visitor, session)
    if not await _may_see(desk, visitor, live):
        raise RefusalError(
            403,
            "data_out_needed",
            say("What is recorded here may only leave by the word of who holds the right 'data_out'."),
            say("Attend without the picture, or ask the holder; the page 'Voids' says who it is."),
        )
    return desk, visitor, live


async def _told(
    desk: Desk, visitor: Visitor, session: SessionId, way: str, view: Eyes, shown: AsyncGenerator[Sent]
) -> AsyncGenerator[Sent]:
    """``shown``, with a leaf before its first and one after its last; ``view`` is closed in the end."""
    with ExitStack() as opening:
        opening.callback(view.close)
        opening.enter_context(desk.streams.kept(visitor.person.id))
        began = desk.parts.clock.now()
        await _tell(desk, visitor, session, way, "")
        keeping = opening.pop_all()

    async def messages() -> AsyncGenerator[Sent]:
        with keeping:
            try:
                async for message in shown:
                    yield message
            finally:
                since = instant_text(began)
                try:
                    await _tell(desk, visitor, session, way, since)
                except EvidenceError as error:
                    log.warning("watching_end_not_kept", session=session, fact=error.fact)

    return messages()


async def _shown(
    request: Request, desk: Desk, visitor: Visitor, session: SessionId, view: LiveView, channel: int
) -> AsyncGenerator[str]:
    screening, looks = Screening(channel), 0
    while True:
        seen = await asyncio.to_thread(view.look)
        sent = screening.messages(seen)
        for message in sent:
            yield event(message)
        if not sent and looks % LOOKS_A_CHECK == 0:
            yield BEAT
        looks += 1
        on = await desk.streams.pause(LOOK_S)
        may = looks % LOOKS_A_CHECK or await _still(request, desk, visitor, session)
        if seen.ended or not on or not may:
            yield event({}, "done")
            return


async def _drawn(
    request: Request, desk: Desk, visitor: Visitor, session: SessionId, view: LiveScreen
) -> AsyncGenerator[bytes]:
    steady_s = asyncio.get_running_loop().time
    checked_s = steady_s()
    while True:
        seen = await asyncio.to_thread(view.look)
        if seen.sent:
            yield seen.sent  # waits until whoever watches has taken it
        on = await desk.streams.pause(0 if seen.more else LOOK_S)
        if steady_s() - checked_s >= LOOK_S * LOOKS_A_CHECK:
            checked_s = steady_s()
            on = on and await _still(request, desk, visitor, session)
        if seen.ended or not on:
            return


async def _tell(desk: Desk, visitor: Visitor, session: SessionId, way: str, since: str) -> None:
    now, by = desk.parts.clock.now(), visitor.person.id
    await desk.parts.ledger.append(SessionWatched(at=now, session=session, by=by, way=way, since=since))


async def _still(request: Request, desk: Desk, visitor: Visitor, session: SessionId) -> bool:
    """Whether whoever looks is signed in still, and what they look at is their business."""
    now = await still(request, desk, visitor)
    if now is None:
        return False
    try:
        return await _may_see(desk, now, await watched(desk, now, session))
    except RefusalError:
        return False


async def watched(desk: Desk, visitor: Visitor, session: str) -> Live:
    """The live session of this id, if it is the visitor's business; 404 otherwise."""
    return await live_session(desk, visitor, await desk.interlocks(), session)


async def _shows(desk: Desk, live: Live) -> frozenset[str]:
    """What there may be to look at: a ``terminal``, a ``screen``, or neither."""
    filed = await desk.parts.approvals.filed(live.permit)
    if filed is None:
        return frozenset()
    asset = desk.parts.charter().assets.get(live.asset)
    kinds = {one.kind for one in filed.permit.grants}
    found = {"terminal"} if kinds & {PassageKind.SHELL, PassageKind.EXEC} else set()
    return frozenset(found | ({"screen"} if screen_port(filed.permit, asset) is not None else set()))


async def _may_see(desk: Desk, visitor: Visitor, live: Live) -> bool:
    """Whether the visitor may have the picture, and not only attend: as for a replay, ``data_out`` may govern it."""
    charter, now = desk.parts.charter(), desk.parts.clock.now()
    filed = await desk.parts.approvals.filed(live.permit)
    if filed is None or filed.permit.conduit not in charter.conduits:
        return False
    if Outflow.RECORDING not in charter.conduits[filed.permit.conduit].data_out:
        return True
    return may_decide_on(charter, DecisionRight.DATA_OUT, visitor.person.id, filed.permit, now)
