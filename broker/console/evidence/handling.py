"""The console's custody log: what a session's evidence is used for is in the ledger before anybody has it.

Where something leaves, it is made first, so that the leaf can name its hash, and handed over last.
"""

import asyncio
from typing import BinaryIO

from fastapi import Request

from broker.console.desk import Desk, desk_of
from broker.console.guard import Visitor, visitor_of
from broker.console.permits.sheet import filed_for
from broker.console.refusals import not_found
from domain.canonical import text_in
from domain.custody_events import Deed
from domain.events import EvidenceHandled, SessionOpened
from domain.ids import PermitId, SessionId, is_token
from recorder.custody import UNCHANGED, Handling, custody, item_of, measured, stated
from recorder.ledger.reader import LogReader


async def handled(
    request: Request,
    session: str,
    deed: Deed,
    what: str,
    *,
    purpose: str = "",
    copy: bytes | BinaryIO | None = None,
) -> None:
    """Write down who is about to have what; EvidenceError when that can't be kept, and then nobody has it."""
    desk, visitor = desk_of(request), visitor_of(request)
    copy_sha256, copy_bytes = await asyncio.to_thread(measured, copy)
    item = await asyncio.to_thread(item_of, desk.parts.log, session)
    await desk.parts.ledger.append(
        EvidenceHandled(
            at=desk.parts.clock.now(),
            session=SessionId(session),
            item=item,
            by=visitor.person.id,
            deed=str(deed),
            what=what,
            door="console" if visitor.token is None else "api",
            source=request.client.host if request.client else "local",
            office=", ".join(sorted(visitor.roles)),
            purpose=stated(purpose),
            copy_sha256=copy_sha256,
            copy_bytes=copy_bytes,
            changed=UNCHANGED,
        )
    )


async def custody_for(desk: Desk, visitor: Visitor, session: str) -> tuple[Handling, ...]:
    """The log for somebody whose business the session's permit is; 404 for all others."""
    if not is_token(session):
        raise not_found()
    opened = await asyncio.to_thread(
        lambda: next(desk.parts.log.find(event=SessionOpened.__name__, session=session, limit=1), None)
    )
    if opened is None:
        raise not_found()
    await filed_for(desk, visitor, PermitId(text_in(opened.event, "permit")))
    return await asyncio.to_thread(custody, desk.parts.log, session)


def sessions_of(log: LogReader, permit: str) -> tuple[str, ...]:
    """The sessions that were opened under ``permit``, oldest first."""
    opened = log.find(event=SessionOpened.__name__, permit=permit, newest_first=False)
    return tuple(text_in(kept.event, "session") for kept in opened)
