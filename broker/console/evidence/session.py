"""One session's evidence: its story, its replay, its verification, its case file."""

import asyncio
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

import structlog
from fastapi import Query, Request
from fastapi.responses import Response
from sqlalchemy.exc import SQLAlchemyError

from broker.conduits.vnc.recorded import screens
from broker.console.desk import Desk, desk_of
from broker.console.evidence.brought import SAID, files_told
from broker.console.evidence.find import Line, opened, story
from broker.console.evidence.handling import handled
from broker.console.evidence.markers import KINDS_SAID, Marker, marked, markers
from broker.console.evidence.summary import summary
from broker.console.evidence.taken_away import taken_away
from broker.console.guard import Visitor, visitor_of
from broker.console.pages import page
from broker.console.parts import Playback
from broker.console.refusals import RefusalError, not_found
from broker.console.route import page_router
from broker.console.shell import REPLAY_POLICY
from broker.reading.found import time_code
from broker.reading.part import part
from domain.canonical import text_in
from domain.custody_events import Deed
from domain.events import (
    EvidenceErased,
    EvidenceHandled,
    EvidenceViewed,
    PassageOpened,
    SessionEnded,
    SessionHeartbeat,
)
from domain.ids import PermitId, SessionId, is_token
from domain.plant import Outflow
from domain.rights import DecisionRight
from domain.said import say
from policies.rights import may_decide_on
from recorder.custody import custody
from recorder.format.frame import Frame
from recorder.report import Report

log = structlog.get_logger()
router = page_router()

LONGEST_CAST_BYTES = 32 * 1024 * 1024
"""What a browser is given at once."""

LONG_BYTES = 16 * 1024 * 1024
"""What a session showed from which on its replay is given in parts, each from the moment that was asked for."""

LONGEST_PART_BYTES = 8 * 1024 * 1024

FORWARD = "forward:"
"""What the passage of a native protocol begins with; the asset's port follows."""

UNTOLD = frozenset({EvidenceViewed.__name__, EvidenceHandled.__name__, SessionHeartbeat.__name__})
"""What would bury the story: every later look, which has a list of its own, and a line for each ten seconds."""


@router.get("/evidence/sessions/{session}")
async def one(request: Request, session: str) -> Response:
    """From request to recording, in the ledger's order."""
    return await _session_page(request, session, None)


@router.get("/evidence/sessions/{session}/replay/{channel}")
async def replay(
    request: Request, session: str, channel: int, at: Annotated[int, Query(ge=0, le=10**7)] = 0
) -> Response:
    """The player, from second ``at`` on. Only this page may compile the player's WebAssembly."""
    check_id(session)
    lines, playback = await leaving(request, session)
    await handled(request, session, Deed.REPLAY, f"replay of channel {channel}")
    casts = await asyncio.to_thread(playback.casts) if playback else {}
    if channel not in casts:
        raise not_found()
    return await page(
        request,
        "evidence/replay.html",
        visitor_of(request),
        headers={"content-security-policy": REPLAY_POLICY},
        session=session,
        summary=summary([line.event for line in lines], None),
        channel=channel,
        name=casts[channel],
        at=at,
        long=_shown_bytes(lines) > LONG_BYTES,
        markers=await _markers(request, session, channel, lines),
        said=KINDS_SAID,
        time_code=time_code,
    )


@router.get("/evidence/sessions/{session}/cast/{channel}")
async def cast(
    request: Request, session: str, channel: int, at: Annotated[int | None, Query(ge=0, le=10**7)] = None
) -> Response:
    """One channel as asciicast v2, with nothing in it that acts outside the terminal's picture.

    ``at``: only a part of it, which begins with the picture of that second. Of a long one the whole can't be had.
    """
    check_id(session)
    lines, playback = await leaving(request, session)
    which = "" if at is None else f", from second {at} on"
    await handled(request, session, Deed.REPLAY, f"cast of channel {channel}{which}")
    if playback is None or channel not in await asyncio.to_thread(playback.casts):
        raise not_found()
    found = await _markers(request, session, channel, lines)

    def made() -> bytes:
        whole = marked(playback.cast(channel), found)
        return joined(whole if at is None else part(whole, at * 1_000_000, LONGEST_PART_BYTES))

    data = await asyncio.to_thread(made)
    return Response(data, media_type="application/x-asciicast")


@router.post("/evidence/sessions/{session}/verify")
async def verify(request: Request, session: str) -> Response:
    """Make the case file and run the stand-alone verifier on it; show each of its steps."""
    check_id(session)
    _lines, playback = await found(desk_of(request), session)
    if playback is None:
        raise not_found()
    await handled(request, session, Deed.VERIFY, "case file, verified here")
    return await _session_page(request, session, await asyncio.to_thread(playback.verify))


@router.get("/evidence/sessions/{session}/case-file")
async def case_file(request: Request, session: str, purpose: str = "") -> Response:
    """The zip that proves the session to an outsider, offline; ``purpose`` is kept in the custody log."""
    check_id(session)
    _lines, playback = await leaving(request, session)
    if playback is None:
        raise not_found()
    return await taken_away(request, session, playback, purpose)


async def _session_page(request: Request, session: str, verification: Report | None) -> Response:
    desk, visitor = desk_of(request), visitor_of(request)
    check_id(session)
    lines, playback = await found(desk, session)
    if verification is None:
        await handled(request, session, Deed.VIEW, "session page")
    began = opened(lines)
    permit = began.permit if began else ""
    filed = await desk.parts.approvals.filed(PermitId(permit)) if is_token(permit) else None
    channels, erased = native(lines), _erased(lines)
    files, how_many = await files_told(desk.brought, lines, session)
    shown = await asyncio.to_thread(playback.read, recorded) if playback and channels and not erased else {}
    return await page(
        request,
        "evidence/session.html",
        visitor,
        session=session,
        lines=[line for line in lines if line.name not in UNTOLD],
        beats=sum(line.name == SessionHeartbeat.__name__ for line in lines),
        summary=summary([line.event for line in lines], filed.permit if filed else None),
        permit=permit,
        casts=await asyncio.to_thread(playback.casts) if playback else {},
        custody=await asyncio.to_thread(custody, desk.parts.log, session),
        erased=erased,
        screens=[one for one in shown if one in channels],
        recorded=playback is not None,
        native=channels,
        files=files,
        more_files=max(0, how_many - len(files)),
        file_said=SAID,
        verification=verification,
    )


def recorded(frames: Iterable[Frame], _started_at: datetime) -> dict[int, int]:
    """The channels with a screen that was recorded, and how many seconds each lasts."""
    return screens(frames)


def native(lines: Iterable[Line]) -> dict[int, str]:
    """The channels that carried a native protocol: number, and where they went."""
    told = [one.event for one in lines if one.name == PassageOpened.__name__]
    found = [one for one in told if text_in(one, "passage").startswith(FORWARD)]
    return {one["channel"]: text_in(one, "detail") for one in found if isinstance(one["channel"], int)}


def _erased(lines: Iterable[Line]) -> dict[str, object] | None:
    """What the last tombstone says, if there is one."""
    told = [one for one in lines if one.name == EvidenceErased.__name__]
    return {"deed": told[-1].event.get("deed"), "at": told[-1].at} if told else None


async def found(desk: Desk, session: str) -> tuple[tuple[Line, ...], Playback | None]:
    """The session's lines and evidence; 404 for one that the ledger does not know."""
    lines = await asyncio.to_thread(story, desk.parts.log, desk.parts.charter(), session)
    if not lines:
        raise not_found()
    return lines, await asyncio.to_thread(desk.parts.playback, SessionId(session))


async def leaving(request: Request, session: str) -> tuple[tuple[Line, ...], Playback | None]:
    """As ``found``; 403 where it may only leave by the word of who holds ``data_out``, and this is somebody else."""
    desk, visitor = desk_of(request), visitor_of(request)
    lines, playback = await found(desk, session)
    began = opened(lines)
    if not await may_leave(desk, visitor, began.permit if began else ""):
        await handled(request, session, Deed.REFUSED, "refused: may not leave")
        raise RefusalError(
            403,
            "data_out_needed",
            say("What was recorded here may only leave by the word of who holds the right 'data_out'."),
            say("Ask the holder; the page 'Voids' says who it is."),
        )
    return lines, playback


def _shown_bytes(lines: tuple[Line, ...]) -> int:
    ended = next((one.event for one in lines if one.name == SessionEnded.__name__), {})
    count = ended.get("bytes_to_vendor")
    return count if isinstance(count, int) else 0


async def _markers(
    request: Request, session: str, channel: int, lines: tuple[Line, ...]
) -> tuple[Marker, ...] | None:
    """What happened in the session and when; None while the index has not read its recording."""
    index = desk_of(request).parts.index
    began = opened(lines)
    if index is None or began is None or began.at is None:
        return None
    try:
        things = await index.things(SessionId(session))
    except SQLAlchemyError as error:
        log.warning("index_not_asked", fact=type(error).__name__)
        return None
    return markers(things, lines, began.at, channel) if things else None


async def may_leave(desk: Desk, visitor: Visitor, permit: str) -> bool:
    """Whether what was recorded under ``permit`` may leave the plant through this visitor."""
    charter, now = desk.parts.charter(), desk.parts.clock.now()
    filed = await desk.parts.approvals.filed(PermitId(permit)) if is_token(permit) else None
    way = charter.conduits.get(filed.permit.conduit) if filed is not None else None
    # Where nobody knows any more which way it was, every way that keeps its recordings is asked.
    ways = list(charter.conduits.values()) if way is None else [way]
    if not any(Outflow.RECORDING in one.data_out for one in ways):
        return True
    return filed is not None and may_decide_on(
        charter, DecisionRight.DATA_OUT, visitor.person.id, filed.permit, now
    )


def check_id(session: str) -> None:
    """404 for what can be no session's id."""
    # Before anything is written down: a leaf must not carry whatever stood in the address.
    if not is_token(session):
        raise not_found()


def joined(chunks: Iterable[bytes]) -> bytes:
    """A recording as one piece; 413 when it is too long for that."""
    data = bytearray()
    for chunk in chunks:
        data += chunk
        if len(data) > LONGEST_CAST_BYTES:
            raise RefusalError(
                413,
                "recording_too_long",
                say("This recording is too long to replay here."),
                say("Take the case file."),
            )
    return bytes(data)
