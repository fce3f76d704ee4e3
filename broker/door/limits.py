"""How often one may try, and how many may wait outside. Pure: seconds since boot come in, answers go out.

Seconds, not wall instants, so that stepping the clock neither frees nor locks anybody.
Memory is bounded: what has been quiet for long enough is forgotten.
"""

from collections import OrderedDict
from dataclasses import dataclass, field

TRIES_PER_CONNECTION = 6  # what OpenSSH's MaxAuthTries allows
REQUESTS_PER_CONNECTION = 40
"""Every authentication request, unsigned key offers included."""

UNAUTHENTICATED_PER_SOURCE = 64
UNAUTHENTICATED_TOTAL = 512
GRACE_S = 20.0
MOST_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Patience:
    """How many failures are free, how long the first lock lasts, and where its doubling stops."""

    free: int
    first_lock_s: float
    longest_lock_s: float
    forget_after_s: float = 3600.0


PERSONS = Patience(free=3, first_lock_s=30.0, longest_lock_s=900.0)
"""Wrong one-time codes of one person. Only the holder of that person's key gets as far as a code."""

SOURCES = Patience(free=30, first_lock_s=10.0, longest_lock_s=300.0)
"""Failed sign-ins from one address; many people may share one, so it is more forbearing."""


@dataclass(slots=True)
class _Record:
    failures: int = 0
    locked_until_s: float = 0.0
    last_s: float = 0.0


@dataclass(slots=True)
class Attempts:
    """Counts failures by name. A lock grows with each further failure, and ends by itself."""

    patience: Patience
    _records: OrderedDict[str, _Record] = field(default_factory=OrderedDict)

    def locked(self, name: str, now_s: float) -> bool:
        """Whether ``name`` must wait; the instant at which a lock ends is outside of it."""
        return self.left_s(name, now_s) > 0

    def left_s(self, name: str, now_s: float) -> float:
        """For how many seconds ``name`` must still wait; 0 when they need not."""
        record = self._records.get(name)
        return max(0.0, record.locked_until_s - now_s) if record is not None else 0.0

    def failures(self, name: str) -> int:
        """How many failures are remembered of ``name``."""
        record = self._records.get(name)
        return 0 if record is None else record.failures

    def failed(self, name: str, now_s: float) -> float:
        """One more failure; the seconds that ``name`` must wait now."""
        record = self._records.pop(name, None)
        if record is None or now_s - record.last_s >= self.patience.forget_after_s:
            record = _Record()
        record.failures += 1
        record.last_s = now_s
        over = record.failures - self.patience.free
        lock_s = 0.0
        if over >= 0:
            lock_s = min(self.patience.first_lock_s * 2.0 ** min(over, 32), self.patience.longest_lock_s)
            record.locked_until_s = now_s + lock_s
        self._records[name] = record
        while len(self._records) > MOST_REMEMBERED:
            self._records.popitem(last=False)
        return lock_s

    def succeeded(self, name: str) -> None:
        """Forget the failures of ``name``."""
        self._records.pop(name, None)


@dataclass(slots=True)
class Shedder:
    """How many connections have not signed in yet, by source. A newcomer beyond the limit is turned away.

    Signed-in connections are never shed: they no longer count.
    """

    per_source: int = UNAUTHENTICATED_PER_SOURCE
    total: int = UNAUTHENTICATED_TOTAL
    _waiting: dict[str, int] = field(default_factory=dict)
    _count: int = 0

    def arrive(self, source: str) -> bool:
        """Whether there is room for one more; if so it counts until ``settle``."""
        if self._count >= self.total or self._waiting.get(source, 0) >= self.per_source:
            return False
        self._waiting[source] = self._waiting.get(source, 0) + 1
        self._count += 1
        return True

    def settle(self, source: str) -> None:
        """One connection from ``source`` signed in or left."""
        left = self._waiting.get(source, 0) - 1
        if left < 0:
            raise ValueError(f"nobody from {source} was waiting")
        self._count -= 1
        if left:
            self._waiting[source] = left
        else:
            del self._waiting[source]

    @property
    def waiting(self) -> int:
        """How many are not signed in right now."""
        return self._count


LONGEST_UNLOCK_S = 15 * 60.0


@dataclass(slots=True)
class Unlocks:
    """Keys that may come back without a code for a while, from the address they unlocked at. Never stored."""

    _until_s: dict[tuple[str, str], float] = field(default_factory=dict)

    def unlock(self, key: str, source: str, now_s: float, for_s: float) -> None:
        """Let ``key`` from ``source`` in without a code; ValueError for longer than fifteen minutes."""
        if not 0 < for_s <= LONGEST_UNLOCK_S:
            raise ValueError("an unlock lasts between nothing and fifteen minutes")
        self._until_s = {name: until for name, until in self._until_s.items() if now_s < until}
        self._until_s[key, source] = now_s + for_s

    def unlocked(self, key: str, source: str, now_s: float) -> bool:
        """Whether the code may be left out now; the ending instant is outside."""
        return now_s < self._until_s.get((key, source), 0.0)
