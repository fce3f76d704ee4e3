"""The API's retention: what is due, what is held, what waits for a second person; and signing with an SSH key."""

from fastapi import Request
from pydantic import BaseModel, Field

from broker.console.api.documents import At, Strict
from broker.console.api.paging import Paged, Part
from broker.console.api.route import api_router
from broker.console.desk import desk_of
from broker.console.evidence.keeping import ceremony_for, drawn_up, keeping_of, take_ssh
from broker.console.evidence.retention import standing
from broker.console.guard import visitor_of
from broker.evidence.keeping_desk import Due
from domain.canonical import instant_text
from domain.keeping import NAMESPACE, KeepingStatement
from policies.retention import Standing

router = api_router("retention")


class DueDocument(BaseModel):
    """What may become of one session's evidence now. ``code`` says why it stays; empty when it may go."""

    session: str
    person: str
    asset: str
    ended_at: At | None
    standing: Standing
    term: str
    may_go_at: At | None
    due_at: At | None
    holds: list[str]
    code: str
    sentence: str


class DueList(Part):
    """Sessions, by id."""

    sessions: list[DueDocument]


class HoldDocument(BaseModel):
    """A legal hold in force."""

    id: str
    scope: str
    by: str
    at: At
    reason: str


class AskDocument(BaseModel):
    """What one person signed, and a second has not yet."""

    ask: str
    deed: str
    subject: str
    by: str
    at: At
    reason: str
    term: str


class Standings(BaseModel):
    """Holds in force, and what waits for a second person."""

    holds: list[HoldDocument]
    asks: list[AskDocument]


class WishToKeep(Strict):
    """What is to be signed: a deed on a subject with a reason; or, by ``ask`` alone, the second signature under it."""

    deed: str = Field(default="", max_length=16, description="`erase`, `remove`, `prune`, `hold` or `lift`.")
    subject: str = Field(default="", max_length=80, description="`session:…`, a hold's scope, or `hold:…`.")
    reason: str = Field(default="", max_length=500)
    ask: str = Field(default="", pattern="^([0-9a-f]{64})?$", description="What the first person signed.")


class KeepingToSign(BaseModel):
    """A statement to sign with an SSH key: `statement` as canonical JSON (RFC 8785), in the namespace named here."""

    ceremony: str
    statement: str
    namespace: str


class SignedWish(Strict):
    """The same statement, byte for byte, and what `ssh-keygen -Y sign` wrote for it."""

    ceremony: str = Field(min_length=1, max_length=64)
    statement: str = Field(min_length=2, max_length=8192)
    signature: str = Field(min_length=1, max_length=16_384)


@router.get("/retention", operation_id="list_retention")
async def retention(request: Request, paging: Paged) -> DueList:
    """What may become of each session's evidence now: kept, free to go, or due."""
    _, found = await standing(desk_of(request))
    part, more = paging.cut(sorted(found, key=lambda one: one.past.session), lambda one: (one.past.session,))
    return DueList(sessions=[_due(one) for one in part], next=more)


@router.get("/retention/standing", operation_id="read_retention_standing")
async def standings(request: Request) -> Standings:
    """Legal holds in force, and what waits for a second person."""
    desk = desk_of(request)
    kept = await keeping_of(desk).kept()
    return Standings(
        holds=[
            HoldDocument(id=one.id, scope=one.scope, by=one.by, at=instant_text(one.at), reason=one.reason)
            for one in kept.holds.values()
        ],
        asks=[
            AskDocument(
                ask=one.digest,
                deed=str(one.wish.deed),
                subject=one.wish.subject,
                by=one.wish.by,
                at=instant_text(one.wish.at),
                reason=one.wish.reason,
                term=one.wish.term,
            )
            for one in kept.waiting(desk.parts.clock.now())
        ],
    )


@router.post("/retention/statement", operation_id="draw_up_keeping")
async def draw_up(request: Request, given: WishToKeep) -> KeepingToSign:
    """Draw up what your SSH key is to sign; it is taken back once, within five minutes."""
    desk, visitor = desk_of(request), visitor_of(request)
    said = await drawn_up(desk, visitor, given.deed, given.subject, given.reason, given.ask)
    ceremony = await ceremony_for(desk, visitor, said)
    return KeepingToSign(ceremony=ceremony, statement=said.message().decode(), namespace=NAMESPACE)


@router.post("/retention/signed", operation_id="take_signed_keeping")
async def take(request: Request, given: SignedWish) -> Standings:
    """File what your SSH key signed. The second person's signature has it done."""
    said = KeepingStatement.of_message(given.statement.encode())
    await take_ssh(desk_of(request), visitor_of(request), given.ceremony, said.document(), given.signature)
    return await standings(request)


def _due(one: Due) -> DueDocument:
    judged = one.judgement
    return DueDocument(
        session=one.past.session,
        person=one.past.person,
        asset=one.past.asset,
        ended_at=None if one.past.ended_at is None else instant_text(one.past.ended_at),
        standing=judged.standing,
        term="" if judged.term is None else judged.term.id,
        may_go_at=None if judged.may_go_at is None else instant_text(judged.may_go_at),
        due_at=None if judged.due_at is None else instant_text(judged.due_at),
        holds=[hold.id for hold in judged.holds],
        code=judged.code,
        sentence=str(judged.sentence),
    )
