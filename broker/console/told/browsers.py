"""Being told in one's own browsers, by Web Push: one subscribes for oneself, and takes each off again."""

import asyncio
from datetime import datetime

from fastapi import Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from broker.console.desk import desk_of
from broker.console.forms import form_of, object_of
from broker.console.guard import visitor_of
from broker.console.parts import ConsoleParts
from broker.console.refusals import RefusalError, not_found
from broker.console.route import page_router
from broker.notices.choosing import choice_made
from broker.notices.deliveries import Deliveries
from broker.notices.outbox import Outbox
from broker.notices.subscriptions import Offer, Subscription, Subscriptions
from domain.ids import PersonId
from domain.notice import Notice, NoticeKind
from domain.said import say

router = page_router()

MOST_DIGITS = 15


@router.post("/told/browsers")
async def subscribe(request: Request) -> Response:
    """Take what the browser's own subscription says; the ledger hears first that somebody chose."""
    desk, visitor = desk_of(request), visitor_of(request)
    offer, outbox = _offered(desk.parts)
    fields = await object_of(request)
    person, now = visitor.person.id, desk.parts.clock.now()
    try:
        wanted = Subscription.of(fields, offer.hosts)
        await _tell(desk.parts, outbox, person, now)
        await asyncio.to_thread(Subscriptions(outbox).add, person, wanted, now)
    except ValueError as error:
        raise RefusalError(422, "bad_choice", str(error), say("Nothing was changed.")) from error
    await asyncio.to_thread(outbox.put, browser_added(person, now))
    return JSONResponse({"next": "/told/choices?kept=1"})


@router.post("/told/browsers/{browser}/end")
async def end(request: Request, browser: str) -> Response:
    """Tell this browser nothing more."""
    desk, visitor = desk_of(request), visitor_of(request)
    await form_of(request)
    outbox = desk.parts.notices
    number = int(browser) if browser.isascii() and browser.isdigit() and len(browser) <= MOST_DIGITS else 0
    if outbox is None or not await asyncio.to_thread(Subscriptions(outbox).end, visitor.person.id, number):
        raise not_found()
    await _tell(desk.parts, outbox, visitor.person.id, desk.parts.clock.now())
    return RedirectResponse("/told/choices?kept=1", 303)


def browser_added(person: PersonId, at: datetime) -> Notice:
    """What its person hears of it, everywhere that they read already."""
    return Notice(
        key=f"browser:{int(at.timestamp())}",
        to=person,
        kind=NoticeKind.TROUBLE,
        at=at,
        subject="A browser was added where you read your notices",
        sentences=("If that was not you, tell whoever runs this node, and change your password.",),
        path="/told/choices",
    )


def _offered(parts: ConsoleParts) -> tuple[Offer, Outbox]:
    if parts.push is None or parts.notices is None:
        raise not_found()
    return parts.push, parts.notices


async def _tell(parts: ConsoleParts, outbox: Outbox, person: PersonId, now: datetime) -> None:
    choices = await asyncio.to_thread(Deliveries(outbox).choices, person)
    await parts.ledger.append(choice_made(person, choices, person, now))
