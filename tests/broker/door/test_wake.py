import asyncio

from broker.door.wake import Wakes


async def test_whoever_watches_is_woken() -> None:
    wakes = Wakes()
    with wakes.watch() as woken:
        asyncio.get_running_loop().call_soon(wakes.announce)
        await woken.within(30)
        assert woken.event.is_set()


async def test_a_change_between_looking_and_waiting_is_not_missed() -> None:
    wakes = Wakes()
    with wakes.watch() as woken:
        wakes.announce()
        await woken.within(30)
        assert woken.event.is_set()


async def test_without_a_change_the_wait_ends_by_itself_and_nobody_stays_behind() -> None:
    wakes = Wakes()
    with wakes.watch() as woken:
        await woken.within(0.01)
        assert not woken.event.is_set()
    wakes.announce()
    assert not woken.event.is_set()
