"""Told to you: the list that needs no mail server, and how one wants to be told besides."""

import asyncio
from collections.abc import Mapping
from functools import cache
from zoneinfo import available_timezones

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from broker.console.desk import Desk, desk_of
from broker.console.forms import Form, form_of
from broker.console.guard import visitor_of
from broker.console.pages import page
from broker.console.refusals import RefusalError
from broker.console.route import page_router
from broker.notices.choices import DIGESTED, Choices
from broker.notices.choosing import choose
from broker.notices.deliveries import Deliveries
from broker.notices.outbox import Outbox
from broker.notices.subscriptions import Subscriptions
from domain.canonical import Json
from domain.ids import PersonId
from domain.notice import Notice, NoticeKind
from domain.said import say

router = page_router()

SHOWN = 50

KINDS = {
    NoticeKind.ASKED: say("A permit waits for my decision"),
    NoticeKind.DECIDED: say("What I asked for was decided"),
    NoticeKind.LAPSED: say("Something lapsed"),
    NoticeKind.STATE: say("A zone changed its state"),
    NoticeKind.LEAVING: say("A vendor's person goes"),
}
"""What may wait for a digest, in words."""


@router.get("/told")
async def show(request: Request) -> Response:
    """One's own notices, newest first. Having them before one's eyes is a delivery, and the ledger hears of it."""
    desk, visitor = desk_of(request), visitor_of(request)
    outbox = outbox_of(desk)
    before = request.query_params.get("before", "")
    told = await asyncio.to_thread(
        lambda: outbox.told(
            visitor.person.id,
            most=SHOWN + 1,
            before=int(before) if before.isascii() and before.isdigit() and len(before) < 16 else None,
        )
    )
    shown = told[:SHOWN]
    answer = await page(
        request,
        "told/told.html",
        visitor,
        notices=shown,
        older=shown[-1].number if len(told) > SHOWN else None,
    )
    new = [one.number for one in shown if one.read_at is None]
    if new:
        await asyncio.to_thread(outbox.read, visitor.person.id, new, desk.parts.clock.now())
    return answer


@router.get("/told/choices")
async def choices(request: Request) -> Response:
    """How one is told, as it stands."""
    desk, visitor = desk_of(request), visitor_of(request)
    found = await asyncio.to_thread(Deliveries(outbox_of(desk)).choices, visitor.person.id)
    return await _form(request, found)


@router.post("/told/choices")
async def choose_mine(request: Request) -> Response:
    """Keep what one chose: for oneself only, the ledger first."""
    desk, visitor = desk_of(request), visitor_of(request)
    form = await form_of(request)
    await keep_choices(desk, visitor.person.id, _document(form))
    return RedirectResponse("/told/choices?kept=1", 303)


@router.post("/told/test")
async def try_it(request: Request) -> Response:
    """Tell oneself something, by every way that one chose."""
    desk, visitor = desk_of(request), visitor_of(request)
    await form_of(request)
    await try_notices(desk, visitor.person.id)
    return RedirectResponse("/told", 303)


async def keep_choices(desk: Desk, person: PersonId, document: Mapping[str, Json]) -> None:
    """Keep what somebody chose for themself, the ledger first; RefusalError says what can't be chosen."""
    deliveries = Deliveries(outbox_of(desk))
    try:
        wanted = Choices.of(document)
    except ValueError as error:
        raise RefusalError(
            422, "bad_choice", str(error), say("Go back and mend it; nothing was changed.")
        ) from error
    parts = desk.parts
    await choose(deliveries, parts.ledger, parts.clock, person, wanted, person)


async def try_notices(desk: Desk, person: PersonId) -> None:
    """Tell somebody something, by every way that they chose."""
    now = desk.parts.clock.now()
    notice = Notice(
        key=f"test:{int(now.timestamp())}",
        to=person,
        kind=NoticeKind.TEST,
        at=now,
        subject="A notice to see whether notices arrive",
        sentences=("You asked for it on the console's page about notices.",),
        path="/told",
    )
    await asyncio.to_thread(outbox_of(desk).put, notice)


async def _form(request: Request, found: Choices) -> Response:
    organisation = desk_of(request).parts.charter().organisation
    parts, visitor = desk_of(request).parts, visitor_of(request)
    subscriptions = Subscriptions(outbox_of(desk_of(request)))
    return await page(
        request,
        "told/choices.html",
        visitor,
        offer=parts.push,
        browsers=await asyncio.to_thread(subscriptions.of, visitor.person.id) if parts.push else (),
        found=found,
        kinds=[(kind, words) for kind, words in KINDS.items() if kind in DIGESTED],
        here_zone=organisation.time_zone if found == Choices() else found.zone,
        zones=_zones(),
        kept=request.query_params.get("kept") == "1",
    )


@cache
def _zones() -> tuple[str, ...]:
    """Looked up once: it is a walk through a folder of some six hundred files."""
    return tuple(sorted(available_timezones()))


def _document(form: Form) -> dict[str, Json]:
    zone = form.get("zone", "").strip()
    start, end = form.get("quiet_from", "").strip(), form.get("quiet_until", "").strip()
    return {
        "mail": form.get("mail", "").strip(),
        "quiet": [start, end, zone] if start or end else None,
        "digest": form.many("digest"),
        "digest_at": form.get("digest_at", "").strip(),
        "zone": zone,
    }


def outbox_of(desk: Desk) -> Outbox:
    """The notices of this node; 503 where it keeps none."""
    if desk.parts.notices is None:
        raise RefusalError(
            503, "no_notices", say("This console keeps no notices."), say("See `penstock doctor`.")
        )
    return desk.parts.notices
