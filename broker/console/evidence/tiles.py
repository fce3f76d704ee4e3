"""The ledger as C2SP tlog-tiles serves one: for monitors, mirrors and anybody who keeps a checkpoint.

Checkpoint and hashes are for everybody: they tell how many leaves there are, and nothing of any of them. Entries
say which kind of event happened when somebody looked last, so they take an auditor's token; texts are not served at all.
"""

import asyncio

from fastapi import Request
from fastapi.responses import Response

from broker.console.desk import desk_of
from broker.console.evidence.views import viewed
from broker.console.guard import visitor_of
from broker.console.refusals import not_found
from broker.console.route import page_router
from domain.errors import EvidenceError

router = page_router()

FOR_EVER = "max-age=31536000, immutable"
ENTRIES = "tile/entries/"


@router.get("/ledger/checkpoint")
async def checkpoint(request: Request) -> Response:
    """The published head, signed."""
    found = await asyncio.to_thread(lambda: desk_of(request).parts.log.checkpoint)
    return Response(found, media_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-cache"})


@router.get("/ledger/tile/entries/{path:path}")
async def entries(request: Request, path: str) -> Response:
    """The entries of one bundle; that they were read is itself kept."""
    desk, visitor = desk_of(request), visitor_of(request)
    await viewed(desk, visitor, "ledger:entries", path[:100])
    return await _tile(request, ENTRIES + path)


@router.get("/ledger/tile/{path:path}")
async def hashes(request: Request, path: str) -> Response:
    """The hashes of one tile."""
    if path.startswith("entries"):
        raise not_found()
    return await _tile(request, f"tile/{path}")


async def _tile(request: Request, path: str) -> Response:
    try:
        found = await asyncio.to_thread(desk_of(request).parts.log.tile, path)
    except EvidenceError as error:
        raise not_found() from error
    # A tile never changes, and a partial one is asked for by its width.
    return Response(found, media_type="application/octet-stream", headers={"Cache-Control": FOR_EVER})
