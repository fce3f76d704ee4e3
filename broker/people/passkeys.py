"""Passkeys that wait for enrolment. The plant's trust file, not this table, makes one count.

Its owner reads the fingerprint to the OT engineer, who enrols it on the plant's own machine; so
whoever edits this table, or runs the console, can propose a key but never make it an approver's.
"""

import hashlib
from base64 import b32encode
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlmodel import col, select

from approvals.transactions import looking
from broker.people.tables import PendingPasskeyRow
from domain.clock import Clock
from domain.ids import PersonId

MOST_PENDING = 5  # a person's, at once


@dataclass(frozen=True, slots=True)
class PendingPasskey:
    """A registered credential that nobody has enrolled yet."""

    id: str
    person: PersonId
    credential_id: bytes
    public_key: bytes
    """COSE key, as the authenticator gave it."""
    backup_eligible: bool
    """Whether its provider may copy it to other devices."""
    fingerprint: str
    label: str
    registered_at: datetime


class PendingPasskeys:
    """Keeps them until they are enrolled or discarded."""

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        self._engine = engine
        self._looking = looking(engine)
        self._clock = clock

    async def add(
        self,
        person: PersonId,
        credential_id: bytes,
        public_key: bytes,
        label: str,
        *,
        backup_eligible: bool,
    ) -> PendingPasskey:
        """Remember one; the oldest of too many gives way."""
        row = PendingPasskeyRow(
            id=hashlib.sha256(credential_id).hexdigest(),
            person=person,
            credential_id=credential_id.hex(),
            public_key=public_key.hex(),
            backup_eligible=backup_eligible,
            fingerprint=fingerprint(credential_id, public_key),
            label=label[:60],
            registered_at=int(self._clock.now().timestamp()),
        )
        pending = _pending(row)
        for old in (await self.of(person))[MOST_PENDING - 1 :]:
            await self.discard(person, old.id)
        async with AsyncSession(self._engine) as work:
            await work.merge(row)
            await work.commit()
        return pending

    async def of(self, person: PersonId) -> tuple[PendingPasskey, ...]:
        """A person's, newest first."""
        async with AsyncSession(self._looking) as work:
            rows = await work.scalars(
                select(PendingPasskeyRow)
                .where(col(PendingPasskeyRow.person) == person)
                .order_by(col(PendingPasskeyRow.registered_at).desc(), col(PendingPasskeyRow.id))
            )
            return tuple(_pending(row) for row in rows)

    async def discard(self, person: PersonId, pending: str) -> bool:
        """Forget one of the person's own; False when there is none such."""
        async with AsyncSession(self._engine) as work:
            gone = await work.execute(
                delete(PendingPasskeyRow)
                .where(col(PendingPasskeyRow.id) == pending, col(PendingPasskeyRow.person) == person)
                .returning(col(PendingPasskeyRow.id))
            )
            found = gone.scalar_one_or_none() is not None
            await work.commit()
        return found


def fingerprint(credential_id: bytes, public_key: bytes) -> str:
    """What is read over the telephone: 100 bits of SHA-256 over both, in groups of five letters."""
    digest = hashlib.sha256(len(credential_id).to_bytes(2, "big") + credential_id + public_key).digest()
    text = b32encode(digest).decode("ascii").lower()[:20]
    return "-".join(text[at : at + 5] for at in range(0, 20, 5))


def _pending(row: PendingPasskeyRow) -> PendingPasskey:
    return PendingPasskey(
        id=row.id,
        person=PersonId(row.person),
        credential_id=bytes.fromhex(row.credential_id),
        public_key=bytes.fromhex(row.public_key),
        backup_eligible=row.backup_eligible,
        fingerprint=row.fingerprint,
        label=row.label,
        registered_at=datetime.fromtimestamp(row.registered_at, UTC),
    )
