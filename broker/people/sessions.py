"""Signed-in browsers. The cookie's value is never stored, only its digest."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlmodel import col, select

from approvals.transactions import looking
from broker.people.tables import ConsoleSessionRow
from domain.clock import Clock
from domain.ids import PersonId

IDLE = timedelta(minutes=30)
"""Without a request for this long a session is over; polling pages do not count as requests."""

ABSOLUTE = timedelta(hours=12)
"""One shift. After it everybody signs in again."""

TOUCH_EVERY_S = 15
NAME_CHARS = 16


@dataclass(frozen=True, slots=True)
class SignedInBrowser:
    """Who sits at a browser, as its cookie shows. ``key`` names the session without being its secret."""

    key: str
    person: PersonId
    csrf: str
    source: str
    factors: tuple[str, ...]
    opened_at: datetime
    seen_at: datetime
    """To a quarter of a minute."""

    @property
    def name(self) -> str:
        """How lists and addresses name it: a part of its key."""
        return self.key[:NAME_CHARS]


class ConsoleSessions:
    """Opens, finds and ends them."""

    def __init__(
        self, engine: AsyncEngine, clock: Clock, *, idle: timedelta = IDLE, absolute: timedelta = ABSOLUTE
    ) -> None:
        self._engine = engine
        self._looking = looking(engine)
        self._clock = clock
        self._idle_s = int(idle.total_seconds())
        self._absolute_s = int(absolute.total_seconds())

    async def open(
        self, person: PersonId, source: str, factors: tuple[str, ...]
    ) -> tuple[str, SignedInBrowser]:
        """A new session and the value for its cookie, which nobody held before."""
        cookie = secrets.token_urlsafe(32)
        now_s = self._now_s()
        row = ConsoleSessionRow(
            id=_key(cookie),
            person=person,
            csrf=secrets.token_urlsafe(32),
            source=source[:64],
            factors=" ".join(factors),
            opened_at=now_s,
            seen_at=now_s,
        )
        browser = _browser(row)
        async with AsyncSession(self._engine) as work:
            await work.execute(
                delete(ConsoleSessionRow).where(col(ConsoleSessionRow.opened_at) < now_s - self._absolute_s)
            )
            work.add(row)
            await work.commit()
        return cookie, browser

    async def find(self, cookie: str, *, active: bool) -> SignedInBrowser | None:
        """Whose cookie this is, unless idle or old. ``active``: this request shows that somebody is there."""
        now_s = self._now_s()
        async with AsyncSession(self._looking) as work:
            row = await work.get(ConsoleSessionRow, _key(cookie))
        if row is None or now_s - row.opened_at >= self._absolute_s or now_s - row.seen_at >= self._idle_s:
            return None
        browser = _browser(row)
        if active and now_s - row.seen_at >= TOUCH_EVERY_S:
            async with AsyncSession(self._engine) as work:
                await work.execute(
                    update(ConsoleSessionRow)
                    .where(col(ConsoleSessionRow.id) == browser.key)
                    .values(seen_at=now_s)
                )
                await work.commit()
        return browser

    async def of(self, person: PersonId) -> tuple[SignedInBrowser, ...]:
        """The browsers in which a person is signed in now, the one that was used last first."""
        now_s = self._now_s()
        wanted = select(ConsoleSessionRow).where(
            col(ConsoleSessionRow.person) == person,
            col(ConsoleSessionRow.opened_at) > now_s - self._absolute_s,
            col(ConsoleSessionRow.seen_at) > now_s - self._idle_s,
        )
        async with AsyncSession(self._looking) as work:
            rows = await work.scalars(
                wanted.order_by(col(ConsoleSessionRow.seen_at).desc(), col(ConsoleSessionRow.id))
            )
            return tuple(_browser(row) for row in rows)

    async def close(self, key: str) -> PersonId | None:
        """End one session; its cookie is worth nothing from now on. Whose it was, if it was there."""
        async with AsyncSession(self._engine) as work:
            gone = await work.execute(
                delete(ConsoleSessionRow)
                .where(col(ConsoleSessionRow.id) == key)
                .returning(col(ConsoleSessionRow.person))
            )
            person = gone.scalar_one_or_none()
            await work.commit()
        return None if person is None else PersonId(person)

    async def close_all(self, person: PersonId) -> None:
        """End every session of a person, on every browser."""
        async with AsyncSession(self._engine) as work:
            await work.execute(delete(ConsoleSessionRow).where(col(ConsoleSessionRow.person) == person))
            await work.commit()

    def _now_s(self) -> int:
        return int(self._clock.now().timestamp())


def _key(cookie: str) -> str:
    return hashlib.sha256(cookie.encode("utf-8", "replace")).hexdigest()


def _browser(row: ConsoleSessionRow) -> SignedInBrowser:
    return SignedInBrowser(
        row.id,
        PersonId(row.person),
        row.csrf,
        row.source,
        tuple(row.factors.split()),
        datetime.fromtimestamp(row.opened_at, UTC),
        datetime.fromtimestamp(row.seen_at, UTC),
    )
