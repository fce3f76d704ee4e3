"""How far a collector is behind the ledger, and whether that is too far. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from broker.siem.position import Position


@dataclass(frozen=True, slots=True)
class Progress:
    """One collector at one instant."""

    target: str
    last: int
    """The leaf that it was sent last; -1 for none."""
    behind: int
    """How many leaves it has not been sent. Less than none: the ledger was set back."""
    waiting_since: datetime | None
    """When the oldest of those was; None where there is none."""
    delivered_at: str
    trouble: str
    attempts: int
    late: bool

    @property
    def set_back(self) -> bool:
        """Whether the ledger holds less than this collector was sent."""
        return self.behind < 0


def progress_of(
    target: str,
    position: Position | None,
    size: int,
    waiting_since: datetime | None,
    now: datetime,
    late_after: timedelta,
) -> Progress:
    """How ``target`` stands under a ledger of ``size`` leaves."""
    kept = position if position is not None else Position()
    behind = size - kept.following
    late = behind > 0 and waiting_since is not None and now - waiting_since > late_after
    return Progress(
        target,
        kept.previous,
        behind,
        waiting_since if behind > 0 else None,
        kept.delivered_at,
        kept.trouble,
        kept.attempts,
        late,
    )
