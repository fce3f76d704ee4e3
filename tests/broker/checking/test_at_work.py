import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from broker.checking import at_work
from broker.evidence.check_status import write_last
from broker.layout import Layout
from broker.settings import CheckSettings
from tests.broker.evidence.test_checked import CHECKED
from tests.clock import FrozenClock


async def test_a_check_begins_when_it_is_due_and_not_before(
    tmp_path: Path, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F13: on a schedule, by a process of its own."""
    began: list[Layout] = []
    looked = asyncio.Event()

    async def begin(layout: Layout) -> None:
        began.append(layout)

    async def sleep(seconds: float) -> None:
        if seconds == at_work.FIRST_AFTER_S:
            return
        looked.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(at_work, "_check", begin)
    monkeypatch.setattr(at_work.asyncio, "sleep", sleep)
    layout = Layout(tmp_path)

    async def looks() -> int:
        looked.clear()
        async with asyncio.TaskGroup() as group:
            task = group.create_task(at_work.keep_checking(layout, CheckSettings(every_h=24), clock))
            await looked.wait()
            task.cancel()
        return len(began)

    assert await looks() == 1  # there was none
    write_last(layout.checked, CHECKED)
    clock.step(CHECKED.begun - clock.now())
    clock.advance(timedelta(hours=24, seconds=-1))
    assert await looks() == 1
    clock.advance(timedelta(seconds=1))
    assert await looks() == 2
    began.clear()
    await at_work.keep_checking(layout, CheckSettings(every_h=0), clock)
    assert began == []
