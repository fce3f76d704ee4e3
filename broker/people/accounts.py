"""Accounts: who may sign in at the console with a password, and how often they got it wrong.

An account grants nothing: what its person may see and decide is in the charter.
"""

import hashlib
from dataclasses import dataclass

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlmodel import col

from approvals.transactions import looking
from broker.people.backoff import FORGOTTEN_AFTER_S, open_at
from broker.people.lockouts import API, PERSON, SOURCE
from broker.people.passwords import Passwords
from broker.people.tables import AccountRow, FailureRow
from domain.clock import Clock
from domain.ids import PersonId


@dataclass(frozen=True, slots=True)
class HeldBack:
    """What a wrong attempt brought on: nothing of ``subject`` is looked at for ``wait_s`` seconds, which may be 0."""

    subject: str
    """``person:`` and the name as it was claimed, or ``source:`` and an address."""
    failures: int
    wait_s: int


class Accounts:
    """Passwords and failed attempts, in the database."""

    def __init__(self, engine: AsyncEngine, clock: Clock, passwords: Passwords | None = None) -> None:
        self._engine = engine
        self._looking = looking(engine)
        self._clock = clock
        self._passwords = passwords or Passwords()

    async def set_password(self, person: PersonId, password: str) -> None:
        """Give ``person`` this password; ValueError when it is too short or too long."""
        digest = await self._passwords.digest(password)
        async with AsyncSession(self._engine) as work:
            await work.merge(AccountRow(person=person, password=digest, changed_at=self._now_s()))
            await work.commit()

    async def password_matches(self, person: str, password: str) -> bool:
        """Whether this is the person's password; as slow for nobody as for somebody."""
        async with AsyncSession(self._looking) as work:
            row = await work.get(AccountRow, person)
        return await self._passwords.matches(row.password if row else None, password)

    async def held_back(self, claimed: str | None, source: str) -> int:
        """For how many seconds attempts in this name, or from this address, are not looked at; 0: they are.

        A passkey claims no name, so only its address waits: nobody can hold up another's.
        """
        now_s, wait_s = self._now_s(), 0
        async with AsyncSession(self._looking) as work:
            for subject in _subjects(claimed, source):
                row = await work.get(FailureRow, _key(subject))
                if row is None or now_s - row.last_at > FORGOTTEN_AFTER_S:
                    continue
                opens = open_at(row.failures, row.last_at, source=subject.startswith(SOURCE))
                wait_s = max(wait_s, opens - now_s)
        return wait_s

    async def failed(self, claimed: str | None, source: str) -> tuple[HeldBack, ...]:
        """Count a wrong attempt against the claimed name and the address; how long each waits now."""
        now_s = self._now_s()
        found = []
        async with AsyncSession(self._engine) as work:
            # A write comes first, so that SQLite takes its write lock before it reads.
            await work.execute(delete(FailureRow).where(col(FailureRow.last_at) < now_s - FORGOTTEN_AFTER_S))
            for subject in _subjects(claimed, source):
                row = await work.get(FailureRow, _key(subject))
                failures = row.failures + 1 if row else 1
                await work.merge(FailureRow(subject=_key(subject), failures=failures, last_at=now_s))
                opens = open_at(failures, now_s, source=subject.startswith(SOURCE))
                found.append(HeldBack(subject, failures, opens - now_s))
            await work.commit()
        return tuple(found)

    async def succeeded(self, person: PersonId) -> None:
        """Forget the person's wrong attempts. The address keeps its own: it may be guessing at others."""
        await self.lift(f"{PERSON}{person}")

    async def lift(self, subject: str) -> None:
        """Forget the wrong attempts of a subject: ``person:`` or ``source:`` and whom or what."""
        async with AsyncSession(self._engine) as work:
            keys = {_key(subject), _key(subject.replace(SOURCE, f"{SOURCE}{API}"))}
            await work.execute(delete(FailureRow).where(col(FailureRow.subject).in_(keys)))
            await work.commit()

    def _now_s(self) -> int:
        return int(self._clock.now().timestamp())


def _subjects(claimed: str | None, source: str) -> tuple[str, ...]:
    address = f"{SOURCE}{source[:64]}"
    return (address,) if claimed is None else (f"{PERSON}{claimed.strip().lower()}", address)


def _key(subject: str) -> str:
    if subject.startswith(SOURCE):
        return subject
    # What was claimed may be anything, of any length; its digest may not.
    name = hashlib.sha256(subject.removeprefix(PERSON).encode("utf-8", "replace")).hexdigest()
    return f"{PERSON}{name}"
