"""The API's events: the ledger, page by page, for a SIEM."""

import asyncio
from itertools import islice
from typing import Annotated

from fastapi import Query, Request
from pydantic import BaseModel, Field

from broker.console.api.paging import Paged, Part
from broker.console.api.route import api_router
from broker.console.desk import desk_of
from broker.console.evidence.views import viewed
from broker.console.guard import visitor_of
from recorder.ledger.reader import Kept

router = api_router("evidence")


class EventDocument(BaseModel):
    """One leaf's event; ``fault`` says why there is none."""

    index: int
    event: dict[str, object] | None
    fault: str


class EventPage(Part):
    """Events from an index on."""

    events: list[EventDocument]
    go_on: int = Field(description="The `start` from which to go on, now or tomorrow.")
    size: int
    """How many leaves there are."""


class CheckpointDocument(BaseModel):
    """What the ledger's whole tree is, signed: C2SP tlog-checkpoint."""

    checkpoint: str


@router.get("/events", operation_id="list_events")
async def events(
    request: Request,
    paging: Paged,
    start: Annotated[int, Query(ge=0, le=2**53, description="The index of the first one.")] = 0,
) -> EventPage:
    """Every event of the ledger from index `start`, oldest first: what a SIEM follows. That it was read is itself kept."""
    desk, visitor = desk_of(request), visitor_of(request)
    place = paging.after(int)
    first = start if place is None else int(place[0])
    await viewed(desk, visitor, "ledger:events", f"from {first}")
    kept = await asyncio.to_thread(lambda: list(islice(desk.parts.log.events(first), paging.limit)))
    go_on, size = kept[-1].index + 1 if kept else first, desk.parts.log.size
    return EventPage(
        events=[_document(one) for one in kept],
        next=paging.next((go_on,) if kept and go_on < size else None),
        go_on=go_on,
        size=size,
    )


@router.get("/checkpoint", operation_id="read_checkpoint")
async def checkpoint(request: Request) -> CheckpointDocument:
    """The published checkpoint, for whoever keeps them elsewhere: a later one must hold all that it holds."""
    return CheckpointDocument(
        checkpoint=await asyncio.to_thread(lambda: desk_of(request).parts.log.checkpoint)
    )


def _document(kept: Kept) -> EventDocument:
    return EventDocument(index=kept.index, event=dict(kept.event) or None, fault=kept.fault)
