"""Permits in and out of the database, inside a transaction that somebody else opened.

Every change is one compare-and-set on (state, version): of any number of decisions that saw the
same permit, one finds its row as it was. The others are told that they lost, and change nothing.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel, col

from approvals.filed import Filed, Step, columns_of, filed_of, instant_at, microseconds
from approvals.lifecycle import PermitEvent, apply
from approvals.tables import ApprovalRow, DisputeRow, HistoryRow, PermitRow
from domain.canonical import canonical
from domain.dispute import Dispute
from domain.errors import DecisionError
from domain.ids import PermitId
from domain.permit import WAITING, Permit, PermitState
from domain.proof import Approval, PasskeyProof, SshProof, TotpProof
from domain.said import say
from domain.window import TimeWindow

DISPUTE = PermitEvent.DISPUTE.value


@dataclass(frozen=True, slots=True)
class OpenOne:
    """What the row of an open permit says at an instant."""

    version: int
    state: PermitState
    over: bool
    """Whether its window has ended; the end itself is outside the window."""

    @property
    def may_lapse(self) -> bool:
        """Undecided or unused: it may end before its window does."""
        return self.state is not PermitState.ACTIVE


class Store:
    """The permits, as one transaction sees them."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def load(self, permit: PermitId, *, decide: bool = False) -> Filed | None:
        """The permit, or None. ``decide`` keeps others from deciding until this transaction ends."""
        wanted = select(PermitRow).where(col(PermitRow.id) == permit)
        # PostgreSQL locks the row; SQLite's transaction has locked the whole file already.
        rows = (await self._session.scalars(wanted.with_for_update() if decide else wanted)).all()
        found = await self._filed(rows)
        return found[0] if found else None

    async def find(
        self, *conditions: ColumnElement[bool], limit: int, open_first: bool = False
    ) -> tuple[Filed, ...]:
        """The permits that meet all the conditions, newest first."""
        order: list[ColumnElement[Any]] = [col(PermitRow.filed_us).desc(), col(PermitRow.id).desc()]
        if open_first:
            order.insert(0, still_open().desc())
        wanted = select(PermitRow).where(*conditions).order_by(*order).limit(limit)
        return await self._filed((await self._session.scalars(wanted)).all())

    async def ids(self, *conditions: ColumnElement[bool]) -> tuple[PermitId, ...]:
        """The ids of the permits that meet all the conditions, oldest first."""
        wanted = (
            select(col(PermitRow.id)).where(*conditions).order_by(col(PermitRow.filed_us), col(PermitRow.id))
        )
        return tuple(PermitId(name) for name in (await self._session.scalars(wanted)).all())

    async def open_ones(self, at: datetime) -> dict[PermitId, OpenOne]:
        """The permits to which something may still happen, oldest first, each by its row alone."""
        wanted = select(
            col(PermitRow.id), col(PermitRow.version), col(PermitRow.state), col(PermitRow.window_end_us)
        ).where(still_open())
        found = await self._session.execute(wanted.order_by(col(PermitRow.filed_us), col(PermitRow.id)))
        return {
            PermitId(name): OpenOne(version, PermitState(state), end_us <= microseconds(at))
            for name, version, state, end_us in found.all()
        }

    async def filed_us(self, permit: PermitId) -> int | None:
        """When the permit was filed, for paging."""
        wanted = select(col(PermitRow.filed_us)).where(col(PermitRow.id) == permit)
        return (await self._session.scalars(wanted)).one_or_none()

    async def add(self, permit: Permit, door: str, at: datetime) -> Filed:
        """File a permit as requested; DecisionError when its id or its bytes are filed already."""
        row = PermitRow(
            **columns_of(permit),
            document=permit.canonical(),
            state=PermitState.REQUESTED.value,
            version=1,
            filed_us=microseconds(at),
            door=door,
        )
        taken = DecisionError(
            say("Permit {permit} is filed already.", permit=permit.id), code="already_filed"
        )
        await self._insert(row, taken)
        return filed_of(row, (), ())

    async def move(self, filed: Filed, event: PermitEvent, by: str, reason: str, at: datetime) -> Filed:
        """Take one edge; TransitionError when there is none, DecisionError when somebody was faster."""
        after = apply(filed.state, event)
        await self._compare_and_set(filed, after)
        at = instant_at(microseconds(at))
        row = HistoryRow(
            permit=filed.permit.id,
            version=filed.version + 1,
            before=filed.state.value,
            event=event.value,
            after=after.value,
            by=by,
            reason=reason,
            at_us=microseconds(at),
        )
        await self._insert(row, lost_race(filed.permit.id))
        step = Step(filed.state, event, after, by, reason, at)
        return replace(filed, state=after, version=filed.version + 1, history=(*filed.history, step))

    async def keep(self, filed: Filed, dispute: Dispute) -> Filed:
        """Keep what the dispute is about whose step was just taken."""
        row = DisputeRow(
            permit=filed.permit.id, version=filed.version, document=canonical(dispute.document())
        )
        await self._insert(row, lost_race(filed.permit.id))
        return replace(filed, disputes=(*filed.disputes, dispute))

    async def add_approval(self, filed: Filed, approval: Approval, sign_count: int) -> Filed:
        """Keep one yes; DecisionError when its proof was used before, or somebody was faster."""
        await self._compare_and_set(filed, filed.state)
        proof = approval.proof
        row = ApprovalRow(
            permit=filed.permit.id,
            version=filed.version + 1,
            right_held=approval.right.value,
            approver=approval.approver,
            document=canonical(approval.document()),
            proof_key=proof_key(approval),
            credential=proof.credential_id.hex() if isinstance(proof, PasskeyProof) else "",
            sign_count=sign_count,
            at_us=microseconds(approval.at),
        )
        used = DecisionError(
            say("This proof was used before."),
            code="replayed",
            remedy=say("Open the permit again and approve once more."),
        )
        await self._insert(row, used)
        return replace(filed, version=filed.version + 1, approvals=(*filed.approvals, approval))

    async def highest_sign_count(self, credential_id: bytes) -> int:
        """The highest counter that this passkey has shown in any approval; 0 when it shows none."""
        wanted = select(func.max(col(ApprovalRow.sign_count))).where(
            col(ApprovalRow.credential) == credential_id.hex()
        )
        return (await self._session.scalar(wanted)) or 0

    async def confirmed(self, template: str, since: datetime) -> int:
        """How many permits that name ``template`` were approved after ``since``, whatever became of them.

        Until this transaction ends no other counts: on PostgreSQL by a lock of its own, on SQLite there is no other.
        """
        connection = await self._session.connection()
        if connection.dialect.name == "postgresql":
            key = int.from_bytes(bytes.fromhex(template)[:8], signed=True)
            await self._session.execute(select(func.pg_advisory_xact_lock(key)))
        wanted = (
            select(func.count())
            .select_from(HistoryRow)
            .join(PermitRow, col(PermitRow.id) == col(HistoryRow.permit))
            .where(
                col(PermitRow.template) == template,
                col(HistoryRow.event) == PermitEvent.APPROVE.value,
                col(HistoryRow.at_us) > microseconds(since),
            )
        )
        return (await self._session.scalar(wanted)) or 0

    async def _compare_and_set(self, filed: Filed, after: PermitState) -> None:
        change = (
            update(PermitRow)
            .where(
                col(PermitRow.id) == filed.permit.id,
                col(PermitRow.state) == filed.state.value,
                col(PermitRow.version) == filed.version,
            )
            .values(state=after.value, version=filed.version + 1)
            .execution_options(synchronize_session=False)
        )
        result: CursorResult[Any] = await self._session.execute(change)  # type: ignore[assignment]  # an UPDATE's
        if result.rowcount != 1:
            raise lost_race(filed.permit.id)

    async def _insert(self, row: SQLModel, taken: DecisionError) -> None:
        self._session.add(row)
        try:
            await self._session.flush()
        except IntegrityError as error:
            raise taken from error

    async def _filed(self, rows: Sequence[PermitRow]) -> tuple[Filed, ...]:
        names = [row.id for row in rows]
        approvals: defaultdict[str, list[ApprovalRow]] = defaultdict(list)
        history: defaultdict[str, list[HistoryRow]] = defaultdict(list)
        disputes: defaultdict[str, list[DisputeRow]] = defaultdict(list)
        if names:
            given = select(ApprovalRow).where(col(ApprovalRow.permit).in_(names))
            for one in (await self._session.scalars(given)).all():
                approvals[one.permit].append(one)
            taken = select(HistoryRow).where(col(HistoryRow.permit).in_(names))
            for step in (await self._session.scalars(taken)).all():
                history[step.permit].append(step)
            disputed = {name for name in names if any(one.event == DISPUTE for one in history[name])}
            kept = select(DisputeRow).where(col(DisputeRow.permit).in_(disputed))
            for each in (await self._session.scalars(kept)).all() if disputed else ():
                disputes[each.permit].append(each)
        return tuple(filed_of(row, approvals[row.id], history[row.id], disputes[row.id]) for row in rows)


def in_states(*states: PermitState) -> ColumnElement[bool]:
    """Permits in any of these states."""
    return col(PermitRow.state).in_([state.value for state in states])


def still_open() -> ColumnElement[bool]:
    """Permits to which something may still happen."""
    return in_states(*WAITING, PermitState.APPROVED, PermitState.ACTIVE)


def among(permits: Collection[PermitId]) -> ColumnElement[bool]:
    """Permits with one of these ids."""
    return col(PermitRow.id).in_(permits)


def of_person(person: str) -> ColumnElement[bool]:
    """Permits that this person asked for."""
    return col(PermitRow.person) == person


def of_vendor(vendor: str) -> ColumnElement[bool]:
    """Asked for by this vendor's people."""
    return col(PermitRow.vendor) == vendor


def of_template(template: str) -> ColumnElement[bool]:
    """Permits that name this standing template."""
    return col(PermitRow.template) == template


def of_asset(asset: str) -> ColumnElement[bool]:
    """Permits for this asset."""
    return col(PermitRow.asset) == asset


def ending_after(at: datetime) -> ColumnElement[bool]:
    """Permits whose window reaches beyond ``at``."""
    return col(PermitRow.window_end_us) > microseconds(at)


def starting_before(at: datetime) -> ColumnElement[bool]:
    """Permits whose window begins before ``at``."""
    return col(PermitRow.window_start_us) < microseconds(at)


def of_assets(assets: Collection[str]) -> ColumnElement[bool]:
    """Permits for one of these assets."""
    return col(PermitRow.asset).in_(assets)


def within(window: TimeWindow) -> tuple[ColumnElement[bool], ...]:
    """Permits whose window has an instant in common with ``window``; both are half-open."""
    return (
        col(PermitRow.window_start_us) < microseconds(window.end),
        col(PermitRow.window_end_us) > microseconds(window.start),
    )


def filed_before(filed_us: int, permit: PermitId) -> ColumnElement[bool]:
    """Permits further back in the list than this one."""
    earlier: ColumnElement[bool] = col(PermitRow.filed_us) < filed_us
    return earlier | ((col(PermitRow.filed_us) == filed_us) & (col(PermitRow.id) < permit))


def any_of(states: Collection[PermitState]) -> tuple[ColumnElement[bool], ...]:
    """A condition on states, or none when no state is named."""
    return (in_states(*states),) if states else ()


def proof_key(approval: Approval) -> str:
    """What may be used once: a passkey's nonce, a signed decision with the nonce in it, or a person's time-step."""
    match approval.proof:
        case PasskeyProof(nonce=nonce):
            return f"passkey:{nonce.hex()}"
        case SshProof(message=message):
            return f"sshsig:{hashlib.sha256(message).hexdigest()}"
        case TotpProof(step=step):
            return f"totp:{approval.approver}:{step}"


def approval_digest(approval: Approval) -> str:
    """SHA-256 of the approval's canonical bytes, in hex: how a ledger leaf names it."""
    return hashlib.sha256(canonical(approval.document())).hexdigest()


def lost_race(permit: PermitId) -> DecisionError:
    """Somebody else was faster."""
    return DecisionError(
        say("Somebody else decided on permit {permit} first.", permit=permit),
        code="lost_race",
        remedy=say("Open it again and see what was decided."),
    )
