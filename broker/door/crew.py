"""The tasks of one connection. Not a TaskGroup: that dies with its first failing task, and a door may not.

None of them outlives its crew: ``dismiss`` cancels what still runs, and ``wait`` sees it gone.
"""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import structlog

log = structlog.get_logger()


class Crew:
    """Starts tasks, and sees them end."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run ``work``; what it raises is logged, and touches nobody else."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    @contextmanager
    def joined(self) -> Iterator[None]:
        """Have the task that is here, which somebody else started, end with this crew as well."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            yield
        finally:
            self._tasks.discard(task)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("door_task_failed", error=repr(error), exc_info=error)

    def dismiss(self) -> None:
        """Cancel what still runs."""
        for task in self._tasks:
            task.cancel()

    async def wait(self) -> None:
        """Return once nothing runs."""
        while self._tasks:
            await asyncio.wait(self._tasks)
