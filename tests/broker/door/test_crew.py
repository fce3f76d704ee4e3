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
