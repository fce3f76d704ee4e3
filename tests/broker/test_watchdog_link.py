import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from broker.gate_process import process_of, read_gate_process
from broker.interlocks import UNREADABLE
from broker.settings import Layout
from broker.supervisor import Supervisor
from broker.watchdog_link import WatchdogLink
from domain.errors import TransitionError
from domain.events import SessionEnded
from tests.broker.sessions import SHELL, Leaves, Tap, opened, supervisor_in
from tests.broker.test_watchdog import asked, serving
from tests.clock import FrozenClock


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    (tmp_path / "run").mkdir()
    return Layout(tmp_path)


@asynccontextmanager
async def gate(
    layout: Layout, clock: FrozenClock, leaves: Leaves
) -> AsyncGenerator[tuple[Supervisor, WatchdogLink]]:
    async with (
        supervisor_in(layout.folder, clock, leaves) as supervisor,
        WatchdogLink(layout, clock, supervisor) as link,
    ):
        yield supervisor, link


async def test_nothing_opens_until_the_watchdog_has_spoken(layout: Layout, clock: FrozenClock) -> None:
    async with gate(layout, clock, Leaves()) as (supervisor, link):
        assert not link.sound
        assert link.interlocks == UNREADABLE
        with pytest.raises(TransitionError, match="isolated"):
            await opened(supervisor)
        async with serving(layout):
            async with asyncio.timeout(10):
                await link.attached()
            assert link.sound
            assert not (await opened(supervisor)).over


async def test_an_isolation_ends_what_it_covers_and_is_acknowledged(
    layout: Layout, clock: FrozenClock
) -> None:
    leaves = Leaves()
    async with serving(layout), gate(layout, clock, leaves) as (supervisor, link):
        await link.attached()
        session, tap = await opened(supervisor), Tap()
        session.join(tap, SHELL)
        answer = await asked(layout, do="isolate", scope="zone:cell-1")
        assert answer == {"ok": True, "acknowledged": True, "killed": []}
        assert tap.finished[0][0] == "isolated"
        assert link.interlocks.isolated == {"zone:cell-1"}
    assert leaves.of(SessionEnded)[0].cause == "isolated"


async def test_one_session_is_stopped_and_the_other_goes_on(layout: Layout, clock: FrozenClock) -> None:
    leaves = Leaves()
    async with serving(layout), gate(layout, clock, leaves) as (supervisor, link):
        await link.attached()
        one, other = await opened(supervisor), await opened(supervisor)
        assert (await asked(layout, do="stop", session=one.id))["acknowledged"]
        assert one.over
        assert not other.over
        assert not (await opened(supervisor)).over  # a stop is no isolation
    assert leaves.of(SessionEnded)[0].cause == "killed"


async def test_the_watchdog_knows_what_runs(layout: Layout, clock: FrozenClock) -> None:
    async with serving(layout), gate(layout, clock, Leaves()) as (supervisor, link):
        await link.attached()
        session = await opened(supervisor)
        session.join(Tap(), SHELL)
        async with asyncio.timeout(10):
            while True:
                (shown,) = (await asked(layout, do="show"))["gates"]
                if shown["sessions"] == [session.view().document()]:
                    break
                await asyncio.sleep(0.05)
        assert json.dumps(shown)


async def test_a_watchdog_that_falls_silent_for_five_seconds_ends_every_session(
    layout: Layout, clock: FrozenClock
) -> None:
    leaves = Leaves()
    async with gate(layout, clock, leaves) as (supervisor, link):
        async with serving(layout):
            await link.attached()
            session = await opened(supervisor)
        clock.advance(timedelta(seconds=4))
        await asyncio.sleep(0.6)
        assert not session.over  # it may yet come back
        clock.advance(timedelta(seconds=2))
        async with asyncio.timeout(10):
            await session.ended.wait()
        assert not link.sound
        with pytest.raises(TransitionError):
            await opened(supervisor)
        async with serving(layout):
            async with asyncio.timeout(10):
                while not link.sound:
                    await asyncio.sleep(0.05)
            assert not (await opened(supervisor)).over
    assert leaves.of(SessionEnded)[0].cause == "watchdog_lost"


async def test_a_watchdog_that_comes_back_in_time_ends_nothing_and_its_news_are_enforced(
    layout: Layout, clock: FrozenClock
) -> None:
    async with gate(layout, clock, Leaves()) as (supervisor, link):
        async with serving(layout):
            await link.attached()
            session = await opened(supervisor)
        async with serving(layout):
            async with asyncio.timeout(10):
                while (await asked(layout, do="show"))["gates"] == []:
                    await asyncio.sleep(0.05)
            assert not session.over
            assert (await asked(layout, do="revoke", permit=session.permit.id))["acknowledged"]
            assert session.over


async def test_the_gate_says_which_process_it_is_while_it_runs(layout: Layout, clock: FrozenClock) -> None:
    import os  # noqa: PLC0415

    async with gate(layout, clock, Leaves()):
        assert read_gate_process(layout.gate_pid) == process_of(os.getpid())
    assert not layout.gate_pid.exists()


@pytest.mark.parametrize("said", [b"nonsense\n", b'{"interlocks":{}}\n', b'{"stop":7}\n', b"[]\n"])
async def test_a_watchdog_that_talks_nonsense_is_not_obeyed_and_not_sound(
    said: bytes, layout: Layout, clock: FrozenClock
) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        await reader.read()
        writer.close()

    server = await asyncio.start_unix_server(talk, layout.watchdog_socket)
    async with server, gate(layout, clock, Leaves()) as (_, link):
        await asyncio.sleep(0.5)
        assert not link.sound
        assert link.interlocks == UNREADABLE


async def test_d11_who_watches_is_told_at_once_and_forgotten_when_the_watchdog_is_silent(
    layout: Layout, clock: FrozenClock
) -> None:
    """D11: a watchdog that stands still can't keep an attendant alive."""
    told: list[frozenset[str]] = []
    async with gate(layout, clock, Leaves()) as (supervisor, link):
        supervisor.attend = told.append  # type: ignore[method-assign]
        async with serving(layout):
            await link.attached()
            await asked(layout, do="attend", scope="zone:cell-1", by="kim")
            async with asyncio.timeout(10):
                while not told or told[-1] != {"zone:cell-1"}:
                    await asyncio.sleep(0.02)
        clock.advance(timedelta(seconds=2.6))
        async with asyncio.timeout(10):
            while told[-1]:
                await asyncio.sleep(0.02)
