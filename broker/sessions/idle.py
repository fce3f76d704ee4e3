"""How long nobody has used a session, and when that locks or ends it. Pure: seconds since boot come in, so that no clock that
is set unlocks anything, and a machine that slept counts as unused.

What is typed is use of a terminal; of all else any byte is. While a session is locked nothing is.
"""

from dataclasses import dataclass
from datetime import timedelta

from broker.governor import Quiet


@dataclass(frozen=True, slots=True)
class Idle:
    """How long a session may stand unused until it is locked, and until it ends; None is for as long as its person likes."""

    lock_after: timedelta | None = None
    end_after: timedelta | None = None


class Use:
    """One session's use."""

    def __init__(self, idle: Idle, now_s: float) -> None:
        self._idle = idle
        self._since_s = now_s
        self._used = False
        self._moved = 0

    def used(self) -> None:
        """Something goes towards the asset."""
        self._used = True

    def moved(self, octets: int) -> bool:
        """Whether bytes crossed since this was asked last; ``octets`` are all that crossed so far."""
        moved, self._moved = octets != self._moved, octets
        return moved

    def begin(self, now_s: float) -> None:
        """Its person is there again: the time begins anew."""
        self._used, self._since_s = False, now_s

    def look(self, now_s: float, *, locked: bool, held: bool) -> Quiet | None:
        """What the governor is to be told; None where nothing comes of it. ``held``: the plant holds it, by whatever cause."""
        if held or (self._used and not locked):
            self._since_s = now_s
        self._used = False
        if self._idle == Idle():
            return None
        return Quiet(timedelta(seconds=now_s - self._since_s), self._idle.end_after, self._idle.lock_after)

    def overdue(self, now_s: float) -> bool:
        """Whether the lock is due and nobody has looked: a loop that stood still serves its sockets first."""
        after = self._idle.lock_after
        return after is not None and not self._used and now_s - self._since_s >= after.total_seconds()
