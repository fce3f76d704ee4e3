"""What the reader makes of its readings, and says; with real servers in tests/peers/test_plant_signals.py."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from ipaddress import IPv4Address
from typing import Any

import pytest

from broker.sessions.plant_signals import PlantSignals
from domain.canonical import Json
from domain.errors import PeerError
from domain.ids import ZoneId
from domain.plant import OperatingState
from policies.plant_signal import PlantSignal, SignalKind
from tests.clock import FrozenClock

SIGNAL = PlantSignal(
    ZoneId("pumping"), "Key switch", SignalKind.MODBUS_COIL, IPv4Address("127.0.0.1"), 502, "17", 1,
    frozenset({OperatingState.MAINTENANCE}), OperatingState.RUNNING, 0.01, 0.5, 0.0,
)  # fmt: skip


class Place:
    """A signal's place that says what it is told to."""

    def __init__(self) -> None:
        self.value: object = True
        self.closed = False

    async def read(self) -> object:
        if isinstance(self.value, Exception):
            raise self.value
        return self.value

    async def close(self) -> None:
        self.closed = True


class Dog:
    """A watchdog that remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[Mapping[str, Json]] = []
        self.answer: Mapping[str, Json] = {"ok": True}

    async def tell(self, command: Mapping[str, Json]) -> Mapping[str, Json]:
        self.told.append(command)
        return self.answer

    def on(self) -> Any:
        signals = self.told[-1]["signals"]
        assert isinstance(signals, Mapping)
        return signals["pumping"]["on"]  # type: ignore[index,call-overload]


async def test_before_the_first_reading_every_signal_says_no(clock: FrozenClock) -> None:
    dog = Dog()
    await PlantSignals([SIGNAL], clock, dog.tell, lambda _: Place()).declare()
    assert dog.told == [
        {
            "do": "signals",
            "signals": {
                "pumping": {
                    "name": "Key switch",
                    "permits": ["maintenance"],
                    "otherwise": "running",
                    "on": False,
                }
            },
            "good_for_ms": 2000,
        }
    ]


async def test_signals_that_are_not_kept_keep_the_gate_from_opening(clock: FrozenClock) -> None:
    dog = Dog()
    dog.answer = {"ok": False, "error": "no disk"}
    with pytest.raises(PeerError, match="no disk"):
        await PlantSignals([], clock, dog.tell, lambda _: Place()).declare()


@asynccontextmanager
async def permitting(clock: FrozenClock) -> AsyncIterator[tuple[Dog, Place]]:
    """A signal that says yes, and whoever is told so; on return it says no."""
    dog, place = Dog(), Place()
    signals = PlantSignals([SIGNAL], clock, dog.tell, lambda _: place)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(signals.run())
        async with asyncio.timeout(10):
            while not (dog.told and dog.on()):
                await asyncio.sleep(0.01)
            yield dog, place
            while dog.on():
                await asyncio.sleep(0.01)
        task.cancel()


@pytest.mark.parametrize(
    "after", [False, None, 1, PeerError("gone"), OSError(), RuntimeError("a library's")], ids=repr
)
async def test_a_yes_is_said_and_anything_else_is_a_no(after: object, clock: FrozenClock) -> None:
    async with permitting(clock) as (_, place):
        place.value = after
    assert place.closed


async def test_a_place_that_never_answers_is_stale(clock: FrozenClock) -> None:
    async with permitting(clock) as (_, place):

        async def hang() -> object:
            return await asyncio.get_running_loop().create_future()

        place.read = hang  # type: ignore[method-assign]
        await asyncio.sleep(0.05)
        clock.advance(timedelta(seconds=1))
