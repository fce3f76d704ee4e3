"""Wakes whoever waits for a permit to change."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Woken:
    """One waiter. It hears of every change from the moment it began to watch, even before it waits."""

    def __init__(self) -> None:
        self.event = asyncio.Event()

    async def within(self, seconds: float) -> None:
        """Return at the next change, or after ``seconds``."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.event.wait()


class Wakes:
    """All waiters of one door."""

    def __init__(self) -> None:
        self._waiters: set[Woken] = set()

    @contextmanager
    def watch(self) -> Iterator[Woken]:
        """Hear of changes inside this block."""
        woken = Woken()
        self._waiters.add(woken)
        try:
            yield woken
        finally:
            self._waiters.discard(woken)

    def announce(self) -> None:
        """Something changed: everybody looks again."""
        for woken in self._waiters:
            woken.event.set()
