"""Somebody says how a person is to be told: the ledger first, then the outbox's file."""

import asyncio

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
    at, before = clock.now(), await asyncio.to_thread(deliveries.choices, person)
    await ledger.append(
        NoticeChoiceMade(
            at=at,
            person=person,
            by=by,
            mail=bool(choices.mail),
            quiet="" if choices.quiet is None else str(choices.quiet),
            digest=tuple(sorted(choices.digest)),
        )
    )
    await asyncio.to_thread(deliveries.choose, person, choices)
    if choices.mail != before.mail:
        notice = Notice(
            key=f"choice:{int(at.timestamp())}",
            to=person,
            kind=NoticeKind.TROUBLE,
            at=at,
            subject="Where you read your notices was changed",
            sentences=("If that was not you, tell whoever runs this node, and change your password.",),
            path="/told/choices",
        )
        await asyncio.to_thread(deliveries.outbox.put, notice)
