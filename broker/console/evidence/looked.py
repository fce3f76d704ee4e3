"""Who looked: the page for those who were watched. The plant whose boundary it was, and the vendor's person themself.

The plant reads names and addresses. The vendor's person reads when, in what office and what for, and no
names: that they are told who handles their data and why is due to them; which employee did so under the
plant's authority is not (CJEU C-579/21, 22 June 2023, and the plant can still answer for it by the leaf).
"""

import asyncio

from fastapi import Request
from fastapi.responses import Response

from broker.console.desk import desk_of
from broker.console.evidence.handling import sessions_of
from broker.console.guard import visitor_of
from broker.console.pages import page
from broker.console.permits.sheet import filed_for
from broker.console.roles import Role
from broker.console.route import page_router
from recorder.custody import Handling, custody

router = page_router()


@router.get("/permits/{permit}/custody")
async def looked(request: Request, permit: str) -> Response:
    """The custody logs of the permit's sessions."""
    desk, visitor = desk_of(request), visitor_of(request)
    filed = await filed_for(desk, visitor, permit)
    log = desk.parts.log

    def read() -> list[tuple[str, tuple[Handling, ...]]]:
        return [(one, custody(log, one)) for one in sessions_of(log, filed.permit.id)]

    return await page(
        request,
        "evidence/custody.html",
        visitor,
        permit=filed.permit,
        sessions=await asyncio.to_thread(read),
        unnamed=Role.VENDOR in visitor.roles,
        own=visitor.person.id,
    )
