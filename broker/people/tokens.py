"""Bearer tokens of the API: for one person, for some deeds, from some networks, with an end; stored as a digest.

None can approve anything. A decision that came by one carries a proof of its own: a one-time code that the
gate spends, or an SSH signature. So whoever steals a token has stolen no decision.
"""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from ipaddress import ip_network

from sqlalchemy import ColumnElement, delete, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlmodel import col, select

from approvals.transactions import looking
from broker.people.tables import TokenRow
from domain.clock import Clock
from domain.ids import PersonId
from policies.networks import network_of

PREFIX = "pnst_"  # so that a scanner recognises a leaked one
KEY_CHARS = 16
MOST_NETWORKS = 16
MOST_OF_ONE = 20
"""A person's tokens at once; who needs more has lost count of those."""
TOUCH_EVERY_S = 60


class Scope(StrEnum):
    """What a token may be used for, within what its person may."""

    READ = "read"
    """Look at permits and sessions."""
    ASK = "ask"
    """Ask for permits, and take the wish back."""
    DECIDE = "decide"
    """Carry decisions: refuse and revoke; approve only with a proof beside it."""
    STOP = "stop"
    """Stop, pause and resume live sessions."""
    PLANT = "plant"
    """Set operating states and use the kill switch; what opens anything again takes a code beside it."""
    SELF = "self"
    """End one's own sign-ins and tokens, and choose how one is told."""
    EVIDENCE = "evidence"
    """Read the ledger's events and sessions' recordings."""
    DIRECTORY = "directory"
    """Say who has left, as a corporate directory does. It only takes away, and no other scope has it."""


@dataclass(frozen=True, slots=True)
class Token:
    """One token, without its secret. ``key`` names it on lists and in the ledger: 64 bits of its digest."""

    key: str
    person: PersonId
    label: str
    scopes: frozenset[Scope]
    networks: tuple[str, ...]
    """In CIDR; anywhere when empty."""
    issued_at: datetime
    expires_at: datetime
    used_at: datetime | None
    """When it was last used, to the minute."""
    used_from: str

    def good_from(self, source: str) -> bool:
        """Whether it may be used from this address."""
        return not self.networks or network_of(source, self.networks) is not None


class Tokens:
    """Issues, finds and ends them."""

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        self._engine = engine
        self._looking = looking(engine)
        self._clock = clock

    async def issue(
        self,
        person: PersonId,
        label: str,
        expires: datetime,
        scopes: Iterable[Scope] = tuple(Scope),
        networks: Iterable[str] = (),
    ) -> str:
        """A new token; this is the only time it can be read. ValueError for what can't be one."""
        token, row = self.prepare(person, label, expires, scopes, networks)
        await self.add(row)
        return token

    def prepare(
        self,
        person: PersonId,
        label: str,
        expires: datetime,
        scopes: Iterable[Scope],
        networks: Iterable[str],
    ) -> tuple[str, TokenRow]:
        """A token that counts once ``add`` keeps its row, so that the ledger can know of it before."""
        now = self._clock.now()
        if expires <= now:
            raise ValueError("a token must expire after it is issued")
        within = [str(ip_network(one)) for one in networks]
        wanted = sorted(set(scopes))
        if not wanted or len(within) > MOST_NETWORKS:
            raise ValueError(f"a token is for something, and bound to {MOST_NETWORKS} networks at most")
        token = PREFIX + secrets.token_urlsafe(32)
        row = TokenRow(
            id=_digest(token),
            person=person,
            label=label[:80],
            issued_at=int(now.timestamp()),
            expires_at=int(expires.timestamp()),
            scopes=" ".join(wanted),
            networks=" ".join(within),
            used_at=0,
            used_from="",
        )
        return token, row

    async def add(self, row: TokenRow) -> None:
        """Keep it; ValueError when its person has too many."""
        async with AsyncSession(self._engine) as work:
            await work.execute(delete(TokenRow).where(col(TokenRow.expires_at) <= self._now_s()))
            held = await work.scalars(select(TokenRow.id).where(col(TokenRow.person) == row.person))
            if len(held.all()) >= MOST_OF_ONE:
                raise ValueError(f"{MOST_OF_ONE} tokens of one person are too many; end one first")
            work.add(row)
            await work.commit()

    async def find(self, token: str) -> Token | None:
        """What this token is; None once it has expired or was ended."""
        async with AsyncSession(self._looking) as work:
            row = await work.get(TokenRow, _digest(token))
        if row is None or row.expires_at <= self._now_s():
            return None
        return of_row(row)

    async def used(self, token: Token, source: str) -> None:
        """Remember when and from where it was used last; once a minute is enough."""
        now_s = self._now_s()
        before = 0 if token.used_at is None else int(token.used_at.timestamp())
        if now_s - before < TOUCH_EVERY_S and source == token.used_from:
            return
        async with AsyncSession(self._engine) as work:
            await work.execute(
                update(TokenRow).where(_named(token.key)).values(used_at=now_s, used_from=source[:64])
            )
            await work.commit()

    async def of(self, person: PersonId | None = None) -> tuple[Token, ...]:
        """A person's, or everybody's, newest first; none that has expired."""
        wanted = select(TokenRow).where(col(TokenRow.expires_at) > self._now_s())
        if person is not None:
            wanted = wanted.where(col(TokenRow.person) == person)
        async with AsyncSession(self._looking) as work:
            rows = await work.scalars(wanted.order_by(col(TokenRow.issued_at).desc(), col(TokenRow.id)))
            return tuple(of_row(row) for row in rows)

    async def end(self, key: str, person: PersonId | None = None) -> Token | None:
        """Make one worthless at once, of this person where one is named; None when there is none such."""
        found = next((one for one in await self.of(person) if one.key == key), None)
        if found is None:
            return None
        async with AsyncSession(self._engine) as work:
            await work.execute(delete(TokenRow).where(_named(key), col(TokenRow.person) == found.person))
            await work.commit()
        return found

    async def withdraw_all(self, person: PersonId) -> None:
        """Make every token of a person worthless."""
        async with AsyncSession(self._engine) as work:
            await work.execute(delete(TokenRow).where(col(TokenRow.person) == person))
            await work.commit()

    def _now_s(self) -> int:
        return int(self._clock.now().timestamp())


def of_row(row: TokenRow) -> Token:
    """The token in this row."""
    return Token(
        key=row.id[:KEY_CHARS],
        person=PersonId(row.person),
        label=row.label,
        scopes=frozenset(Scope(one) for one in row.scopes.split() if one in set(Scope)),
        networks=tuple(row.networks.split()),
        issued_at=datetime.fromtimestamp(row.issued_at, UTC),
        expires_at=datetime.fromtimestamp(row.expires_at, UTC),
        used_at=datetime.fromtimestamp(row.used_at, UTC) if row.used_at else None,
        used_from=row.used_from,
    )


def _named(key: str) -> ColumnElement[bool]:
    return col(TokenRow.id).startswith(key, autoescape=True)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
