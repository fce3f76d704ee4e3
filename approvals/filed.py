"""What a row says, once it has been shown to agree with itself.

The database is not trusted: the permit is rebuilt from its signed bytes and nothing else, and a row
whose columns, digest, version or history tell another story is evidence of tampering. It raises.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from approvals.lifecycle import TRANSITIONS, PermitEvent
from approvals.tables import ApprovalRow, DisputeRow, HistoryRow, PermitRow
from domain.canonical import parse
from domain.dispute import Dispute
from domain.errors import EvidenceError, PenstockError
from domain.ids import PermitId
from domain.permit import Permit, PermitState
from domain.proof import Approval

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Step:
    """One edge that a permit took. ``by`` is a person, or ``clock`` for what time did."""

    before: PermitState
    event: PermitEvent
    after: PermitState
    by: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Filed:
    """A permit as the database holds it. Its approvals are not verified: see ``approvals.proofs``."""

    permit: Permit
    state: PermitState
    version: int
    """Raised by one with each approval and each step; what a decision compares and sets."""
    approvals: tuple[Approval, ...]
    history: tuple[Step, ...]
    filed_at: datetime
    door: str
    disputes: tuple[Dispute, ...] = ()
    """In their order; the last one is open while the permit is ``disputed``."""

    @property
    def dispute(self) -> Dispute | None:
        """The open one."""
        return self.disputes[-1] if self.state is PermitState.DISPUTED else None


def filed_of(
    row: PermitRow,
    approvals: Sequence[ApprovalRow],
    history: Sequence[HistoryRow],
    disputes: Sequence[DisputeRow] = (),
) -> Filed:
    """The permit that these rows file; EvidenceError when they disagree with each other or themselves."""
    try:
        permit = Permit.of(row.document)
        state = PermitState(row.state)
        given = tuple(
            Approval.of(parse(one.document)) for one in sorted(approvals, key=lambda one: one.version)
        )
        steps = tuple(_step(one) for one in sorted(history, key=lambda one: one.version))
        disputed = tuple(
            Dispute.of(parse(one.document)) for one in sorted(disputes, key=lambda one: one.version)
        )
    except (PenstockError, ValueError, TypeError, AttributeError) as error:
        # SQLite keeps text in a column of bytes, if that is what somebody put there.
        raise _tampered(row.id, str(error)) from error
    columns = columns_of(permit)
    if columns != {name: getattr(row, name) for name in columns}:
        raise _tampered(row.id, "a column says something else than the permit's bytes")
    versions = [one.version for one in approvals] + [one.version for one in history]
    if sorted(versions) != list(range(2, row.version + 1)):
        raise _tampered(row.id, f"version {row.version} does not count its approvals and steps")
    if _replayed(steps) is not state:
        raise _tampered(row.id, f"its history does not lead to {state}")
    if any(
        (one.right_held, one.approver) != (approval.right, approval.approver)
        for one, approval in zip(sorted(approvals, key=lambda one: one.version), given, strict=True)
    ):
        raise _tampered(row.id, "an approval's columns say something else than its document")
    begun = {one.version for one in history if one.event == PermitEvent.DISPUTE}
    if {one.version for one in disputes} != begun or any(one.permit != permit.digest() for one in disputed):
        raise _tampered(row.id, "its disputes are not those that its history tells of")
    return Filed(permit, state, row.version, given, steps, instant_at(row.filed_us), row.door, disputed)


def columns_of(permit: Permit) -> dict[str, Any]:
    """What the columns for searching must hold for this permit."""
    return {
        "id": permit.id,
        "digest": permit.digest().hex(),
        "person": permit.person,
        "vendor": permit.vendor,
        "asset": permit.asset,
        "window_start_us": microseconds(permit.window.start),
        "window_end_us": microseconds(permit.window.end),
        "narrows": permit.narrows,
        "template": permit.template,
    }


def microseconds(instant: datetime) -> int:
    """Since 1970 in UTC, exactly."""
    return (instant - _EPOCH) // _MICROSECOND


def instant_at(microseconds: int) -> datetime:
    """The instant that ``microseconds`` wrote."""
    return _EPOCH + microseconds * _MICROSECOND


def _step(row: HistoryRow) -> Step:
    return Step(
        before=PermitState(row.before),
        event=PermitEvent(row.event),
        after=PermitState(row.after),
        by=row.by,
        reason=row.reason,
        at=instant_at(row.at_us),
    )


def _replayed(steps: tuple[Step, ...]) -> PermitState | None:
    state = PermitState.REQUESTED
    for step in steps:
        if step.before is not state or TRANSITIONS[state].get(step.event) is not step.after:
            return None
        state = step.after
    return state


def _tampered(permit: str, fact: str) -> EvidenceError:
    return EvidenceError(
        f"The database's record of permit {PermitId(permit)} does not hold together: {fact}.",
        remedy="It opens nothing. Compare the ledger, restore the database, and find out who edited it.",
    )
