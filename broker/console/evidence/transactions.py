"""What a session did over native protocols: a table, the same as CSV, and each channel as a capture for Wireshark."""

import asyncio
from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import Response

from broker.console.evidence.handling import handled
from broker.console.evidence.session import check_id, leaving, native
from broker.console.evidence.summary import summary
from broker.console.guard import visitor_of
from broker.console.pages import page
from broker.console.refusals import not_found
from broker.console.route import page_router
from broker.reading.found import time_code
from broker.reading.transactions import Row, csv_of, transactions
from domain.custody_events import Deed
from recorder.format.frame import Frame

router = page_router()

PAGE_ROWS = 200
MOST_CAPTURES = 100
"""Buttons for one. A tool that connects anew for each question opens thousands of channels; the command has them all."""


@router.get("/evidence/sessions/{session}/transactions")
async def listed(
    request: Request, session: str, after: Annotated[int, Query(alias="from", ge=0, le=10**9)] = 0
) -> Response:
    """A page of the list, from row ``from`` on; each row leads to its moment in the replay, where there is one."""
    check_id(session)
    lines, playback = await leaving(request, session)
    channels = native(lines)
    if playback is None or not channels:
        raise not_found()
    await handled(request, session, Deed.VIEW, f"transactions, from row {after} on")
    rows = await asyncio.to_thread(playback.read, _rows)
    casts = await asyncio.to_thread(playback.casts)
    return await page(
        request,
        "evidence/transactions.html",
        visitor_of(request),
        session=session,
        summary=summary([line.event for line in lines], None),
        channels=dict(islice(channels.items(), MOST_CAPTURES)),
        more=max(0, len(channels) - MOST_CAPTURES),
        rows=rows[after : after + PAGE_ROWS],
        count=len(rows),
        after=after,
        step=PAGE_ROWS,
        terminal=next(iter(casts), None),
        time_code=time_code,
    )


@router.get("/evidence/sessions/{session}/transactions.csv")
async def as_csv(request: Request, session: str, purpose: str = "") -> Response:
    """The whole list; ``purpose`` is kept in the custody log."""
    check_id(session)
    lines, playback = await leaving(request, session)
    if playback is None or not native(lines):
        raise not_found()
    data = await asyncio.to_thread(playback.read, _csv)
    await handled(request, session, Deed.EXPORT, "transactions, CSV", purpose=purpose, copy=data)
    return _saved(data, "text/csv; charset=utf-8", f"penstock-transactions-{session}.csv")


@router.get("/evidence/sessions/{session}/capture/{channel}")
async def capture(request: Request, session: str, channel: int, purpose: str = "") -> Response:
    """One channel as pcapng; ``purpose`` is kept in the custody log."""
    check_id(session)
    lines, playback = await leaving(request, session)
    if playback is None or channel not in native(lines):
        raise not_found()
    data = await asyncio.to_thread(playback.capture, channel)
    what = f"capture of channel {channel}, pcapng"
    await handled(request, session, Deed.EXPORT, what, purpose=purpose, copy=data)
    return _saved(data, "application/octet-stream", f"penstock-{session}-channel-{channel}.pcapng")


def _rows(frames: Iterable[Frame], _started_at: datetime) -> tuple[Row, ...]:
    return transactions(frames)


def _csv(frames: Iterable[Frame], started_at: datetime) -> bytes:
    return csv_of(transactions(frames), started_at)


def _saved(data: bytes, kind: str, name: str) -> Response:
    return Response(data, media_type=kind, headers={"content-disposition": f'attachment; filename="{name}"'})
