"""One decision's transaction, and what the ledger is told about it.

Evidence before effect: the change is made first, inside the transaction, so that a decision that
lost its race leaves no leaf; then its leaf is appended; then the transaction commits. When the leaf
can't be kept, nothing changes. When the leaf is kept and the commit fails, a correcting leaf says so.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from approvals.filed import Filed
from approvals.lifecycle import PermitEvent
from approvals.quorum import Beforehand
from approvals.store import Store
from approvals.transactions import available
from domain.access import RequestField
from domain.clock import Clock
from domain.dispute import Dispute
from domain.errors import DecisionError, EvidenceError, ProofError, TransitionError
from domain.events import (
    ApprovalRejected,
    Event,
    PermitChanged,
    PermitDisputed,
    PermitRequested,
    PermitSettled,
    TemplateUsed,
)
from domain.ids import PermitId, PersonId
from domain.ledger import Ledger
from domain.permit import WAITING, Permit, PermitState
from domain.proof import Approval
from domain.said import say

log = structlog.get_logger()

CLOCK = "clock"
"""Who did what time did."""
NOT_COMMITTED = "The database did not confirm this change; it did not take effect."


@dataclass(slots=True)
class Work:
    """An open transaction at one instant, and what to tell the ledger should it not commit."""

    store: Store
    ledger: Ledger
    at: datetime
    corrections: list[Event] = field(default_factory=list)

    async def tell(self, event: Event, otherwise: Event) -> None:
        """Append ``event``; ``otherwise`` takes it back if the transaction fails from here on."""
        await self.ledger.append(event)
        self.corrections.append(otherwise)

    async def filed(self, permit: PermitId) -> Filed:
        """The permit, kept from other decisions until this one is over."""
        filed = await self.store.load(permit, decide=True)
        if filed is None:
            raise DecisionError(say("No permit {permit} is filed.", permit=permit), code="no_such_permit")
        return filed

    async def waiting(self, permit: PermitId) -> Filed:
        """As ``undecided``, or in dispute."""
        filed = await self.filed(permit)
        if filed.state not in WAITING:
            raise _over(filed, "lost_race")
        return filed

    async def undecided(self, permit: PermitId) -> Filed:
        """As ``filed``; DecisionError ``lost_race`` when the wish has been decided, or has ended."""
        filed = await self.filed(permit)
        if filed.state is PermitState.DISPUTED:
            raise DecisionError(
                say("Permit {permit} is in dispute.", permit=permit),
                code="in_dispute",
                remedy=say("Its arbiter decides now."),
            )
        if filed.state is not PermitState.REQUESTED:
            raise _over(filed, "lost_race")
        return filed

    async def dispute(self, filed: Filed, dispute: Dispute, by: str, reason: str) -> Filed:
        """Put it before the arbiter, and tell of it: who said what, and until when."""
        moved = await self.move(filed, PermitEvent.DISPUTE, by, reason)
        moved = await self.store.keep(moved, dispute)
        await self.ledger.append(  # taken back, like the move itself, by the move's own correction
            PermitDisputed(
                at=self.at,
                permit=filed.permit.id,
                right=dispute.right,
                boundary=dispute.boundary,
                arbiter=dispute.arbiter,
                agreed=tuple(map(str, dispute.agreed)),
                refused=tuple(map(str, dispute.refused)),
                until=dispute.until,
                dispute=dispute.digest().hex(),
            )
        )
        return moved

    async def settled(self, filed: Filed, dispute: Dispute, by: str, reason: str, approval: str = "") -> None:
        """Tell how a dispute ended, once it was moved on. ``approval``: the digest of the arbiter's yes; none is a no."""
        await self.ledger.append(
            PermitSettled(
                at=self.at,
                permit=filed.permit.id,
                right=dispute.right,
                by=by,
                allows=bool(approval),
                reason=reason,
                agreed=tuple(map(str, dispute.agreed)),
                refused=tuple(map(str, dispute.refused)),
                dispute=dispute.digest().hex(),
                approval=approval,
            )
        )

    async def confirm(self, filed: Filed, before: Beforehand, approval: Approval) -> None:
        """Count one use of a standing template, and tell of it; DecisionError once its period has no more.

        Counted and told within the transaction that approves the permit, so that of two at once one is too many.
        """
        if filed.permit.template != before.template:
            raise ValueError("these terms are another permit's")
        used = await self.store.confirmed(before.template, self.at - before.period)
        if used >= before.uses:
            raise DecisionError(
                say(
                    "The standing template was used {used} times within {period}, which is all that it allows.",
                    used=used,
                    period=before.period,
                ),
                code="template_used_up",
                remedy=say("Wait, or have the permit approved by those who hold its rights."),
            )
        await self.ledger.append(  # taken back, like the approval itself, by the move's own correction
            TemplateUsed(
                at=self.at,
                template=before.template,
                permit=filed.permit.id,
                by=approval.approver,
                right=approval.right,
                use=used + 1,
                uses=before.uses,
            )
        )

    async def move(self, filed: Filed, event: PermitEvent, by: str, reason: str) -> Filed:
        """Take one edge and tell of it; DecisionError ``wrong_state`` when there is no such edge."""
        try:
            moved = await self.store.move(filed, event, by, reason, self.at)
        except TransitionError as error:
            raise _over(filed, "wrong_state") from error
        await self.tell(
            self._changed(filed.permit.id, filed.state, moved.state, by, reason),
            self._changed(filed.permit.id, moved.state, filed.state, CLOCK, NOT_COMMITTED),
        )
        return moved

    async def file(
        self, permit: Permit, door: str, exceptions: tuple[str, ...] = (), source: str = ""
    ) -> Filed:
        """File a new wish and tell of it, with the charter's exceptions that it rests on.

        ``source`` is where it came from, as far as that is known.
        """
        if self.at >= permit.window.end:
            raise DecisionError(say("The window is over already."), code="window_over")
        filed = await self.store.add(permit, door, self.at)
        await self.tell(
            PermitRequested(
                at=self.at,
                permit=permit.id,
                digest=permit.digest().hex(),
                person=permit.person,
                asset=permit.asset,
                door=door,
                exceptions=exceptions,
                source=source,
                conduit=permit.conduit,
                passage=tuple(str(one) for one in sorted(permit.grants)),
                actions=tuple(sorted(permit.actions)),
                window_from=permit.window.start,
                window_until=permit.window.end,
                tools=tuple(sorted(permit.tools)),
                networks=tuple(sorted(permit.networks)),
                limits=tuple(sorted(permit.limits)),
                stated=tuple(one for one in RequestField if getattr(permit, one.value).strip()),
                template=permit.template,
                work_order=permit.work_order,
            ),
            self._changed(permit.id, filed.state, PermitState.WITHDRAWN, CLOCK, NOT_COMMITTED),
        )
        return filed

    def _changed(
        self, permit: PermitId, before: PermitState, after: PermitState, by: str, reason: str
    ) -> PermitChanged:
        return PermitChanged(at=self.at, permit=permit, before=before, after=after, by=by, reason=reason)


class Desk:
    """Where decisions are made: a database, a ledger and a clock."""

    def __init__(self, engine: AsyncEngine, ledger: Ledger, clock: Clock) -> None:
        self._engine = engine
        self._ledger = ledger
        self._clock = clock

    @asynccontextmanager
    async def work(self) -> AsyncIterator[Work]:
        """One transaction: commits at the end, or changes nothing and corrects what it has told.

        PenstockError when the database can't be used.
        """
        at = self._clock.now()
        corrections: list[Event] = []
        with available():
            try:
                async with AsyncSession(self._engine, expire_on_commit=False) as session, session.begin():
                    yield Work(Store(session), self._ledger, at, corrections)
            except BaseException:  # a cancelled decision did not commit either
                for correction in reversed(corrections):
                    await self._correct(correction)
                raise

    @asynccontextmanager
    async def attempt(self, permit: PermitId, person: PersonId) -> AsyncIterator[Work]:
        """As ``work``, for a decision: one that does not count is evidence too, and leaves a leaf."""
        try:
            async with self.work() as work:
                yield work
        except (DecisionError, ProofError) as error:
            await self._ledger.append(
                ApprovalRejected(
                    at=self._clock.now(), permit=permit, person=person, code=error.code, sentence=error.fact
                )
            )
            raise

    async def _correct(self, correction: Event) -> None:
        try:
            await self._ledger.append(correction)
        except EvidenceError:
            log.exception("correction_not_kept", correction=type(correction).__name__)


def _over(filed: Filed, code: str) -> DecisionError:
    return DecisionError(
        say("Permit {permit} is {state} already.", permit=filed.permit.id, state=filed.state),
        code=code,
        remedy=say("Open it again and see what was decided."),
    )
