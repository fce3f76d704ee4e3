"""The API's events: the ledger, page by page, for a SIEM."""

import asyncio
from itertools import islice
from typing import Annotated

from fastapi import Query, Request

from broker.console.api.documents import EventDocument, EventPage
from broker.console.api.route import api_router
from broker.console.desk import desk_of
from broker.console.evidence.routes import viewed
from broker.console.guard import visitor_of
from recorder.ledger.reader import Kept

router = api_router("events")

MOST = 500


@router.get("/events")
async def events(
    request: Request,
    start: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
) -> EventPage:
    """Events from index ``start``, oldest first. ``next`` is where to go on; it equals ``size`` at the end."""
    desk, visitor = desk_of(request), visitor_of(request)
    await viewed(desk, visitor, "ledger:events", f"from {start}")
    kept = await asyncio.to_thread(lambda: list(islice(desk.parts.log.events(start), limit)))
    return EventPage(
        events=[_document(one) for one in kept],
        next=kept[-1].index + 1 if kept else start,
        size=desk.parts.log.size,
    )


def _document(kept: Kept) -> EventDocument:
    return EventDocument(index=kept.index, event=dict(kept.event) or None, fault=kept.fault)
