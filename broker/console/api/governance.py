"""The API's charter: what is in force, what is proposed, who may decide nowhere, and what people answer for."""

import asyncio
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Query, Request
from pydantic import BaseModel, Field

from approvals.register import Sought, place_of
from broker.charter.desk import CharterDesk
from broker.charter.store import Proposed
from broker.console.api.documents import At, Code, InstantText, Sha256, Strict, Word, instant_or_422
from broker.console.api.paging import Paged, Part
from broker.console.api.route import api_router
from broker.console.desk import desk_of
from broker.console.guard import visitor_of
from broker.console.refusals import RefusalError
from broker.console.roles import sees_permit
from broker.console.voids.routes import attest_by_code, due_of, report_of, signs_of
from domain.canonical import Json, instant_text
from domain.permit import PermitState
from domain.plant import OperatingState
from domain.rights import DecisionRight
from policies.charter.change import Effect
from policies.charter.consent import summary
from policies.charter.void_export import report_document
from policies.denials import Denied, denials
from policies.workarounds import Workaround

router = api_router("charter")

MOST_LEAVES = 20_000
"""How far back noes are counted; `penstock charter denials` reads the whole ledger."""
LONGEST_SPAN = timedelta(days=92)


class CharterDocument(BaseModel):
    """The charter in force. ``document`` is the snapshot that case files carry."""

    digest: Sha256
    document: dict[str, object]


class DifferenceDocument(BaseModel):
    """One thing that a version changes."""

    sentence: str
    relaxing: bool


class NeedDocument(BaseModel):
    """A signature that is still needed, and who may give it; nobody in ``able`` is a deadlock."""

    right: DecisionRight | None
    boundary: str
    able: list[str]
    because: list[str]


class ProposalDocument(BaseModel):
    """A version that waits for signatures, which are given in the console or by `penstock charter sign`."""

    version: int
    digest: Sha256
    """What its signers sign."""
    charter: Sha256
    reason: str
    at: At
    differences: list[DifferenceDocument]
    missing: list[NeedDocument]
    signed: list[str]
    impact: dict[str, object] | None
    """What it would have decided otherwise, where it relaxes anything."""


class Waiting(BaseModel):
    """The version that waits, if one does."""

    proposal: ProposalDocument | None


class VersionDocument(BaseModel):
    """One version that was put in force."""

    index: int
    event: dict[str, object]


class VersionList(Part):
    """Versions by their leaves, newest first."""

    versions: list[VersionDocument]


class VoidsDocument(BaseModel):
    """The matrix of this instant: who holds what, and where nobody may decide."""

    report: dict[str, object]


class WorkaroundDocument(BaseModel):
    """A sign that a rule does not fit the work, and who answers for looking into it."""

    code: str
    subject: str
    owner: str
    sentence: str
    times: int
    last: At


class WorkaroundList(BaseModel):
    """The last thirty days', by code and subject."""

    workarounds: list[WorkaroundDocument]


class DeniedDocument(BaseModel):
    """How often, by or to whom; and the last reason."""

    who: str
    times: int
    last: At
    reason: str


class DenialsDocument(BaseModel):
    """The noes of so many days, the most frequent first."""

    since: At
    until: At
    total: int
    by_holder: list[DeniedDocument]
    by_rule: list[DeniedDocument]
    by_vendor: list[DeniedDocument]


class DueDocument(BaseModel):
    """Somebody is to attest what they took over; from ``by`` on it has lapsed."""

    subject: str
    person: str
    since: At
    by: At
    mine: bool


class DueList(BaseModel):
    """What waits to be attested."""

    due: list[DueDocument]


class Attest(Strict):
    """That one answers for what one took over, with a one-time code that is spent on it."""

    subject: str = Field(pattern=r"^[a-z-]+:[a-z0-9@_-]{1,200}$", examples=["right:connect@site-1"])
    code: Code


class SpanDocument(BaseModel):
    """One permit in the calendar."""

    permit: str
    asset: str
    vendor: str
    person: str
    state: PermitState
    start: At
    end: At


class CalendarPart(Part):
    """Permits whose windows meet the span, newest request first; half-open."""

    since: At
    until: At
    spans: list[SpanDocument]
    states: dict[str, OperatingState | None]
    """What each zone is doing now."""


@router.get("/charter", operation_id="read_charter")
async def charter(request: Request) -> CharterDocument:
    """The charter in force, whole."""
    found = desk_of(request).parts.charter()
    document = await asyncio.to_thread(found.document)
    return CharterDocument.model_validate({"digest": found.digest.hex(), "document": document})


@router.get("/charter/proposed", operation_id="read_proposed_charter")
async def proposed_charter(request: Request) -> Waiting:
    """What waits for signatures: what it changes in words, who must sign, and what it would have changed."""
    desk = desk_of(request)
    drafts = desk.parts.drafts
    waiting = None if drafts is None else await asyncio.to_thread(drafts.waiting)
    if drafts is None or waiting is None:
        return Waiting(proposal=None)
    now = desk.parts.clock.now()
    return Waiting(proposal=await asyncio.to_thread(_proposal, drafts, waiting, now))


@router.get("/charter/versions", operation_id="list_charter_versions")
async def charter_versions(request: Request, paging: Paged) -> VersionList:
    """Every version that was put in force, as the ledger has it: when, by whom, and who signed."""
    log = desk_of(request).parts.log
    kept = await asyncio.to_thread(lambda: list(log.find(event="CharterApplied", limit=10_000)))
    part, more = paging.cut(kept, lambda one: (one.index,), newest_first=True)
    return VersionList(
        versions=[VersionDocument(index=one.index, event=dict(one.event)) for one in part], next=more
    )


@router.get("/voids", operation_id="read_voids")
async def voids(request: Request) -> VoidsDocument:
    """Where nobody may decide at this instant, or nobody else could; and who holds what."""
    desk = desk_of(request)
    report: Json = report_document(await report_of(desk), desk.parts.charter().names())
    return VoidsDocument.model_validate({"report": report})


@router.get("/workarounds", operation_id="list_workarounds")
async def workarounds(request: Request) -> WorkaroundList:
    """Signs that people find their own way around the charter."""
    desk = desk_of(request)
    found = await asyncio.to_thread(signs_of, desk, desk.parts.clock.now())
    return WorkaroundList(workarounds=[_workaround(one) for one in found])


@router.get("/denials", operation_id="read_denials")
async def denied(
    request: Request, days: Annotated[int, Query(ge=1, le=366, description="How far back.")] = 90
) -> DenialsDocument:
    """How often the plant said no: by which holder or rule, to which company, and why last."""
    desk = desk_of(request)
    log, now = desk.parts.log, desk.parts.clock.now()

    def counted() -> DenialsDocument:
        events = (kept.event for kept in log.events(max(0, log.size - MOST_LEAVES)))
        found = denials(desk.parts.charter(), events, now, timedelta(days=days))
        return DenialsDocument(
            since=instant_text(found.since),
            until=instant_text(found.until),
            total=found.total,
            by_holder=[_denied(one) for one in found.by_holder],
            by_rule=[_denied(one) for one in found.by_rule],
            by_vendor=[_denied(one) for one in found.by_vendor],
        )

    return await asyncio.to_thread(counted)


@router.get("/attestations", operation_id="list_attestations")
async def attestations(request: Request) -> DueList:
    """What somebody took over and has not said yet that they answer for."""
    desk, person = desk_of(request), visitor_of(request).person.id
    return DueList(
        due=[
            DueDocument(
                subject=one.subject,
                person=one.person,
                since=instant_text(one.since),
                by=instant_text(one.by),
                mine=one.person == person,
            )
            for one in due_of(desk)
        ]
    )


@router.post("/attestations", operation_id="attest")
async def attest(request: Request, given: Attest) -> DueList:
    """Say, with a one-time code, that one answers for what one took over. The ledger is told before it counts."""
    await attest_by_code(desk_of(request), visitor_of(request), given.subject, given.code)
    return await attestations(request)


@router.get("/calendar", operation_id="read_calendar")
async def calendar(
    request: Request,
    paging: Paged,
    since: InstantText,
    until: Annotated[InstantText, Query(description="Not inside the span; at most 92 days after `since`.")],
    asset: Word | None = None,
    vendor: Word | None = None,
) -> CalendarPart:
    """The permits of a span of time that are the caller's business, for a calendar of one's own."""
    desk, visitor = desk_of(request), visitor_of(request)
    start, end = instant_or_422(since), instant_or_422(until)
    assert start is not None
    assert end is not None
    if not start < end <= start + LONGEST_SPAN:
        raise RefusalError(422, "not_understood", "A span ends after it starts, and within 92 days.")
    charter, now = desk.parts.charter(), desk.parts.clock.now()
    place = paging.after(int, str)
    after = None if place is None else (int(place[0]), str(place[1]))
    own = visitor.person.id if visitor.person.vendor is not None else ""
    sought = Sought(person=own, vendor=vendor or "", asset=asset or "", ends_after=start, starts_before=end)
    found = await desk.parts.approvals.page(sought, limit=paging.limit, after=after)
    held = await desk.interlocks()
    return CalendarPart(
        since=instant_text(start),
        until=instant_text(end),
        spans=[
            SpanDocument(
                permit=one.permit.id,
                asset=one.permit.asset,
                vendor=one.permit.vendor,
                person=one.permit.person,
                state=one.state,
                start=instant_text(one.permit.window.start),
                end=instant_text(one.permit.window.end),
            )
            for one in found
            if sees_permit(charter, visitor.person, visitor.roles, one.permit, now)
        ],
        states={
            zone: OperatingState(said) if (said := held.states.get(zone)) else None for zone in charter.zones
        },
        next=paging.next(place_of(found[-1]) if len(found) == paging.limit else None),
    )


def _proposal(drafts: CharterDesk, waiting: Proposed, now: datetime) -> ProposalDocument:
    proposal = waiting.proposal
    return ProposalDocument.model_validate(
        {
            "version": proposal.version,
            "digest": proposal.digest().hex(),
            "charter": proposal.charter.hex(),
            "reason": proposal.reason,
            "at": instant_text(proposal.at),
            "differences": [
                {"sentence": str(one.sentence), "relaxing": one.effect is Effect.RELAXING}
                for one in summary(drafts.in_force(), waiting.charter())
            ],
            "missing": [
                {
                    "right": one.right,
                    "boundary": one.boundary,
                    "able": list(one.able),
                    "because": list(one.because),
                }
                for one in drafts.missing(waiting, now)
            ],
            "signed": sorted(drafts.signed(waiting)),
            "impact": None if waiting.impact is None else waiting.impact.document(),
        }
    )


def _workaround(one: Workaround) -> WorkaroundDocument:
    return WorkaroundDocument(
        code=one.code,
        subject=one.subject,
        owner=one.owner,
        sentence=str(one.sentence),
        times=one.times,
        last=instant_text(one.last),
    )


def _denied(one: Denied) -> DeniedDocument:
    return DeniedDocument(who=one.who, times=one.times, last=instant_text(one.last), reason=one.reason)
