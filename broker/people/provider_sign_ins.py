"""Which signed-in browsers an identity provider vouched for, so that its logout ends exactly those."""

import hashlib

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlmodel import col, select

from approvals.transactions import looking
from broker.people.sessions import ABSOLUTE
from broker.people.tables import ProviderSignInRow, SpentLogoutRow
from domain.clock import Clock
from domain.parties import Binding

FACTOR = "oidc"
"""How a browser's factors name a sign-in by the provider."""


class ProviderSignIns:
    """Keeps them beside the browsers' own rows. It says who may be signed *out*; never who is signed in."""

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        self._engine = engine
        self._looking = looking(engine)
        self._clock = clock

    async def keep(self, session: str, binding: Binding, sid: str) -> None:
        """Remember it, before the browser has its cookie. What is older than any browser's session goes."""
        now_s = self._now_s()
        oldest = now_s - int(ABSOLUTE.total_seconds())
        async with AsyncSession(self._engine) as work:
            await work.execute(delete(ProviderSignInRow).where(col(ProviderSignInRow.opened_at) < oldest))
            work.add(
                ProviderSignInRow(
                    session=session, issuer=binding.issuer, subject=binding.subject, sid=sid, opened_at=now_s
                )
            )
            await work.commit()

    async def meant(self, issuer: str, subject: str, sid: str) -> tuple[str, ...]:
        """The browsers that a logout ends: those of the one session where it is named, else all of the subject."""
        wanted = select(ProviderSignInRow.session).where(col(ProviderSignInRow.issuer) == issuer)
        if sid:
            wanted = wanted.where(col(ProviderSignInRow.sid) == sid)
        if subject:
            wanted = wanted.where(col(ProviderSignInRow.subject) == subject)
        if not (sid or subject):
            return ()
        async with AsyncSession(self._looking) as work:
            return tuple(await work.scalars(wanted.order_by(col(ProviderSignInRow.session))))

    async def spend(self, issuer: str, jti: str, until_s: int) -> bool:
        """Whether this token is taken for the first time: of two that come at once, one is."""
        digest = hashlib.sha256(f"{issuer}\n{jti}".encode("utf-8", "replace")).hexdigest()
        async with AsyncSession(self._engine) as work:
            await work.execute(delete(SpentLogoutRow).where(col(SpentLogoutRow.until) <= self._now_s()))
            work.add(SpentLogoutRow(id=digest, until=until_s))
            try:
                await work.commit()
            except IntegrityError:
                return False
        return True

    def _now_s(self) -> int:
        return int(self._clock.now().timestamp())
