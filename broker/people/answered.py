"""Writes that came with an idempotency key, and what was answered: kept for a day, for each person.

The claim on a key is committed before the write begins, its answer once the write is over. So one key has one
effect at most, whatever crashes: a key whose answer was lost says so for a day, and is never tried again.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, delete, func, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlmodel import col, select

from approvals.transactions import available
from broker.people.tables import AnsweredRow
from domain.clock import Clock
from domain.ids import PersonId

KEPT = timedelta(hours=24)
AT_WORK = timedelta(minutes=1)
"""How long a write may take; one that has not answered by then never will."""
MOST_OF_ONE = 5_000
"""One person's keys in a day: a write every seventeen seconds."""


LOST = -1
"""In the place of a status."""


class Claim(StrEnum):
    """What comes of claiming a key, when it has no answer yet."""

    MINE = "mine"
    """Nobody had it: go on."""
    OTHER = "other"
    """It was used for another request."""
    AT_WORK = "at-work"
    """Its write goes on just now."""
    LOST = "lost"
    """Its write began and never answered; nobody knows whether it took effect."""
    TOO_MANY = "too-many"


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered, to be answered again."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Answered:
    """The keys of one console's database. PenstockError when it can't be used."""

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    async def claim(self, person: PersonId, key: str, asked: bytes) -> Answer | Claim:
        """The answer that ``key`` has for ``asked``, which is all that was asked for; else what to do."""
        now_s = int(self._clock.now().timestamp())
        row = AnsweredRow(
            person=person,
            key=_digest(key.encode()),
            asked=_digest(asked),
            status=0,
            headers="",
            body=b"",
            begun_at=now_s,
        )
        old = col(AnsweredRow.begun_at) <= now_s - int(KEPT.total_seconds())
        with available():
            async with AsyncSession(self._engine, expire_on_commit=False) as work:
                await work.execute(delete(AnsweredRow).where(old))
                mine = select(func.count()).where(col(AnsweredRow.person) == person)
                known = await work.get(AnsweredRow, (person, row.key))
                if known is None and (await work.scalar(mine) or 0) >= MOST_OF_ONE:
                    return Claim.TOO_MANY
                if known is None:
                    work.add(row)
                    try:
                        await work.commit()
                    except IntegrityError:  # PostgreSQL: somebody claimed it since
                        await work.rollback()
                        known = await work.get(AnsweredRow, (person, row.key))
                    else:
                        return Claim.MINE
                else:
                    await work.commit()
        return Claim.AT_WORK if known is None else _told(known, row, now_s)

    async def keep(self, person: PersonId, key: str, answer: Answer) -> None:
        """Answer so from now on."""
        with available():
            async with AsyncSession(self._engine) as work:
                await work.execute(
                    update(AnsweredRow)
                    .where(_named(person, key))
                    .values(status=answer.status, headers=json.dumps(dict(answer.headers)), body=answer.body)
                )
                await work.commit()

    async def lose(self, person: PersonId, key: str) -> None:
        """Nobody knows what came of it: say so from now on."""
        await self.keep(person, key, Answer(LOST, {}, b""))

    async def release(self, person: PersonId, key: str) -> None:
        """Let the key be tried again: nothing came of it."""
        with available():
            async with AsyncSession(self._engine) as work:
                await work.execute(delete(AnsweredRow).where(_named(person, key)))
                await work.commit()


def _told(known: AnsweredRow, row: AnsweredRow, now_s: int) -> Answer | Claim:
    if known.asked != row.asked:
        return Claim.OTHER
    if known.status == LOST:
        return Claim.LOST
    if known.status:
        return Answer(known.status, json.loads(known.headers), known.body)
    return Claim.AT_WORK if now_s - known.begun_at < AT_WORK.total_seconds() else Claim.LOST


def _named(person: PersonId, key: str) -> ColumnElement[bool]:
    return and_(col(AnsweredRow.person) == person, col(AnsweredRow.key) == _digest(key.encode()))


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
