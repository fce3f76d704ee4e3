"""What a proposed version would decide otherwise as of now, worked out while somebody looks on.

Each look goes on with the work for a moment and shows how far it is, so that a ledger of years holds
nothing up and nobody's page; whoever stops looking stops it.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator

from domain.clock import Clock
from policies.charter.impact import Weighing

AT_ONCE_S = 0.4
"""How long one look works."""

MOST = 4
"""How many are under way at once; the one that nobody has looked at for longest gives way."""

Key = tuple[str, str]
"""Who looks on, and at which proposal."""


class Works:
    """The works under way in one console."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._works: OrderedDict[Key, tuple[Weighing, Iterator[None], asyncio.Lock]] = OrderedDict()

    async def look(self, key: Key, begin: Callable[[], Awaitable[Weighing]]) -> Weighing:
        """The work, a moment further. ``begin`` is asked when there is none, and when the last one was done."""
        if key not in self._works:
            weighing = await begin()
            self._works.setdefault(key, (weighing, iter(weighing), asyncio.Lock()))
            while len(self._works) > MOST:
                self._works.popitem(last=False)
        weighing, steps, lock = self._works[key]
        self._works.move_to_end(key)
        if not lock.locked():  # a second page of the same person only looks on
            async with lock:
                await asyncio.to_thread(self._go_on, steps)
        if weighing.impact is not None:
            self._works.pop(key, None)
        return weighing

    def _go_on(self, steps: Iterator[None]) -> None:
        until = self._clock.boottime_s() + AT_ONCE_S
        for _ in steps:
            if self._clock.boottime_s() >= until:
                return
