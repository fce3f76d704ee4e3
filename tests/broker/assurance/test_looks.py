import asyncio
import contextlib
from datetime import timedelta
from pathlib import Path

import pytest

from broker.assurance import looks as module
from broker.assurance.looks import keep_looking, last_look, looks
from broker.settings import read_settings
from domain.errors import EvidenceError
from domain.events import Event, EvidenceCollected
from policies.assurance.collection import Collection
from tests.broker.processes.running import founded
from tests.clock import FrozenClock
from tests.policies.assurance.leaves import collection


def test_the_node_looks_at_its_configuration_its_clock_and_its_audit(tmp_path: Path) -> None:
    """G01: evidence of the platform by its own scheduler; what is wrong does not verify, and is said."""
    layout = founded(tmp_path)
    settings, now = read_settings(layout), FrozenClock().now()
    found = {one.kind: one for one in looks(layout, settings, now)}
    assert set(found) == {"EV-CFG", "EV-CLK", "EV-AUD"}
    assert found["EV-CFG"].sound
    assert not found["EV-AUD"].sound  # no signer runs here
    assert any(one.startswith("ledger alarmed") for one in found["EV-AUD"].facts)
    event = found["EV-CFG"].event(now)
    assert len(event.digest) == 64
    layout.approvers.unlink()
    changed = {one.kind: one for one in looks(layout, settings, now)}["EV-CFG"]
    assert (changed.sound, changed.event(now).digest == event.digest) == (False, False)


async def test_the_ledger_is_read_before_anybody_asks(tmp_path: Path) -> None:
    layout, read = founded(tmp_path), asyncio.Event()
    loop = asyncio.get_running_loop()

    def whole() -> Collection:
        loop.call_soon_threadsafe(read.set)
        raise EvidenceError("There is no ledger yet.")

    async def append(event: Event) -> None:
        raise AssertionError(event)

    looking = loop.create_task(keep_looking(layout, read_settings(layout), append, FrozenClock(), whole))
    await read.wait()
    await asyncio.sleep(0)
    assert not looking.done(), "it goes on without one"
    looking.cancel()


async def test_it_looks_again_when_its_time_has_come_and_not_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout, clock, told = founded(tmp_path), FrozenClock(), asyncio.Queue[Event]()
    monkeypatch.setattr(module, "REST_S", 0.001)
    kept: list[Event] = []
    refused = [True]

    async def append(event: Event) -> None:
        if refused and refused.pop():
            raise EvidenceError("The signer does not answer.")
        kept.append(event)
        await told.put(event)

    settings = read_settings(layout)
    task = asyncio.get_running_loop().create_task(
        keep_looking(layout, settings, append, clock, lambda: collection(*kept))
    )
    first = [await told.get() for _ in range(3)]
    clock.advance(timedelta(hours=24))
    second = [await told.get() for _ in range(3)]
    assert {one.at for one in second if isinstance(one, EvidenceCollected)} == {clock.now()}
    assert last_look(collection(*first)) == clock.now() - timedelta(hours=24)
    assert last_look(collection()) is None
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
