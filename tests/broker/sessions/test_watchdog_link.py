import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from broker.cli.interlock_commands import sessions
from broker.gate_process import process_of, read_gate_process
from broker.layout import Layout
from broker.sessions.watchdog_link import WatchdogLink
from broker.supervisor import Supervisor
from broker.watchdog.interlock_file import journal_beside
from broker.watchdog.interlocks import UNREADABLE
from broker.watchdog.journal import Journal
from domain.access import Grant, PassageKind
from domain.canonical import Json
from domain.errors import TransitionError
from domain.events import SessionEnded, SessionHeld, SessionPaused, SessionReleased, SessionResumed
from recorder.format.frame import Kind
from tests.broker.running import SHELL, Leaves, Tap, opened, supervisor_in
from tests.broker.watchdog.test_watchdog import asked, serving
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
    assert [ended.cause for ended in leaves.of(SessionEnded) if ended.session == one.id] == ["killed"]


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


async def test_fifty_mixed_sessions_are_listed_on_the_node_as_the_gate_has_them(
    layout: Layout, clock: FrozenClock
) -> None:
    """D08: the list is the enforcement point's own; nothing but two processes of the node and a socket file is there.

    No console, no network and no identity provider runs, and the list is the same.
    """
    kinds = [SHELL, Grant(PassageKind.EXEC), Grant(PassageKind.SFTP), Grant(PassageKind.FORWARD, 502)]
    listing = ["list", "--json", "--dir", str(layout.folder)]

    async def listed() -> list[dict[str, Json]]:
        done = await asyncio.to_thread(CliRunner().invoke, sessions, listing)
        assert done.exit_code == 0, done.output
        return sorted(json.loads(done.output), key=lambda one: one["session"])

    async def agrees(supervisor: Supervisor) -> list[dict[str, Json]]:
        async with asyncio.timeout(10):
            while True:
                truth = sorted(
                    (one.document() for one in supervisor.sessions()), key=lambda one: one["session"]
                )
                if await listed() == truth:
                    return truth
                await asyncio.sleep(0.05)

    async with serving(layout), gate(layout, clock, Leaves()) as (supervisor, link):
        await link.attached()
        live = [await opened(supervisor) for _ in range(50)]
        for at, session in enumerate(live):
            for kind in kinds[: at % len(kinds) + 1]:
                session.join(Tap(), kind)
        assert len(await agrees(supervisor)) == 50
        for session in live[::2]:
            await supervisor.end(f"session:{session.id}", "killed")
        assert [one["session"] for one in await agrees(supervisor)] == sorted(one.id for one in live[1::2])


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


async def reported(layout: Layout, session: str) -> None:
    async with asyncio.timeout(10):
        while session not in [
            one["session"] for gate in (await asked(layout, do="show"))["gates"] for one in gate["sessions"]
        ]:
            await asyncio.sleep(0.02)


async def test_a_pause_holds_one_session_until_it_is_resumed_and_outlives_the_watchdog(
    layout: Layout, clock: FrozenClock
) -> None:
    leaves, told = Leaves(), Leaves()
    async with gate(layout, clock, leaves) as (supervisor, link):
        async with serving(layout, told):
            await link.attached()
            session, other, tap = await opened(supervisor), await opened(supervisor), Tap()
            channel = session.join(tap, SHELL)
            await reported(layout, session.id)
            answer = await asked(layout, do="pause", session=session.id, by="petra", reason="wrong valve")
            assert answer == {"ok": True, "acknowledged": True, "killed": []}
            assert not session.cross(Kind.TO_ASSET, channel, b"write")
            assert session.cross(Kind.TO_VENDOR, channel, b"alarm")
            assert not other.holds
            assert "The plant paused this session" in tap.said[-1]
            again = await asked(layout, do="pause", session=session.id, by="milo")
            assert again["error"] == "This session is paused already, by petra."
        async with serving(layout, told) as watchdog:
            assert watchdog.interlocks.paused[session.id].by == "petra"
            await reported(layout, session.id)
            assert session.holds
            assert (await asked(layout, do="resume", session=session.id, by="petra"))["ok"]
            async with asyncio.timeout(10):
                while tap.input != ["held", "goes on"]:
                    await asyncio.sleep(0.02)
            assert session.cross(Kind.TO_ASSET, channel, b"write")
            async with asyncio.timeout(10):
                while not told.of(SessionResumed):
                    await asyncio.sleep(0.05)
    assert [one.hold for one in leaves.of(SessionHeld)] == ["paused"]
    assert [one.hold for one in leaves.of(SessionReleased)] == ["paused"]
    (paused,) = told.of(SessionPaused)
    assert (paused.by, paused.reason, paused.enforced) == ("petra", "wrong valve", "acknowledged")


async def test_what_ends_a_session_ends_a_paused_one_and_its_pause_is_forgotten(
    layout: Layout, clock: FrozenClock
) -> None:
    async with serving(layout) as watchdog, gate(layout, clock, Leaves()) as (supervisor, link):
        await link.attached()
        session, tap = await opened(supervisor), Tap()
        session.join(tap, SHELL)
        await reported(layout, session.id)
        await asked(layout, do="pause", session=session.id)
        assert (await asked(layout, do="stop", session=session.id))["acknowledged"]
        assert tap.finished[0][0] == "killed"
        async with asyncio.timeout(10):
            while watchdog.interlocks.paused:
                await asyncio.sleep(0.05)
        assert link.sound


@pytest.mark.parametrize("word", ["pause", "resume"])
async def test_a_session_that_is_not_open_is_neither_paused_nor_resumed(layout: Layout, word: str) -> None:
    told = Leaves()
    async with serving(layout, told) as watchdog:
        answer = await asked(layout, do=word, session="z" * 26)
        assert not answer["ok"]
        assert answer["error"] in {"No such session is open.", "This session is not paused."}
        assert watchdog.interlocks.sequence == 0
    assert told.of(SessionResumed) == []


async def test_a_resuming_that_can_not_be_told_does_not_happen(
    layout: Layout, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(layout) as watchdog, gate(layout, clock, Leaves()) as (supervisor, link):
        await link.attached()
        session, tap = await opened(supervisor), Tap()
        session.join(tap, SHELL)
        await reported(layout, session.id)
        await asked(layout, do="pause", session=session.id)
        journal = journal_beside(layout.interlocks)
        full = journal.with_name("full")
        full.symlink_to("/dev/full")
        monkeypatch.setattr(watchdog, "_journal", Journal(full))
        answer = await asked(layout, do="resume", session=session.id)
        assert "Not resumed" in answer["error"]
        assert session.holds == {"paused"}


async def test_what_crossed_is_told_although_nothing_changed(layout: Layout, clock: FrozenClock) -> None:
    async with serving(layout), gate(layout, clock, Leaves()) as (supervisor, link):
        await link.attached()
        session = await opened(supervisor)
        channel = session.join(Tap(), SHELL)
        await reported(layout, session.id)
        session.cross(Kind.TO_VENDOR, channel, b"alarm")
        async with asyncio.timeout(10):
            while True:
                (shown,) = (await asked(layout, do="show"))["gates"]
                if shown["sessions"][0]["bytes_to_vendor"] == 5:
                    break
                await asyncio.sleep(0.05)
