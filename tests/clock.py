"""A clock that stands still until a test moves it; it can be stepped, as a real wall clock can."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

STARTS = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@dataclass(slots=True)
class FrozenClock:
    """Implements ``domain.clock.Clock``; every test starts on a Monday morning, 3600 s after boot."""

    wall: datetime = STARTS
    booted_s: float = 3600.0

    def now(self) -> datetime:
        """The wall clock."""
        return self.wall

    def wall_s(self) -> float:
        """The wall clock, in seconds since 1970."""
        return self.wall.timestamp()

    def boottime_s(self) -> float:
        """Seconds since the machine started."""
        return self.booted_s

    def advance(self, span: timedelta) -> None:
        """Let time pass: both clocks move alike, as they do on a healthy machine."""
        if span < timedelta():
            raise ValueError("time passes forwards; use step to set the wall clock back")
        self.wall += span
        self.booted_s += span.total_seconds()

    def step(self, span: timedelta) -> None:
        """Set the wall clock, as an operator or NTP would; the machine's own clock does not notice."""
        self.wall += span
