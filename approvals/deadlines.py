"""When a permit ends by itself: undecided, unused, or with its window.

The sweep of ``approvals.service`` ends it and tells the ledger; the gate reckons the same instant at
every door (``domain.timers``), so that nothing hangs on how soon the sweep comes by.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from approvals.filed import Filed
from approvals.lifecycle import PermitEvent
from domain.permit import PermitState
from domain.timers import Timers

WINDOW = "The window ended."


@dataclass(frozen=True, slots=True)
class Deadline:
    """From ``at`` on, ``event`` has happened, and why."""

    at: datetime
    event: PermitEvent
    sentence: str


def deadline(filed: Filed, timers: Timers) -> Deadline | None:
    """What time does to ``filed``, and when; None when it is over already."""
    end = filed.permit.window.end
    match filed.state:
        case PermitState.REQUESTED:
            at = timers.decide_by(filed.permit)
            why = f"Nobody decided within {words(timers.decide_within)}."
            return Deadline(at, PermitEvent.LAPSE, WINDOW if at == end else why)
        case PermitState.DISPUTED:
            why = f"The arbiter did not decide within {words(timers.arbiter_within)}."
            return Deadline(filed.disputes[-1].until, PermitEvent.REFUSE, why)
        case PermitState.APPROVED:
            at = timers.use_by(filed.permit, approved_at(filed))
            why = f"It was not used within {words(timers.use_within)}."
            return Deadline(at, PermitEvent.LAPSE, WINDOW if at == end else why)
        case PermitState.ACTIVE:
            return Deadline(end, PermitEvent.COMPLETE, WINDOW)
        case _:
            return None


def approved_at(filed: Filed) -> datetime:
    """When the last yes was given; when it was asked for, while there is none."""
    return max((one.at for one in filed.approvals), default=filed.permit.requested_at)


def words(span: timedelta) -> str:
    """``1 h 30 min``."""
    minutes, seconds = divmod(int(span.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "h"), (minutes, "min"), (seconds, "s")]
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "no time"
