"""The API's past sessions: found, told, replayed, verified and taken away. Each look is written down before it is taken."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Path, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from broker.console.api.documents import At, SessionPath
from broker.console.api.paging import Paged, Part
from broker.console.api.route import api_router
from broker.console.desk import desk_of
from broker.console.evidence.find import Line
from broker.console.evidence.handling import custody_for, handled
from broker.console.evidence.recordings import in_recordings
from broker.console.evidence.reviewing import past_of, review
from broker.console.evidence.reviews import MOST_SHOWN, reviews_for
from broker.console.evidence.session import LONGEST_PART_BYTES, UNTOLD, found, joined, leaving
from broker.console.evidence.taken_away import CaseFile, taken_away
from broker.console.evidence.views import viewed
from broker.console.guard import visitor_of
from broker.console.refusals import not_found
from broker.evidence.standing import State, worst
from broker.reading.found import Found, FoundKind
from broker.reading.index import Wanted
from broker.reading.part import part
from domain.canonical import instant_text
from domain.custody_events import Deed
from domain.review_events import Disposition
from policies.review_terms import Overdue
from recorder.ledger.reader import Kept
from recorder.report import Verdict

router = api_router("evidence")

SESSION = frozenset({"SessionOpened", "SessionEnded", "SessionInterrupted"})
MOST_LEAVES = 2_000
"""How many leaves one part of the list may cost to read."""


class Asciicast(Response):
    """A terminal's recording."""

    media_type: str | None = "application/x-asciicast"


class PastSession(BaseModel):
    """One leaf about a session: that it opened, ended or was interrupted."""

    index: int
    session: str
    permit: str
    what: str
    at: At | None
    event: dict[str, object]


class PastSessionList(Part):
    """Newest first."""

    sessions: list[PastSession]


class StandingDocument(BaseModel):
    """How one thing stands. ``since``: of what is well, when it was last seen to be; of what is not, since when it is not."""

    what: str
    state: State
    sentence: str
    since: At | None
    remedy: str


class StandingsDocument(BaseModel):
    """Everything that the evidence rests on. ``worst`` is the state to know first."""

    worst: State
    standings: list[StandingDocument]


class LineDocument(BaseModel):
    """One event of a session's story, in the ledger's order; ``sentence`` says it in plain words."""

    index: int
    name: str
    sentence: str
    at: At | None
    fault: str
    event: dict[str, object]


class CastDocument(BaseModel):
    """A terminal channel that can be replayed."""

    channel: int
    name: str


class StoryDocument(BaseModel):
    """One session from its request to its recording."""

    session: str
    story: list[LineDocument]
    recorded: bool
    """Whether this node has the recording."""
    casts: list[CastDocument]


class StepDocument(BaseModel):
    """One thing that the verifier checked."""

    number: int
    title: str
    verdict: Verdict
    sentence: str


class VerificationDocument(BaseModel):
    """What the stand-alone verifier says of the case file as it would be taken away now."""

    subject: str
    verdict: Verdict
    steps: list[StepDocument]


@router.get("/evidence/standing", operation_id="read_evidence_standing")
async def standing(request: Request) -> StandingsDocument:
    """How the evidence stands: whether the ledger is signed, whether others vouch for it, and what else it rests on."""
    lines = await asyncio.to_thread(desk_of(request).parts.evidence)
    return StandingsDocument(
        worst=worst(lines),
        standings=[
            StandingDocument(
                what=one.what,
                state=one.state,
                sentence=str(one.sentence),
                since=None if one.since is None else instant_text(one.since),
                remedy=str(one.remedy),
            )
            for one in lines
        ],
    )


class HandlingDocument(BaseModel):
    """One use of the evidence; the fields are those of ISO/IEC 27037. Empty is what the leaf does not say."""

    index: int
    at: At
    session: str
    by: str
    deed: str
    what: str
    item: str
    door: str
    source: str
    office: str
    purpose: str
    copy_sha256: str
    copy_bytes: int
    changed: str


class CustodyDocument(BaseModel):
    """A session's custody log."""

    session: str
    handlings: list[HandlingDocument]


class FoundDocument(BaseModel):
    """One thing found. ``at_us``: microseconds since the recording began; ``deed`` and ``bytes`` of a file."""

    kind: FoundKind
    channel: int
    at_us: int
    deed: str
    bytes: int
    text: str


class FoundSession(BaseModel):
    """A session that holds what was asked for. ``item`` is the SHA-256 of its recording."""

    session: str
    permit: str
    person: str
    asset: str
    opened_at: At
    item: str
    found: list[FoundDocument]


class FoundList(BaseModel):
    """Newest session first. ``kept_back``: how many more hold it, of which nothing may leave through you."""

    available: bool
    """Whether there is an index that could be asked."""
    sessions: list[FoundSession]
    kept_back: int
    more: bool


@router.get("/evidence/recordings", operation_id="search_recordings")
async def recordings(
    request: Request,
    text: Annotated[str, Query(min_length=1, max_length=80, description="Words that must all be there.")],
    person: Annotated[str, Query(max_length=64)] = "",
    asset: Annotated[str, Query(max_length=64)] = "",
    permit: Annotated[str, Query(max_length=64)] = "",
    session: Annotated[str, Query(max_length=64)] = "",
    since: Annotated[datetime | None, Query(description="Sessions opened then or later.")] = None,
    until: Annotated[datetime | None, Query(description="Sessions opened before then.")] = None,
    kind: Annotated[list[FoundKind] | None, Query(description="Only such.")] = None,
) -> FoundList:
    """Commands, files, screens and what the gate did, as an index made afterwards has them: an aid, and no evidence."""
    wanted = Wanted(person, asset, permit, session, _utc(since), _utc(until), frozenset(kind or ()))
    made = await in_recordings(request, text, wanted)
    return FoundList(
        available=not made.broken,
        kept_back=made.kept_back,
        more=made.more,
        sessions=[
            FoundSession(
                session=about.session,
                permit=about.permit,
                person=about.person,
                asset=about.asset,
                opened_at=instant_text(about.opened_at),
                item=about.item,
                found=[_thing(place.found) for place in places],
            )
            for about, places in made.sessions
        ],
    )


class WaitingDocument(BaseModel):
    """A session whose review the charter asks for. ``mine``: you may give it."""

    session: str
    permit: str
    person: str
    asset: str
    ended_at: At
    by: At
    overdue: bool
    blocks: bool
    mine: bool
    rights: list[str]


class WaitingList(BaseModel):
    """Yours first, then the most urgent."""

    reviews: list[WaitingDocument]


class ReviewBody(BaseModel):
    """What was found. ``words`` may be left out where all is in order."""

    disposition: Disposition
    words: Annotated[str, Field(max_length=500)] = ""


class ReviewDocument(BaseModel):
    """One review; ``index`` is its leaf."""

    index: int
    at: At
    by: str
    office: str
    disposition: Disposition
    words: str


class ReviewList(BaseModel):
    """Every review of one session, oldest first; the newest word counts."""

    session: str
    reviews: list[ReviewDocument]


@router.get("/evidence/reviews", operation_id="list_reviews_due")
async def reviews_due(request: Request) -> WaitingList:
    """Ended sessions that somebody of the plant has still to look at, of what is your business."""
    waiting = await reviews_for(desk_of(request), visitor_of(request))
    return WaitingList(
        reviews=[
            WaitingDocument(
                session=one.due.what.session,
                permit=one.due.what.permit,
                person=one.due.what.person,
                asset=one.due.what.asset,
                ended_at=instant_text(one.due.what.ended_at),
                by=instant_text(one.due.by),
                overdue=one.overdue,
                blocks=one.due.terms.overdue is Overdue.BLOCK,
                mine=one.mine,
                rights=[str(right) for right in one.rights],
            )
            for one in waiting[:MOST_SHOWN]
        ]
    )


@router.post("/evidence/sessions/{session}/review", operation_id="review_session")
async def file_review(request: Request, session: SessionPath, body: ReviewBody) -> ReviewList:
    """Say what you found in an ended session."""
    desk = desk_of(request)
    await review(desk, visitor_of(request), session, body.disposition.value, body.words)
    past = await asyncio.to_thread(past_of, desk.parts.log, session)
    return ReviewList(
        session=session,
        reviews=[
            ReviewDocument(
                index=one.index,
                at=instant_text(one.at),
                by=one.by,
                office=one.office,
                disposition=one.disposition,
                words=one.words,
            )
            for one in (past.reviews if past else ())
        ],
    )


@router.get("/evidence/sessions", operation_id="list_past_sessions")
async def past_sessions(
    request: Request,
    paging: Paged,
    text: Annotated[str, Query(max_length=80, description="What the leaf's text holds, in any case.")] = "",
) -> PastSessionList:
    """Sessions that were, by their leaves, newest first."""
    desk, visitor = desk_of(request), visitor_of(request)
    await viewed(desk, visitor, "ledger:sessions", f"API search for {text!a}" if text else "API list")
    place = paging.after(int)
    log = desk.parts.log

    def looked() -> tuple[list[Kept], int | None]:
        before = log.size if place is None else min(int(place[0]), log.size)
        start = max(0, before - MOST_LEAVES)
        part: list[Kept] = []
        for kept in log.events(start, before, newest_first=True):
            if kept.event.get("event") in SESSION and text.lower() in str(dict(kept.event)).lower():
                part.append(kept)
            if len(part) == paging.limit:
                return part, kept.index or None
        return part, start or None

    part, more = await asyncio.to_thread(looked)
    return PastSessionList(
        sessions=[_past(one) for one in part], next=paging.next(None if more is None else (more,))
    )


@router.get("/evidence/sessions/{session}", operation_id="read_past_session")
async def past_session(request: Request, session: SessionPath) -> StoryDocument:
    """One session's story, and what of it can be replayed."""
    desk = desk_of(request)
    lines, playback = await found(desk, session)
    await handled(request, session, Deed.VIEW, "story")
    casts = await asyncio.to_thread(playback.casts) if playback else {}
    return StoryDocument(
        session=session,
        story=[_line(one) for one in lines if one.name not in UNTOLD],
        recorded=playback is not None,
        casts=[CastDocument(channel=number, name=name) for number, name in casts.items()],
    )


@router.get(
    "/evidence/sessions/{session}/casts/{channel}", operation_id="read_cast", response_class=Asciicast
)
async def cast(
    request: Request,
    session: SessionPath,
    channel: Annotated[int, Path(ge=0, le=2**31, description="As the story names it.")],
    at: Annotated[
        int | None, Query(ge=0, le=10**7, description="A part only, from the picture of that second on.")
    ] = None,
) -> Asciicast:
    """One terminal as asciicast v2, with nothing in it that acts outside the terminal's picture."""
    _lines, playback = await leaving(request, session)
    which = "" if at is None else f", from second {at} on"
    await handled(request, session, Deed.REPLAY, f"cast of channel {channel}{which}")
    if playback is None or channel not in await asyncio.to_thread(playback.casts):
        raise not_found()

    def made() -> bytes:
        whole = playback.cast(channel)
        return joined(whole if at is None else part(whole, at * 1_000_000, LONGEST_PART_BYTES))

    return Asciicast(await asyncio.to_thread(made))


@router.get("/evidence/sessions/{session}/verification", operation_id="verify_past_session")
async def verification(request: Request, session: SessionPath) -> VerificationDocument:
    """Make the case file, run the stand-alone verifier on it, and give each of its steps."""
    _lines, playback = await found(desk_of(request), session)
    if playback is None:
        raise not_found()
    await handled(request, session, Deed.VERIFY, "case file, verified here")
    report = await asyncio.to_thread(playback.verify)
    return VerificationDocument(
        subject=report.subject,
        verdict=report.verdict,
        steps=[
            StepDocument(number=one.number, title=one.title, verdict=one.verdict, sentence=one.sentence)
            for one in report.steps
        ],
    )


@router.get("/evidence/sessions/{session}/case-file", operation_id="read_case_file", response_class=CaseFile)
async def case_file(
    request: Request,
    session: SessionPath,
    purpose: Annotated[str, Query(max_length=300, description="What for; kept in the custody log.")] = "",
) -> CaseFile:
    """The zip that proves the session to an outsider, offline."""
    _lines, playback = await leaving(request, session)
    if playback is None:
        raise not_found()
    return await taken_away(request, session, playback, purpose)


@router.get("/evidence/sessions/{session}/custody", operation_id="read_custody")
async def read_custody(request: Request, session: SessionPath) -> CustodyDocument:
    """Everybody who viewed, replayed, verified or took away the session's evidence, in the ledger's order."""
    found = await custody_for(desk_of(request), visitor_of(request), session)
    return CustodyDocument(
        session=session, handlings=[HandlingDocument.model_validate(one.document()) for one in found]
    )


def _utc(instant: datetime | None) -> datetime | None:
    return instant.replace(tzinfo=UTC) if instant is not None and instant.tzinfo is None else instant


def _thing(one: Found) -> FoundDocument:
    return FoundDocument(
        kind=one.kind,
        channel=one.channel,
        at_us=one.at_us,
        deed=one.deed,
        bytes=one.octets,
        text=one.text,
    )


def _past(kept: Kept) -> PastSession:
    event = kept.event
    return PastSession(
        index=kept.index,
        session=str(event.get("session", "")),
        permit=str(event.get("permit", "")),
        what=str(event.get("event", "")),
        at=at if isinstance(at := event.get("at"), str) else None,
        event=dict(event),
    )


def _line(line: Line) -> LineDocument:
    return LineDocument(
        index=line.index,
        name=line.name,
        sentence=str(line.sentence),
        at=None if line.at is None else instant_text(line.at),
        fault=line.fault,
        event=dict(line.event),
    )
