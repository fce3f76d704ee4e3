"""The live wall's stream: the visitor's rows when anything changed, and a beat when nothing did. Beside the rows stand
what is alarmed of what the evidence rests on, and how many notices are new to them.

All the walls of a console share one question to the watchdog. Somebody who is signed out, or may no longer look, is told nothing more within two seconds.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import ExitStack

from fastapi import Request
from fastapi.responses import Response

from broker.console.desk import Desk, Interlocks, desk_of
from broker.console.guard import Visitor, still, visitor_of
from broker.console.pages import fragment
from broker.console.route import page_router
from broker.console.sessions.live import Live, by_site, live_sessions
from broker.console.stream import EventStream, event
from broker.console.told.bell import bell
from domain.canonical import Json

router = page_router()

LOOK_S = 0.4
"""With the quarter second in which a gate reports, a change is on the wall within one."""

COUNTS_EVERY = 3
"""In how many looks mere counts and times are sent once."""

LOOKS_A_CHECK = 5

LOOKS_BESIDE = 2
"""In how many looks it is asked once how the evidence stands, and whether a notice came."""


Draw = Callable[[Visitor, tuple[Live, ...], Interlocks], Json]
"""What one visitor is sent of what is live."""

Beside = Callable[[Visitor], Awaitable[Json]]
"""What stands beside it; None for nothing."""


@router.get("/sessions/live")
async def wall(request: Request) -> Response:
    """The stream."""

    def rows(visitor: Visitor, live: tuple[Live, ...], held: Interlocks) -> Json:
        groups = by_site(desk_of(request).parts.charter(), live)
        drawn = fragment(request, "sessions/rows.html", visitor, live=live, groups=groups, sound=held.sound)
        return {"rows": bytes(drawn.body).decode(), "live": len(live) if held.sound else "?"}

    async def beside(visitor: Visitor) -> Json:
        desk = desk_of(request)
        alarms = [one for one in await desk.stands() if not one.sound]
        rings = await asyncio.to_thread(bell, desk.parts, visitor)
        shown = fragment(request, "sessions/alarms.html", visitor, alarms=alarms)
        link = fragment(request, "templates/bell.html", visitor, bell=rings)
        return {"alarms": bytes(shown.body).decode(), "bell": bytes(link.body).decode()}

    return walled(request, rows, beside)


async def nothing(_visitor: Visitor) -> Json:
    """What a script is sent beside its rows."""
    return None


def walled(request: Request, draw: Draw, beside: Beside = nothing) -> EventStream:
    """What is live as a stream, drawn anew whenever it changed; and what stands ``beside`` it, likewise."""
    desk, visitor = desk_of(request), visitor_of(request)
    with ExitStack() as opening:
        opening.enter_context(desk.streams.kept(visitor.person.id))
        keeping = opening.pop_all()

    async def messages() -> AsyncGenerator[str]:
        with keeping:
            async for message in _told(request, desk, visitor, draw, beside):
                yield message

    return EventStream(messages())


async def _told(
    request: Request, desk: Desk, visitor: Visitor, draw: Draw, beside: Beside
) -> AsyncGenerator[str]:
    shape, seen, looks = "", None, 0
    shown: Json = None
    while True:
        held = await desk.lately()
        if held != seen:
            live = await live_sessions(desk, visitor, held)
            fresh = _shape(held, live)
            if fresh != shape or looks % COUNTS_EVERY == 0:
                shape, seen = fresh, held
                yield event(draw(visitor, live, held), "wall")
        if looks % LOOKS_BESIDE == 0 and (stands := await beside(visitor)) != shown:
            shown = stands
            yield event(shown, "beside")
        yield event({}, "beat")
        looks += 1
        if not await desk.streams.pause(LOOK_S):
            return
        if looks % LOOKS_A_CHECK == 0:
            now = await still(request, desk, visitor)
            if now is None or not now.roles >= visitor.roles:
                yield event({}, "over")
                return
            visitor = now


def _shape(held: Interlocks, live: tuple[Live, ...]) -> str:
    return f"{held.sound} {held.isolated} {[(one.id, one.shape) for one in live]}"
