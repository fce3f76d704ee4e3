"""The page of what may go, what is due, what is held, and what waits for a second person."""

from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import JSONResponse, Response

from approvals.keeping import purpose_of_keeping
from broker.console.desk import Desk, desk_of
from broker.console.evidence.keeping import drawn_up, file, keeping_of, statement_of
from broker.console.forms import object_of, text_of
from broker.console.guard import Visitor, visitor_of
from broker.console.pages import page
from broker.console.roles import Role
from broker.console.route import page_router
from broker.console.signing import begin_signing, signed_by
from broker.evidence.keeping_desk import Due
from broker.evidence.keepings import Ask, Kept
from domain.keeping import SignedKeeping
from policies.retention import Standing

router = page_router()

MOST_ROWS = 200


@dataclass(frozen=True, slots=True)
class Waiting:
    """An ask, for one visitor."""

    ask: Ask
    own: bool


@router.get("/retention")
async def retention(request: Request) -> Response:
    """What is due comes first, then what may go; what stays by its term is only counted."""
    desk, visitor = desk_of(request), visitor_of(request)
    kept, found = await standing(desk)
    rows = sorted(found, key=lambda one: list(Standing).index(one.judgement.standing), reverse=True)
    going = [one for one in rows if one.judgement.standing is not Standing.KEPT]
    held = [one for one in rows if one.judgement.holds and one.judgement.code == "legal_hold"]
    return await page(
        request,
        "evidence/retention.html",
        visitor,
        going=going[:MOST_ROWS],
        more=max(0, len(going) - MOST_ROWS),
        held=held[:MOST_ROWS],
        staying=len(rows) - len(going) - len(held),
        terms=desk.parts.charter().retention,
        holds=kept.holds.values(),
        sessions={one.past.session: one.past for one in found},
        auditor=Role.AUDITOR in visitor.roles,
        scopes={one.id: one.scope for one in kept.holds.values()},
        waiting=waiting_for(desk, visitor, kept),
        passkey=bool(desk.parts.trust().passkeys.get(visitor.person.id)),
    )


@router.post("/retention/sign/begin")
async def begin(request: Request) -> Response:
    """A challenge over the statement that says what shall go or stay; the browser brings both back."""
    desk, visitor = desk_of(request), visitor_of(request)
    fields = await object_of(request)
    told = [text_of(fields, name) for name in ("deed", "subject", "reason", "ask")]
    statement = await drawn_up(desk, visitor, *told)
    return await begin_signing(
        desk, visitor, purpose_of_keeping(statement), statement.digest(), statement=statement.document()
    )


@router.post("/retention/sign/passkey")
async def by_passkey(request: Request) -> Response:
    """The signed statement, once."""
    desk, visitor = desk_of(request), visitor_of(request)
    fields = await object_of(request)
    statement = statement_of(fields.get("statement"))
    proof = await signed_by(desk, visitor, fields, purpose_of_keeping(statement))
    await file(desk, visitor, SignedKeeping(statement, proof))
    return JSONResponse({"next": "/retention"})


async def standing(desk: Desk) -> tuple[Kept, list[Due]]:
    """How holds and asks stand, and what may become of each session whose recording is not removed."""
    keeping = keeping_of(desk)
    kept = await keeping.kept()
    return kept, [one for one in await keeping.due(kept) if not one.gone]


def waiting_for(desk: Desk, visitor: Visitor, kept: Kept) -> list[Waiting]:
    """What waits for a second person; the first of them can't be that."""
    now = desk.parts.clock.now()
    return [Waiting(one, one.wish.by == visitor.person.id) for one in kept.waiting(now)]
