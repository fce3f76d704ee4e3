"""Reads the plant's own signals, and says every half second to the watchdog what they let stand.

The gate's, because it alone may reach the plant's network. It reads and never writes. Whatever goes
wrong is the safe side: a reading that fails says no, a watchdog that hears nothing takes all for no.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Protocol

import structlog

from domain.canonical import Json
from domain.clock import Clock
from domain.errors import PeerError
from domain.ids import ZoneId
from policies.plant_signal import Permissive, PlantSignal

log = structlog.get_logger()

SAID_EVERY_S = 0.5
GOOD_FOR_MS = 2000
"""How long the watchdog believes what it was last told."""


class Source(Protocol):
    """One signal's place in the plant."""

    async def read(self) -> object:
        """What is there now; any exception means that nobody can tell."""
        ...

    async def close(self) -> None:
        """Let go of the connection."""
        ...


class PlantSignals:
    """All signals of a charter. ``tell`` asks the watchdog; ``source`` opens a signal's place."""

    def __init__(
        self,
        signals: Sequence[PlantSignal],
        clock: Clock,
        tell: Callable[[Mapping[str, Json]], Awaitable[Mapping[str, Json]]],
        source: Callable[[PlantSignal], Source],
    ) -> None:
        self._signals = signals
        self._clock = clock
        self._tell = tell
        self._source = source
        self._heard: dict[ZoneId, Permissive] = {one.zone: Permissive() for one in signals}

    async def declare(self) -> None:
        """Say which signals there are; none of them has said yes yet. PeerError when that is not kept."""
        answer = await self._tell(self._said())
        if answer.get("ok") is not True:
            raise PeerError(f"The watchdog did not take the plant's signals: {answer.get('error')}.")

    async def run(self) -> None:
        """Read and tell until cancelled."""
        async with asyncio.TaskGroup() as group:
            for one in self._signals:
                group.create_task(self._follow(one))
            if self._signals:
                group.create_task(self._say())

    def permits(self, signal: PlantSignal) -> bool:
        """Whether it says yes at this instant."""
        return self._heard[signal.zone].permits(
            self._clock.boottime_s(), steady_for_s=signal.steady_for_s, stale_after_s=signal.stale_after_s
        )

    async def _follow(self, signal: PlantSignal) -> None:
        source = self._source(signal)
        try:
            while True:
                await self._sample(signal, source)
                await asyncio.sleep(signal.every_s)
        finally:
            await source.close()

    async def _sample(self, signal: PlantSignal, source: Source) -> None:
        before = self._heard[signal.zone]
        try:
            async with asyncio.timeout(signal.stale_after_s):
                value = await source.read()
        except Exception as error:  # noqa: BLE001 - whatever a peer or its library does, nobody can tell
            self._heard[signal.zone] = before.lost()
            if before.on_since_s is not None:
                log.warning("signal_lost", zone=signal.zone, error=type(error).__name__)
            return
        now_s = self._clock.boottime_s()
        self._heard[signal.zone] = before.sampled(value, now_s, signal.stale_after_s)

    async def _say(self) -> None:
        while True:
            with suppress(PeerError):  # it hears nothing, and takes all for no
                await self._tell(self._said())
            await asyncio.sleep(SAID_EVERY_S)

    def _said(self) -> dict[str, Json]:
        signals: dict[str, Json] = {
            one.zone: {
                "name": one.name,
                "permits": sorted(map(str, one.permits)),
                "otherwise": str(one.otherwise),
                "on": self.permits(one),
            }
            for one in self._signals
        }
        return {"do": "signals", "signals": signals, "good_for_ms": GOOD_FOR_MS}
