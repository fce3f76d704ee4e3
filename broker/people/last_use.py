"""When each person last came in, as the ledger tells it: what thirty idle days are counted from.

The database is not asked: an edited row could make somebody look busy. What was once read stays; a
ledger that can't be read any more only makes people look idler than they are.
"""

import asyncio
from collections.abc import Iterator
from datetime import datetime
from types import MappingProxyType
from typing import Protocol

import structlog

from domain.canonical import Json, instant_of
from domain.clock import Clock
from domain.errors import PenstockError
from domain.events import PermitRequested, SessionOpened
from domain.ids import PersonId
from policies.tenure import IDLE_AFTER, LastUse
from recorder.ledger.reader import Kept

log = structlog.get_logger()

USES = frozenset({PermitRequested.__name__, SessionOpened.__name__})
"""What counts: asking for a permit that was let stand, and a session. Neither can be done while idle."""

STEP = 2000
AGAIN_S = 60.0


class Log(Protocol):
    """The ledger, for reading."""

    @property
    def size(self) -> int: ...
    def events(self, start: int = 0, stop: int | None = None) -> Iterator[Kept]: ...


class LastUses:
    """Reads on where it left off. ``now()`` is what a decision looks at: no file is read for it."""

    def __init__(self, ledger: Log, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock
        self._opened: datetime | None = None
        self._seen: dict[PersonId, datetime] = {}
        self._next = 0

    def now(self) -> LastUse | None:
        """What is known; None as long as the ledger could never be read."""
        return None if self._opened is None else LastUse(self._opened, MappingProxyType(dict(self._seen)))

    def read(self) -> None:
        """Look at the leaves since the last time, the first time at those of thirty days. PenstockError when it can't."""
        size = self._ledger.size
        if self._opened is None:
            opened = next((_at(kept) for kept in self._ledger.events(0, min(1, size))), None)
            if opened is None:
                return
            self._next = self._since(self._clock.now() - IDLE_AFTER, size)
            self._take(size)
            self._opened = opened
        else:
            self._take(size)

    async def refresh(self) -> None:
        """``read``, in a thread. A ledger that can't be read is the operator's to see, and changes nothing."""
        try:
            await asyncio.to_thread(self.read)
        except (PenstockError, OSError, ValueError, KeyError, IndexError) as error:
            log.warning("last_uses_not_read", fact=str(error))

    async def keep_reading(self) -> None:
        """``refresh`` every minute until cancelled."""
        while True:
            await asyncio.sleep(AGAIN_S)
            await self.refresh()

    def _since(self, instant: datetime, size: int) -> int:
        """A leaf that is older than ``instant``, or the first one."""
        start = size
        while start > 0:
            start = max(0, start - STEP)
            first = next(self._ledger.events(start, start + 1), None)
            if first is None or (not first.fault and _at(first) < instant):
                break
        return start

    def _take(self, size: int) -> None:
        for kept in self._ledger.events(self._next, size):
            event = kept.event
            # A leaf whose text is gone or was changed has no event: whoever it told of looks idler for it.
            if event.get("event") in USES:
                person, at = PersonId(str(event["person"])), _at(kept)
                self._seen[person] = max(at, self._seen.get(person, at))
            self._next = kept.index + 1


async def last_uses(ledger: Log, clock: Clock) -> LastUses:
    """What the ledger says now, as far as it can be read; ``keep_reading`` keeps it true."""
    uses = LastUses(ledger, clock)
    await uses.refresh()
    return uses


def _at(kept: Kept) -> datetime:
    at: Json = kept.event["at"]
    return instant_of(str(at))
