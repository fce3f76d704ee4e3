"""Every decision but yes: refuse, narrow, revoke, withdraw."""

import secrets
from dataclasses import replace
from datetime import UTC, datetime

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from approvals.service import Filed
from broker.admission import new_permit_id
from broker.console import words
from broker.console.desk import Desk, desk_of
from broker.console.forms import Form, form_of
from broker.console.guard import Visitor, visitor_of
from broker.console.permits.sheet import filed_for
from broker.console.permits.terms import judge
from broker.console.refusals import RefusalError, not_found
from broker.console.roles import Role, holds_over
from broker.console.route import page_router
from domain.access import Grant
from domain.permit import LONGEST_TEXT, Permit
from domain.said import say
from domain.window import TimeWindow

router = page_router()


@router.post("/permits/{permit}/refuse")
async def refuse(request: Request, permit: str) -> Response:
    """Say no, with a reason that the vendor reads."""
    desk, visitor = desk_of(request), visitor_of(request)
    filed = await filed_for(desk, visitor, permit)
    await refuse_permit(desk, visitor, filed, (await form_of(request)).get("reason", ""))
    return RedirectResponse(f"/permits/{permit}", 303)


@router.post("/permits/{permit}/narrow")
async def narrow(request: Request, permit: str) -> Response:
    """Make a smaller permit of a wish: shorter, or fewer passages. It is then signed like any other."""
    desk, visitor = desk_of(request), visitor_of(request)
    filed = await filed_for(desk, visitor, permit)
    smaller = _narrowed(desk, filed.permit, await form_of(request))
    await narrow_permit(desk, visitor, filed, smaller)
    return RedirectResponse(f"/permits/{smaller.id}", 303)


@router.post("/permits/{permit}/revoke")
async def revoke(request: Request, permit: str) -> Response:
    """Take an approved permit back; its live session ends now."""
    desk, visitor = desk_of(request), visitor_of(request)
    filed = await filed_for(desk, visitor, permit)
    await revoke_permit(desk, visitor, filed, (await form_of(request)).get("reason", ""))
    return RedirectResponse(f"/permits/{permit}", 303)


@router.post("/permits/{permit}/withdraw")
async def withdraw(request: Request, permit: str) -> Response:
    """Take one's own wish back."""
    desk, visitor = desk_of(request), visitor_of(request)
    filed = await filed_for(desk, visitor, permit)
    await desk.parts.approvals.withdraw(filed.permit.id, visitor.person.id)
    return RedirectResponse(f"/permits/{permit}", 303)


async def narrow_permit(desk: Desk, visitor: Visitor, filed: Filed, smaller: Permit) -> None:
    """Put ``smaller`` in the wish's place; the approvals service checks that it is one, and who may."""
    facts = await desk.parts.admission.facts_for(filed.permit.person, filed.permit.asset)
    terms = judge(filed.permit, facts).terms
    await desk.parts.approvals.narrow(filed.permit.id, smaller, visitor.person.id, terms)


async def refuse_permit(desk: Desk, visitor: Visitor, filed: Filed, reason: str) -> None:
    """File the no; the approvals service checks that this person may say it."""
    facts = await desk.parts.admission.facts_for(filed.permit.person, filed.permit.asset)
    terms = judge(filed.permit, facts).terms
    await desk.parts.approvals.refuse(filed.permit.id, visitor.person.id, checked_reason(reason), terms)


async def revoke_permit(desk: Desk, visitor: Visitor, filed: Filed, reason: str) -> None:
    """Tell the watchdog first: it ends what lives. Then write the permit's new state down.

    In this order because a revocation must bite even while the database is gone; the gate reads
    revocations from the watchdog's own file.
    """
    permit, now = filed.permit, desk.parts.clock.now()
    if Role.HOLDER not in visitor.roles or not holds_over(
        desk.parts.charter(), visitor.person.id, permit.asset, permit.conduit, now
    ):
        raise not_found()
    reason = checked_reason(reason)
    await desk.parts.watchdog({"do": "revoke", "permit": permit.id, "by": visitor.person.id})
    await desk.parts.approvals.revoke(permit.id, visitor.person.id, reason)


def checked_reason(text: str) -> str:
    """A reason that others can read: one printable line."""
    text = " ".join(text.split())
    if not text or len(text) > LONGEST_TEXT or not text.isprintable():
        raise RefusalError(
            422,
            "reason_missing",
            say("A reason is one line, up to {longest_text} characters.", longest_text=LONGEST_TEXT),
            say("Say why in a few words."),
        )
    return text


def _narrowed(desk: Desk, old: Permit, form: Form) -> Permit:
    zone = desk.parts.charter().place_of(old.asset).time_zone
    try:
        start, end = (
            words.of_input(text, zone).astimezone(UTC) if (text := form.get(name, "")) else None
            for name in ("from", "until")
        )
        grants = frozenset(Grant.of(text) for text in form.many("grant"))
    except ValueError as error:
        raise _no_narrower(error) from error
    return narrower(desk, old, start, end, grants)


def narrower(
    desk: Desk, old: Permit, start: datetime | None, end: datetime | None, grants: frozenset[Grant]
) -> Permit:
    """A new permit of what ``old`` asks for within these bounds; nothing given for an instant bounds nothing."""
    try:
        return replace(
            old,
            id=new_permit_id(),
            grants=grants & old.grants,
            window=TimeWindow(
                max(start or old.window.start, old.window.start), min(end or old.window.end, old.window.end)
            ),
            requested_at=desk.parts.clock.now(),
            nonce=secrets.token_bytes(16),
            narrows=old.id,
        )
    except ValueError as error:
        raise _no_narrower(error) from error


def _no_narrower(error: ValueError) -> RefusalError:
    return RefusalError(
        422,
        "not_narrower",
        say("This is no narrower permit: {error}.", error=f"{error}"),
        say("Keep one passage, and an end after the start."),
    )
