"""Spans of time. A permit, a contract and a holding of a right are all valid for one."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """A half-open span of UTC time: ``start`` is inside, ``end`` is not.

    Half-open, so that back-to-back windows never both contain the same instant.
    Raises ValueError for an instant without a zone, or an end not after the start.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("a window's instants need a zone")
        object.__setattr__(self, "start", self.start.astimezone(UTC))
        object.__setattr__(self, "end", self.end.astimezone(UTC))
        if self.end <= self.start:
            raise ValueError("a window must end after it starts")

    def contains(self, instant: datetime) -> bool:
        """Whether ``instant`` lies inside; the start does, the end does not."""
        return self.start <= instant < self.end

    def covers(self, other: "TimeWindow") -> bool:
        """Whether every instant of ``other`` lies inside this window."""
        return self.start <= other.start and other.end <= self.end

    def remaining(self, instant: datetime) -> timedelta:
        """Time left until the window closes; zero once it has closed."""
        return max(self.end - instant, timedelta())

    @property
    def length(self) -> timedelta:
        """From start to end."""
        return self.end - self.start
