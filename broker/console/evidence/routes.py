"""The auditor's search. That somebody searched is itself written down, first."""

import asyncio

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from broker.console.desk import Desk, desk_of
from broker.console.evidence.find import KINDS, find
from broker.console.guard import Visitor, guard, visitor_of
from broker.console.pages import page
from domain.events import EvidenceViewed
from domain.said import say

router = APIRouter(dependencies=[Depends(guard)], include_in_schema=False)

LONGEST_SEARCH = 80
KINDS_SAID = {
    "sessions": say("Sessions"),
    "permits": say("Permits"),
    "refusals": say("Refusals"),
    "all": say("Everything"),
}


@router.get("/evidence")
async def search(request: Request, kind: str = "sessions", text: str = "") -> Response:
    """Sessions, permits, refusals or everything, newest first."""
    desk, visitor = desk_of(request), visitor_of(request)
    kind = kind if kind in KINDS else "sessions"
    text = text[:LONGEST_SEARCH].strip()
    await viewed(desk, visitor, f"ledger:{kind}", f"search for {text!a}" if text else "list")
    lines = await asyncio.to_thread(find, desk.parts.log, desk.parts.charter(), kind, text)
    return await page(
        request,
        "evidence/search.html",
        visitor,
        kind=kind,
        kinds=KINDS_SAID,
        text=text,
        lines=lines,
        size=desk.parts.log.size,
    )


async def viewed(desk: Desk, visitor: Visitor, subject: str, how: str) -> None:
    """Write down who is about to look at what; EvidenceError when that can't be kept, and then nobody looks."""
    await desk.parts.ledger.append(
        EvidenceViewed(at=desk.parts.clock.now(), subject=subject, by=visitor.person.id, how=how)
    )
