import asyncio

import structlog.testing

from broker.door.crew import Crew


async def test_a_task_that_fails_is_logged_and_disturbs_nobody() -> None:
    crew = Crew()
    done = asyncio.Event()

    async def fail() -> None:
        raise ValueError("broken")

    async def work() -> None:
        await asyncio.sleep(0)
        done.set()

    with structlog.testing.capture_logs() as logs:
        crew.start(fail())
        crew.start(work())
        await crew.wait()
    assert done.is_set()
    assert [entry["event"] for entry in logs] == ["door_task_failed"]


async def test_a_dismissed_crew_leaves_nothing_running() -> None:
    crew = Crew()
    task = crew.start(asyncio.sleep(3600))
    crew.dismiss()
    await crew.wait()
    assert task.cancelled()


async def test_a_task_that_joined_ends_with_the_crew_and_one_that_has_left_does_not() -> None:
    crew = Crew()
    left = asyncio.Event()

    async def work() -> None:
        with crew.joined():
            await asyncio.sleep(0)
        left.set()
        await asyncio.sleep(3600)

    async def waits() -> None:
        with crew.joined():
            await asyncio.sleep(3600)

    async with asyncio.TaskGroup() as group:
        stays, goes = group.create_task(work()), group.create_task(waits())
        await left.wait()
        crew.dismiss()
        await asyncio.wait([goes])
        assert (goes.cancelled(), stays.done()) == (True, False)
        stays.cancel()
