"""A permit's whole story on one page: asked for, decided, used, recorded, reviewed; what it was for beside what was done."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.exc import SQLAlchemyError

from broker.console.desk import Desk, desk_of
from broker.console.evidence.deeds import Deeds, deeds
from broker.console.evidence.find import EVERYTHING, Line, told
from broker.console.evidence.handling import handled, sessions_of
from broker.console.evidence.reviewing import DISPOSITIONS_SAID, Past, past_of, review
from broker.console.evidence.session import may_leave
from broker.console.evidence.summary import Summary, summary
from broker.console.forms import form_of
from broker.console.guard import Visitor, visitor_of
from broker.console.pages import page
from broker.console.permits.sheet import filed_for
from broker.console.route import page_router
from broker.reading.found import Found, FoundKind
from domain.canonical import Json, text_in
from domain.custody_events import Deed
from domain.ids import PermitId, SessionId
from policies.session_review import may_review
from recorder.ledger.reader import Kept

log = structlog.get_logger()
router = page_router()

DECIDING = frozenset(
    {
        "PermitRequested",
        "PermitApproved",
        "PermitChanged",
        "PermitDisputed",
        "PermitSettled",
        "RefusalSigned",
        "ApprovalRejected",
        "GlassBroken",
        "GlassReviewed",
        "TemplateUsed",
    }
)
COUNTED = frozenset({FoundKind.COMMAND, FoundKind.TRANSFER})


@dataclass(frozen=True, slots=True)
class Chapter:
    """One session under the permit."""

    session: SessionId
    summary: Summary
    deeds: Deeds | None
    """None where what was recorded may not leave through this visitor."""
    past: Past | None


@router.get("/permits/{permit}/story")
async def story(request: Request, permit: str) -> Response:
    """The page. That somebody reads what was done in a session has a line in its custody log."""
    desk, visitor = desk_of(request), visitor_of(request)
    filed = await filed_for(desk, visitor, permit)
    kept = await asyncio.to_thread(_leaves, desk, filed.permit.id)
    chapters = [
        await _chapter(request, session, kept)
        for session in await asyncio.to_thread(sessions_of, desk.parts.log, filed.permit.id)
    ]
    now = desk.parts.clock.now()
    return await page(
        request,
        "evidence/whole.html",
        visitor,
        permit=filed.permit,
        state=filed.state,
        decided=_lines(desk, [one for one in kept if one.event.get("event") in DECIDING]),
        chapters=chapters,
        may_review=may_review(desk.parts.charter(), filed.permit, visitor.person.id, now),
        dispositions=DISPOSITIONS_SAID,
    )


@router.post("/permits/{permit}/sessions/{session}/review")
async def reviewed(request: Request, permit: str, session: str) -> Response:
    """Say what was found in a session."""
    desk, visitor = desk_of(request), visitor_of(request)
    form = await form_of(request)
    await review(desk, visitor, session, form.get("disposition", ""), form.get("words", ""), permit=permit)
    return RedirectResponse(f"/permits/{permit}/story#{session}", 303)


async def _chapter(request: Request, session: str, kept: tuple[Kept, ...]) -> Chapter:
    desk, visitor = desk_of(request), visitor_of(request)
    events = [one.event for one in kept if one.event.get("session") == session]
    done: Deeds | None = None
    if await _may_read(desk, visitor, events):
        await handled(request, session, Deed.VIEW, "what was done, on the permit's page")
        done = deeds(await _things(desk, SessionId(session)), events)
    past = await asyncio.to_thread(past_of, desk.parts.log, session)
    return Chapter(SessionId(session), summary(events, None), done, past)


async def _may_read(desk: Desk, visitor: Visitor, events: list[Mapping[str, Json]]) -> bool:
    permit = next((text_in(one, "permit") for one in events if one.get("event") == "SessionOpened"), "")
    return await may_leave(desk, visitor, permit)


async def _things(desk: Desk, session: SessionId) -> tuple[Found, ...]:
    if desk.parts.index is None:
        return ()
    try:
        return await desk.parts.index.things(session, COUNTED | {FoundKind.PASSAGE})
    except SQLAlchemyError as error:
        log.warning("index_not_asked", fact=type(error).__name__)
        return ()


def _leaves(desk: Desk, permit: PermitId) -> tuple[Kept, ...]:
    """Every leaf about the permit and its sessions, in the ledger's order."""
    reader = desk.parts.log
    found = {one.index: one for one in reader.find(permit=permit, newest_first=False, limit=EVERYTHING)}
    for session in sessions_of(reader, permit):
        found |= {
            one.index: one for one in reader.find(session=session, newest_first=False, limit=EVERYTHING)
        }
    return tuple(found[index] for index in sorted(found))


def _lines(desk: Desk, kept: list[Kept]) -> tuple[Line, ...]:
    return told(kept, desk.parts.charter())
