"""How the evidence stands: one line for each thing that it rests on. The page keeps itself up to date."""

import asyncio
from typing import Any

from fastapi import Request
from fastapi.responses import Response

from broker.console.desk import desk_of
from broker.console.guard import visitor_of
from broker.console.pages import fragment, page
from broker.console.roles import Role
from broker.console.route import page_router
from broker.evidence.standing import Standing, State, worst, worst_first
from domain.said import say

router = page_router()

WORDS = {
    State.OFF: (say("off"), "plain"),
    State.OK: (say("well"), "good"),
    State.LATE: (say("under way"), "warn"),
    State.ALARMED: (say("alarm"), "bad"),
}
SUMMARIES = {
    State.OFF: say("Nothing here is kept by this node."),
    State.OK: say("All is well."),
    State.LATE: say("Something is under way, and within its time."),
    State.ALARMED: say("Somebody has to do something: what, stands below."),
}


@router.get("/evidence/standing")
async def standing(request: Request) -> Response:
    """The list. It shows nothing of what happened in a session, so looking is not written down."""
    lines = await asyncio.to_thread(desk_of(request).parts.evidence)
    return await page(request, "evidence/standing.html", visitor_of(request), **await _shown(request, lines))


@router.get("/evidence/standing/now")
async def standing_now(request: Request) -> Response:
    """The list alone, for the page that asks again every second."""
    lines = await desk_of(request).stands()
    return fragment(request, "evidence/stands.html", visitor_of(request), **await _shown(request, lines))


async def _shown(request: Request, lines: tuple[Standing, ...]) -> dict[str, Any]:
    """What the list shows; who audits and who leads incidents are also told what the last check found."""
    parts, told = desk_of(request).parts, bool(visitor_of(request).roles & {Role.AUDITOR, Role.LEAD})
    checked = await asyncio.to_thread(parts.checked) if told else None
    every = parts.settings.check_every
    return {
        "lines": worst_first(lines),
        "states": WORDS,
        "summary": SUMMARIES[worst(lines)],
        "alarmed": worst(lines) is State.ALARMED,
        "findings": told and bool(checked or every),
        "checked": checked,
        "check_due": checked.begun + every if checked and every else None,
    }
