"""Bearer tokens of the API: for one person, with an end, stored only as a digest."""

import hashlib
import secrets
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlmodel import col

from approvals.transactions import looking
from broker.people.tables import TokenRow
from domain.clock import Clock
from domain.ids import PersonId

PREFIX = "pnst_"  # so that a scanner recognises a leaked one


class Tokens:
    """Issues and finds them. A token may do what its person may by code, never sign an approval."""

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        self._engine = engine
        self._looking = looking(engine)
        self._clock = clock

    async def issue(self, person: PersonId, label: str, expires: datetime) -> str:
        """A new token; this is the only time it can be read."""
        token = PREFIX + secrets.token_urlsafe(32)
        now = self._clock.now()
        if expires <= now:
            raise ValueError("a token must expire after it is issued")
        row = TokenRow(
            id=_digest(token),
            person=person,
            label=label[:80],
            issued_at=int(now.timestamp()),
            expires_at=int(expires.timestamp()),
        )
        async with AsyncSession(self._engine) as work:
            await work.execute(delete(TokenRow).where(col(TokenRow.expires_at) <= int(now.timestamp())))
            work.add(row)
            await work.commit()
        return token

    async def find(self, token: str) -> PersonId | None:
        """Whose token this is; None once it has expired."""
        async with AsyncSession(self._looking) as work:
            row = await work.get(TokenRow, _digest(token))
        if row is None or row.expires_at <= int(self._clock.now().timestamp()):
            return None
        return PersonId(row.person)

    async def withdraw_all(self, person: PersonId) -> None:
        """Make every token of a person worthless."""
        async with AsyncSession(self._engine) as work:
            await work.execute(delete(TokenRow).where(col(TokenRow.person) == person))
            await work.commit()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
