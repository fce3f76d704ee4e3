"""``penstock serve``: a small parent that starts the node's processes, watches them, and ends them in order.

It holds no key and opens no port. A process that ends by itself is started again after a growing
pause; the gate's sessions are then gone (the kernel closed both sides) and the ledger says so.
"""

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import structlog

from domain.clock import Clock

log = structlog.get_logger()

PROCESSES = ("signer", "watchdog", "uploader", "gate", "console")
"""In the order in which they start. They end in the opposite one: who is asked outlives who asks, and the uploader
still finds what the gate sealed as it ended.
"""

WITHOUT_STORE = tuple(one for one in PROCESSES if one != "uploader")
"""What runs where no second store is configured."""

DRAIN_S = 15.0
FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 10.0
STEADY_S = 30.0  # a process that lived this long starts again without a pause to speak of


class Parent:
    """Starts and watches the processes of one node."""

    def __init__(self, config: Path, clock: Clock, only: Sequence[str] = WITHOUT_STORE) -> None:
        self._config = config
        self._clock = clock
        self._only = [name for name in PROCESSES if name in only]
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._ending = asyncio.Event()

    def end(self) -> None:
        """Ask everything to end. May be called from a signal handler."""
        self._ending.set()

    async def run(self) -> None:
        """Run until ``end``; returns when every process has ended."""
        async with asyncio.TaskGroup() as group:
            watchers = []
            for name in self._only:
                started = asyncio.Event()
                watchers.append(group.create_task(self._keep(name, started), name=name))
                await started.wait()
            await self._ending.wait()
            for name in reversed(self._only):
                await self._stop(name)
            for watcher in watchers:
                watcher.cancel()

    async def _keep(self, name: str, started: asyncio.Event) -> None:
        pause_s = FIRST_PAUSE_S
        while not self._ending.is_set():
            began_s = self._clock.boottime_s()
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "broker",
                "serve",
                "--only",
                name,
                "--config",
                str(self._config),
                "--parent",
                str(os.getpid()),
                stdin=asyncio.subprocess.DEVNULL,
                start_new_session=True,  # a Ctrl-C in the terminal is for the parent, which ends them in order
            )
            self._running[name] = process
            started.set()
            status = await process.wait()
            if self._ending.is_set():
                return
            log.error("process_ended", process=name, status=status)
            lived_s = self._clock.boottime_s() - began_s
            pause_s = FIRST_PAUSE_S if lived_s > STEADY_S else min(pause_s * 2, LONGEST_PAUSE_S)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause_s):
                    await self._ending.wait()

    async def _stop(self, name: str) -> None:
        process = self._running.get(name)
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(DRAIN_S):
                await process.wait()
        except TimeoutError:
            log.warning("process_killed", process=name, waited_s=DRAIN_S)
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


def end_with(parent: int) -> None:
    """Have the kernel end this process when its parent is gone: none of them may be left behind.

    Linux ``prctl(PR_SET_PDEATHSIG)``; the check after it closes the race with a parent that went first.
    """
    set_death_signal = 1
    ctypes.CDLL(None, use_errno=True).prctl(set_death_signal, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:
        raise SystemExit(1)
