"""The machine's two clocks, and a guard that notices when one is stepped against the other."""

import ctypes
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

STEP_S = 1.0
"""A wall clock that moves more than this against the machine's own was stepped, not slewed."""

SLEW = 0.001
"""Seconds per second by which a well-behaved NTP client may bend the wall clock (Linux: 500 ppm)."""

SETTLE_S = 60.0
"""How long after a step no new session is admitted: time for an operator, or NTP, to put it right."""


class SystemClock:
    """``domain.clock.Clock`` by the kernel (clock_gettime(2)); the only place that asks it.

    Two of its three are C all the way, for every letter that crosses is measured by them four times.
    """

    def now(self) -> datetime:
        return datetime.fromtimestamp(time.clock_gettime(time.CLOCK_REALTIME), UTC)

    wall_s = staticmethod(partial(time.clock_gettime, time.CLOCK_REALTIME))
    # Not CLOCK_MONOTONIC: that one stands still while the machine sleeps, and a window does not.
    boottime_s = staticmethod(partial(time.clock_gettime, time.CLOCK_BOOTTIME))


BEHIND_S = 60.0
"""How far back a time source may set the wall clock before nothing opens any more: what has ended stays ended."""


class ClockGuard:
    """Compares the two clocks each time it is shown them. Small steps in a row add up to a step.

    A wall clock that was set forward is believed once it settles. One that was set back is believed no
    more, however long it stays so: else waiting a minute would open yesterday's windows again. It has to
    be put right, or the gate started anew, which the ledger tells.
    """

    def __init__(self, now: datetime, boottime_s: float) -> None:
        self._offset_s = now.timestamp() - boottime_s
        self._best_s = self._offset_s
        self._seen_s = boottime_s
        self._unsettled_until_s = boottime_s

    def observe(self, now: datetime, boottime_s: float) -> float | None:
        """By how many seconds the wall clock was stepped since it was last right, or None."""
        offset_s = now.timestamp() - boottime_s
        moved_s = offset_s - self._offset_s
        slewed_s = SLEW * max(boottime_s - self._seen_s, 0.0)
        self._seen_s = boottime_s
        if abs(moved_s) <= STEP_S:
            bent_s = max(-slewed_s, min(slewed_s, moved_s))
            self._offset_s += bent_s
            self._best_s += bent_s
            if boottime_s >= self._unsettled_until_s:
                self._best_s = max(self._best_s, self._offset_s)
            return None
        self._offset_s = offset_s
        self._unsettled_until_s = boottime_s + SETTLE_S
        return moved_s

    def settled(self, boottime_s: float) -> bool:
        """Whether new sessions may rely on the wall clock; False for a minute after a step, or while set back."""
        return boottime_s >= self._unsettled_until_s and self._offset_s >= self._best_s - BEHIND_S


STA_UNSYNC, STA_NANO = 0x0040, 0x2000
TIME_ERROR = 5


@dataclass(frozen=True, slots=True)
class KeptClock:
    """How the kernel sees that its clock is kept: whether by anybody, and by how much it is being put right."""

    synchronised: bool
    offset: timedelta

    @staticmethod
    def of(state: int, status: int, offset: int) -> "KeptClock":
        """What adjtimex(2) answers: its state, and ``status`` and ``offset`` of its structure."""
        synchronised = state not in {TIME_ERROR, -1} and not status & STA_UNSYNC
        return KeptClock(synchronised, timedelta(microseconds=offset / 1000 if status & STA_NANO else offset))


class _Timex(ctypes.Structure):
    _fields_ = (  # type: ignore[mutable-override]  # a tuple, so that nothing is added to it
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 256),
    )


def kept_clock() -> KeptClock:
    """How this machine's clock is kept now (adjtimex(2), which changes nothing here)."""
    asked = _Timex()
    state = ctypes.CDLL(None).ntp_adjtime(ctypes.byref(asked))
    return KeptClock.of(state, asked.status, asked.offset)
