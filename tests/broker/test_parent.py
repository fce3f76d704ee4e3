"""The small parent: starts in order, starts again what ended, ends in the opposite order, leaves nothing."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import broker.parent as module
from broker.clock import SystemClock
from broker.parent import PROCESSES, Parent, end_with
from tests.broker.processes.running import founded, there


def pid_of(parent: Parent, name: str) -> int:
    return parent._running[name].pid


async def running(parent: Parent, name: str, *, other_than: int = 0) -> int:
    """The process id of one, once it runs."""
    async with asyncio.timeout(60):
        while name not in parent._running or pid_of(parent, name) == other_than:
            await asyncio.sleep(0.02)
    return pid_of(parent, name)


async def test_it_starts_in_order_and_ends_what_it_started(tmp_path: Path) -> None:
    layout = founded(tmp_path)
    parent = Parent(layout.config, SystemClock(), only=("watchdog", "signer"))
    async with asyncio.TaskGroup() as group:
        group.create_task(parent.run())
        await there(layout.signer_socket)
        await there(layout.watchdog_socket)
        assert list(parent._running) == ["signer", "watchdog"]
        pids = [pid_of(parent, name) for name in parent._running]
        parent.end()
    assert [one.returncode for one in parent._running.values()] == [0, 0]
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]


async def test_a_process_that_was_killed_is_started_again(tmp_path: Path) -> None:
    layout = founded(tmp_path)
    parent = Parent(layout.config, SystemClock(), only=("watchdog",))
    async with asyncio.TaskGroup() as group:
        group.create_task(parent.run())
        await there(layout.watchdog_socket)
        first = pid_of(parent, "watchdog")
        os.kill(first, signal.SIGKILL)
        assert await running(parent, "watchdog", other_than=first) != first
        parent.end()


async def test_a_process_that_does_not_end_when_asked_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "DRAIN_S", 0.2)
    layout = founded(tmp_path)
    parent = Parent(layout.config, SystemClock(), only=("watchdog",))
    async with asyncio.TaskGroup() as group:
        group.create_task(parent.run())
        await there(layout.watchdog_socket)
        os.kill(pid_of(parent, "watchdog"), signal.SIGSTOP)
        parent.end()
    assert parent._running["watchdog"].returncode == -signal.SIGKILL


def test_who_is_asked_starts_before_who_asks() -> None:
    assert PROCESSES.index("signer") < PROCESSES.index("watchdog") < PROCESSES.index("gate")


def test_a_child_whose_parent_is_gone_already_does_not_stay() -> None:
    with pytest.raises(SystemExit):
        end_with(os.getppid() + 1)
    done = subprocess.run(
        [sys.executable, "-c", "import os\nfrom broker.parent import end_with\nend_with(1)\nprint('stays')"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
