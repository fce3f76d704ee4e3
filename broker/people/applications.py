"""Companies that asked to be known, and the invitations by which they may: a queue, and nothing else.

Codes and links are kept as digests only: a stolen copy of the tables invites nobody and follows nobody.
"""

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlmodel import col, select

from approvals.transactions import looking
from broker.people.application import Application, UnfitError
from broker.people.tables import VendorApplicationRow, VendorInvitationRow
from domain.clock import Clock
from domain.ids import PersonId

INVITED_FOR = timedelta(days=14)
WAITS_FOR = timedelta(days=30)
"""After that nobody will answer any more: the company asks again."""
KEPT_FOR = timedelta(days=365)
MOST_WAITING = 200
MOST_UNINVITED = 50
"""So that strangers can't crowd out who was invited."""
MOST_OF_SOURCE = 5
SOURCE_WINDOW = timedelta(days=1)
WAITING, REFUSED, TAKEN = "waiting", "refused", "taken"


class FullError(Exception):
    """There is no room for one more just now."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """Whose invitation a code is."""

    id: str
    by: PersonId
    company: str
    until: datetime

    @property
    def name(self) -> str:
        """How the ledger names it."""
        return self.id[:16]


@dataclass(frozen=True, slots=True)
class Filed:
    """One application and where it stands."""

    id: str
    application: Application
    source: str
    invited_by: str
    at: datetime
    state: str
    by: str
    reason: str


class Applications:
    """Of one console."""

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        self._engine = engine
        self._looking = looking(engine)
        self._clock = clock

    def drawn(self, by: PersonId, company: str) -> tuple[str, Invitation]:
        """A new code, and the invitation that it will be once it is kept."""
        code = secrets.token_urlsafe(16)
        return code, Invitation(_digest(code), by, company, self._clock.now() + INVITED_FOR)

    async def keep(self, invitation: Invitation) -> None:
        """Have the invitation count, once, until its end."""
        async with AsyncSession(self._engine) as work:
            await work.execute(
                delete(VendorInvitationRow).where(col(VendorInvitationRow.until) <= self._now_s())
            )
            work.add(
                VendorInvitationRow(
                    id=invitation.id,
                    by=invitation.by,
                    company=invitation.company,
                    until=int(invitation.until.timestamp()),
                    used=False,
                )
            )
            await work.commit()

    async def invitation(self, code: str) -> Invitation | None:
        """Whose invitation this is; None when it is nobody's, was used, or is over."""
        async with AsyncSession(self._looking) as work:
            row = await work.get(VendorInvitationRow, _digest(code.strip()))
        if row is None or row.used or self._now_s() >= row.until:
            return None
        return Invitation(row.id, PersonId(row.by), row.company, datetime.fromtimestamp(row.until, UTC))

    async def room(self, source: str, *, invited: bool) -> bool:
        """Whether one more may come in from ``source``."""
        now_s = self._now_s()
        lately = now_s - int(SOURCE_WINDOW.total_seconds())
        rows = VendorApplicationRow
        waits = (col(rows.state) == WAITING, col(rows.at) > now_s - int(WAITS_FOR.total_seconds()))
        async with AsyncSession(self._looking) as work:
            total = await work.scalar(select(func.count()).select_from(rows).where(*waits)) or 0
            strangers = select(func.count()).select_from(rows).where(*waits, col(rows.invited_by) == "")
            uninvited = await work.scalar(strangers) or 0
            here = select(func.count()).select_from(rows).where(col(rows.source) == source[:64])
            mine = await work.scalar(here.where(col(rows.at) > lately)) or 0
        return total < MOST_WAITING and mine < MOST_OF_SOURCE and (invited or uninvited < MOST_UNINVITED)

    async def file(
        self, id_: str, application: Application, source: str, invitation: Invitation | None
    ) -> str:
        """Put it into the queue; the secret part of its page's address. FullError when the invitation was used meanwhile."""
        link = secrets.token_urlsafe(32)
        now_s = self._now_s()
        async with AsyncSession(self._engine) as work:
            # What was answered long ago, or never, is forgotten here; the ledger has what became of it.
            old = col(VendorApplicationRow.at) < now_s - int(KEPT_FOR.total_seconds())
            await work.execute(delete(VendorApplicationRow).where(old))
            if invitation is not None:
                used = await work.execute(
                    update(VendorInvitationRow)
                    .where(
                        col(VendorInvitationRow.id) == invitation.id, col(VendorInvitationRow.used).is_(False)
                    )
                    .values(used=True)
                    .returning(col(VendorInvitationRow.id))
                )
                if used.scalar_one_or_none() is None:
                    raise FullError
            work.add(
                VendorApplicationRow(
                    id=id_,
                    link=_digest(link),
                    said=json.dumps(application.document(), ensure_ascii=False),
                    source=source[:64],
                    invited_by=invitation.by if invitation is not None else "",
                    at=now_s,
                    state=WAITING,
                    by="",
                    reason="",
                )
            )
            await work.commit()
        return link

    async def by_link(self, link: str) -> Filed | None:
        """The application that this link leads to."""
        return await self._one(col(VendorApplicationRow.link) == _digest(link))

    async def get(self, id_: str) -> Filed | None:
        """One by its id."""
        if not id_.isascii() or not id_.isalnum():
            return None  # a database may refuse its letters
        return await self._one(col(VendorApplicationRow.id) == id_)

    async def waiting(self) -> tuple[Filed, ...]:
        """Those that wait for an answer: who was invited first, then the oldest."""
        since = self._now_s() - int(WAITS_FOR.total_seconds())
        async with AsyncSession(self._looking) as work:
            rows = await work.scalars(
                select(VendorApplicationRow)
                .where(col(VendorApplicationRow.state) == WAITING, col(VendorApplicationRow.at) > since)
                .order_by(col(VendorApplicationRow.at), col(VendorApplicationRow.id))
                .limit(MOST_WAITING)
            )
            found = [one for row in rows if (one := _filed(row)) is not None]
        return tuple(sorted(found, key=lambda one: not one.invited_by))

    async def answer(self, id_: str, state: str, by: PersonId, reason: str) -> bool:
        """Refuse or take it; False when somebody was faster. Two at once have one outcome."""
        async with AsyncSession(self._engine) as work:
            done = await work.execute(
                update(VendorApplicationRow)
                .where(col(VendorApplicationRow.id) == id_, col(VendorApplicationRow.state) == WAITING)
                .values(state=state, by=by, reason=reason)
                .returning(col(VendorApplicationRow.id))
            )
            found = done.scalar_one_or_none() is not None
            await work.commit()
        return found

    async def _one(self, which: object) -> Filed | None:
        async with AsyncSession(self._looking) as work:
            row = (await work.scalars(select(VendorApplicationRow).where(which))).first()  # type: ignore[arg-type]  # SQLModel's column
            return None if row is None else _filed(row)

    def _now_s(self) -> int:
        return int(self._clock.now().timestamp())


def _filed(row: VendorApplicationRow) -> Filed | None:
    try:
        said = Application.of(row.said)
    except UnfitError:
        return None  # an edited row is nobody's word
    at = datetime.fromtimestamp(row.at, UTC)
    return Filed(row.id, said, row.source, row.invited_by, at, row.state, row.by, row.reason)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
