"""The auditor's search. That somebody searched is itself written down, first."""

import asyncio

from fastapi import Request
from fastapi.responses import Response

from broker.console.desk import desk_of
from broker.console.evidence.find import find
from broker.console.evidence.recordings import in_recordings
from broker.console.evidence.views import viewed
from broker.console.guard import visitor_of
from broker.console.pages import page
from broker.console.route import page_router
from broker.reading.found import time_code
from domain.said import say

router = page_router()

LONGEST_SEARCH = 80
KINDS_SAID = {
    "sessions": say("Sessions"),
    "permits": say("Permits"),
    "refusals": say("Refusals"),
    "all": say("Everything"),
}
RECORDINGS = "recordings"
"""Not a kind of event: what the search index found in the recordings."""


@router.get("/evidence")
async def search(request: Request, kind: str = "sessions", text: str = "") -> Response:
    """Sessions, permits, refusals or everything, newest first."""
    desk, visitor = desk_of(request), visitor_of(request)
    kinds = KINDS_SAID | ({RECORDINGS: say("Recordings")} if desk.parts.index is not None else {})
    kind = kind if kind in kinds else "sessions"
    text = text[:LONGEST_SEARCH].strip()
    if kind == RECORDINGS:
        found = await in_recordings(request, text)
        return await page(
            request,
            "evidence/search.html",
            visitor,
            kind=kind,
            kinds=kinds,
            text=text,
            lines=(),
            recordings=found,
            time_code=time_code,
            size=desk.parts.log.size,
        )
    await viewed(desk, visitor, f"ledger:{kind}", f"search for {text!a}" if text else "list")
    lines = await asyncio.to_thread(find, desk.parts.log, desk.parts.charter(), kind, text)
    return await page(
        request,
        "evidence/search.html",
        visitor,
        kind=kind,
        kinds=kinds,
        text=text,
        lines=lines,
        size=desk.parts.log.size,
    )
