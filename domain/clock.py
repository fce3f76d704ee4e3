"""Time as the outside world gives it. Only shells hold a Clock; cores take instants."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Two clocks that fail differently: one can be stepped, the other forgets at reboot."""

    def now(self) -> datetime:
        """The wall clock, in UTC. It may be stepped by an operator or by NTP."""
        ...

    def wall_s(self) -> float:
        """The same in seconds since 1970, for whoever asks of every byte."""
        ...

    def boottime_s(self) -> float:
        """Seconds since the machine started, suspend included (Linux CLOCK_BOOTTIME). Never steps."""
        ...
