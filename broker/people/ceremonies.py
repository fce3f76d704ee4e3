"""Challenges of WebAuthn ceremonies: each for one purpose, one browser, a few minutes, one use."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Text, delete
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlmodel import Field, SQLModel, col

from domain.clock import Clock

LIFETIME = timedelta(minutes=5)
NONCE_BYTES = 32  # WebAuthn Level 3 section 13.4.3: at least 16


class CeremonyRow(SQLModel, table=True):
    """A WebAuthn challenge that was handed out, for one purpose and one browser; used at most once.

    Not with the other tables of people: the gate has use for this one and for no account.
    """

    __tablename__ = "people_ceremony"  # type: ignore[mutable-override]  # SQLModel declares it so

    id: str = Field(primary_key=True, sa_type=Text)
    purpose: str = Field(sa_type=Text)
    bound_to: str = Field(sa_type=Text)
    challenge: str = Field(sa_type=Text)
    expires_at: int = Field(sa_type=BigInteger)


class Ceremonies:
    """Hands challenges out and takes them back, each at most once."""

    def __init__(self, engine: AsyncEngine, clock: Clock, *, lifetime: timedelta = LIFETIME) -> None:
        self._engine = engine
        self._clock = clock
        self._lifetime_s = int(lifetime.total_seconds())

    async def begin(
        self, purpose: str, bound_to: str, *, suffix: bytes = b"", nonce: bytes | None = None
    ) -> tuple[str, bytes]:
        """The ceremony's id and its challenge: 32 random bytes, or ``nonce`` of as many, then ``suffix``."""
        ceremony = secrets.token_urlsafe(24)
        challenge = (nonce or secrets.token_bytes(NONCE_BYTES)) + suffix
        now_s = self._now_s()
        async with AsyncSession(self._engine) as work:
            await work.execute(delete(CeremonyRow).where(col(CeremonyRow.expires_at) <= now_s))
            work.add(
                CeremonyRow(
                    id=ceremony,
                    purpose=purpose,
                    bound_to=bound_to,
                    challenge=challenge.hex(),
                    expires_at=now_s + self._lifetime_s,
                )
            )
            await work.commit()
        return ceremony, challenge

    async def keep(
        self, ceremony: str, purpose: str, bound_to: str, challenge: bytes, until: datetime
    ) -> None:
        """Remember a challenge that the caller drew itself, under a name of its own, to be taken before ``until``."""
        async with AsyncSession(self._engine) as work:
            await work.execute(delete(CeremonyRow).where(col(CeremonyRow.expires_at) <= self._now_s()))
            work.add(
                CeremonyRow(
                    id=ceremony,
                    purpose=purpose,
                    bound_to=bound_to,
                    challenge=challenge.hex(),
                    expires_at=int(until.timestamp()),
                )
            )
            await work.commit()

    async def take(self, ceremony: str, purpose: str, bound_to: str) -> bytes | None:
        """The challenge, if it was handed out for exactly this and not taken before.

        One DELETE decides between two who come at once. A ceremony tried for the wrong purpose or
        from the wrong browser stays: a stranger must not be able to spoil it.
        """
        now_s = self._now_s()
        async with AsyncSession(self._engine) as work:
            taken = await work.execute(
                delete(CeremonyRow)
                .where(
                    col(CeremonyRow.id) == ceremony,
                    col(CeremonyRow.purpose) == purpose,
                    col(CeremonyRow.bound_to) == bound_to,
                    col(CeremonyRow.expires_at) > now_s,
                )
                .returning(col(CeremonyRow.challenge))
            )
            challenge = taken.scalar_one_or_none()
            await work.commit()
        return None if challenge is None else bytes.fromhex(challenge)

    def _now_s(self) -> int:
        return int(self._clock.now().timestamp())
