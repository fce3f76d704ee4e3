"""Somebody says how a person is to be told: the ledger first, then the outbox's file."""

import asyncio
from datetime import datetime

from broker.notices.choices import Choices
from broker.notices.deliveries import Deliveries
from domain.clock import Clock
from domain.events import NoticeChoiceMade
from domain.ids import PersonId
from domain.ledger import Ledger
from domain.notice import Notice, NoticeKind


async def choose(
    deliveries: Deliveries, ledger: Ledger, clock: Clock, person: PersonId, choices: Choices, by: str
) -> None:
    """Keep ``choices``; EvidenceError when the ledger or the file can't. The address itself is no evidence.

    Whose address changes is told so at once in the console: an address that somebody else put there
    would take their notices away.
    """
    before = await asyncio.to_thread(deliveries.choices, person)
    made = choice_made(person, choices, by, clock.now())
    await ledger.append(made)
    await asyncio.to_thread(deliveries.choose, person, choices)
    if choices.mail != before.mail:
        await asyncio.to_thread(deliveries.outbox.put, address_changed(made))


def choice_made(person: PersonId, choices: Choices, by: str, at: datetime) -> NoticeChoiceMade:
    """What the ledger hears of a choice."""
    return NoticeChoiceMade(
        at=at,
        person=person,
        by=by,
        mail=bool(choices.mail),
        quiet="" if choices.quiet is None else str(choices.quiet),
        digest=tuple(sorted(choices.digest)),
    )


def address_changed(made: NoticeChoiceMade) -> Notice:
    """What its person hears of it, in the console too."""
    return Notice(
        key=f"choice:{int(made.at.timestamp())}",
        to=made.person,
        kind=NoticeKind.TROUBLE,
        at=made.at,
        subject="Where you read your notices was changed",
        sentences=("If that was not you, tell whoever runs this node, and change your password.",),
        path="/told/choices",
    )
