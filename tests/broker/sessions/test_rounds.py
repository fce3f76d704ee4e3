import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from broker.sessions.rounds import GO_ON_AT_ONCE, Rounds, in_turns


@asynccontextmanager
async def running(rounds: Rounds) -> AsyncIterator[None]:
    task = asyncio.create_task(rounds.run())
    try:
        yield
    finally:
        task.cancel()


async def test_everybody_else_has_a_turn_after_each_few() -> None:
    loop, said = asyncio.get_running_loop(), list[str]()
    async for one in in_turns("abcde", 2):
        said.append(one)
        if one == "a":
            loop.call_soon(said.append, "letter")
    assert said == ["a", "b", "letter", "c", "d", "e"]


async def test_who_waits_goes_on_in_one_round_but_only_a_few_in_each_turn() -> None:
    rounds, said = Rounds(0.01), list[str]()
    loop = asyncio.get_running_loop()

    async def beat(name: str) -> None:
        await rounds.next()
        said.append(name)
        if name == "0":
            loop.call_soon(said.append, "letter")

    beats = [asyncio.create_task(beat(str(number))) for number in range(2 * GO_ON_AT_ONCE)]
    async with running(rounds):
        await asyncio.gather(*beats)
    assert said == ["0", "1", "2", "3", "letter", "4", "5", "6", "7"]


async def test_one_that_ended_while_it_waited_holds_up_nobody() -> None:
    rounds = Rounds(0.01)
    gone, there = asyncio.create_task(rounds.next()), asyncio.create_task(rounds.next())
    await asyncio.sleep(0)
    gone.cancel()
    async with running(rounds), asyncio.timeout(5):
        await there


async def test_who_comes_during_a_round_waits_for_the_next() -> None:
    rounds, times = Rounds(0.01), 0

    async def twice() -> None:
        nonlocal times
        for _ in range(2):
            await rounds.next()
            times += 1

    both = asyncio.create_task(twice())
    async with running(rounds), asyncio.timeout(5):
        await both
    assert times == 2
