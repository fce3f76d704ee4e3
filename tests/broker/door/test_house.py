import asyncio
from typing import Any, cast

from broker.clock import SystemClock
from broker.door.crew import Crew
from broker.door.house import House
from broker.door.limits import PERSONS, SOURCES, Attempts, Shedder, Unlocks
from broker.door.wake import Wakes


class Somebody:
    def close(self) -> None:
        raise AssertionError("the house ends nobody by itself")


def house() -> House:
    return House(
        parts=cast("Any", SystemClock()),  # the house only keeps them
        shedder=Shedder(),
        persons=Attempts(PERSONS),
        sources=Attempts(SOURCES),
        unlocks=Unlocks(),
        wakes=Wakes(),
        crew=Crew(),
    )


async def test_a_house_that_nobody_entered_is_empty() -> None:
    await house().emptied()


async def test_a_house_is_empty_once_the_last_one_has_left() -> None:
    one, other, here = Somebody(), Somebody(), house()
    here.enter(one)
    here.enter(other)
    empty = asyncio.ensure_future(here.emptied())
    here.leave(one)
    await asyncio.sleep(0)
    assert not empty.done()
    here.leave(other)
    await empty
    assert here.connections == set()


async def test_who_enters_an_empty_house_fills_it_again() -> None:
    one, here = Somebody(), house()
    here.enter(one)
    here.leave(one)
    here.enter(one)
    empty = asyncio.ensure_future(here.emptied())
    await asyncio.sleep(0)
    assert not empty.done()
    here.leave(one)
    await empty
