"""A recorded screen, shown again: its page, and the server's stream that a viewer in the page draws."""

import asyncio
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import Response, StreamingResponse

from broker.conduits.vnc.recorded import pieces
from broker.console.evidence.handling import handled
from broker.console.evidence.session import check_id, leaving, native, recorded
from broker.console.evidence.summary import summary
from broker.console.guard import visitor_of
from broker.console.pages import page
from broker.console.refusals import not_found
from broker.console.route import page_router
from domain.custody_events import Deed
from recorder.format.frame import Frame

router = page_router()

LONGEST_PIECE_BYTES = 256 * 1024
"""About what the browser is sent at once; what it has not drawn waits here, in the recording."""


@router.get("/evidence/sessions/{session}/screen/{screen}")
async def shown(
    request: Request, session: str, screen: int, at: Annotated[int, Query(ge=0, le=10**7)] = 0
) -> Response:
    """The viewer, from second ``at`` on."""
    check_id(session)
    lines, playback = await leaving(request, session)
    if playback is None or screen not in native(lines):
        raise not_found()
    await handled(request, session, Deed.REPLAY, f"screen of channel {screen}")
    found = await asyncio.to_thread(playback.read, recorded)
    if screen not in found:
        raise not_found()
    return await page(
        request,
        "evidence/screen.html",
        visitor_of(request),
        session=session,
        summary=summary([line.event for line in lines], None),
        channel=screen,
        where=native(lines)[screen],
        lasts=found[screen],
        at=min(at, found[screen]),
    )


@router.get("/evidence/sessions/{session}/screen/{screen}/stream")
async def stream(request: Request, session: str, screen: int) -> Response:
    """The server's stream from its beginning, with the times; read as the browser takes it."""
    check_id(session)
    lines, playback = await leaving(request, session)
    if playback is None or screen not in native(lines):
        raise not_found()
    await handled(request, session, Deed.REPLAY, f"screen of channel {screen}, drawn")
    return StreamingResponse(playback.stream(partial(_joined, screen)), media_type="application/octet-stream")


def _joined(channel: int, frames: Iterable[Frame]) -> Iterator[bytes]:
    """The pieces, in larger ones: each piece alone would be a message of its own."""
    waiting = bytearray()
    for one in pieces(frames, channel):
        waiting += one
        if len(waiting) >= LONGEST_PIECE_BYTES:
            yield bytes(waiting)
            waiting.clear()
    yield bytes(waiting)
