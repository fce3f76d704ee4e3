"""The live wall's stream: the visitor's rows when anything changed, and a beat when nothing did.

All the walls of a console share one question to the watchdog. Somebody who is signed out, or may no longer look, is told nothing more within two seconds.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import ExitStack

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from broker.console.desk import Desk, Interlocks, desk_of
from broker.console.guard import Visitor, guard, still, visitor_of
from broker.console.pages import fragment
from broker.console.sessions.live import Live, by_site, live_sessions
from broker.console.stream import EventStream, event
from domain.canonical import Json

router = APIRouter(dependencies=[Depends(guard)], include_in_schema=False)

LOOK_S = 0.4
"""With the quarter second in which a gate reports, a change is on the wall within one."""

COUNTS_EVERY = 3
"""In how many looks mere counts and times are sent once."""

LOOKS_A_CHECK = 5


Draw = Callable[[Visitor, tuple[Live, ...], Interlocks], Json]
"""What one visitor is sent of what is live."""


@router.get("/sessions/live")
async def wall(request: Request) -> Response:
    """The stream."""

    def rows(visitor: Visitor, live: tuple[Live, ...], held: Interlocks) -> Json:
        groups = by_site(desk_of(request).parts.charter(), live)
        drawn = fragment(request, "sessions/rows.html", visitor, live=live, groups=groups, sound=held.sound)
        return {"rows": bytes(drawn.body).decode(), "live": len(live) if held.sound else "?"}

    return walled(request, rows)


def walled(request: Request, draw: Draw) -> EventStream:
    """What is live as a stream, drawn anew whenever it changed."""
    desk, visitor = desk_of(request), visitor_of(request)
    with ExitStack() as opening:
        opening.enter_context(desk.streams.kept(visitor.person.id))
        keeping = opening.pop_all()

    async def messages() -> AsyncGenerator[str]:
        with keeping:
            async for message in _told(request, desk, visitor, draw):
                yield message

    return EventStream(messages())


async def _told(request: Request, desk: Desk, visitor: Visitor, draw: Draw) -> AsyncGenerator[str]:
    shape, seen, looks = "", None, 0
    while True:
        held = await desk.lately()
        if held != seen:
            live = await live_sessions(desk, visitor, held)
            fresh = _shape(held, live)
            if fresh != shape or looks % COUNTS_EVERY == 0:
                shape, seen = fresh, held
                yield event(draw(visitor, live, held), "wall")
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
