import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from broker.layout import Layout
from broker.watchdog.interlock_file import InterlockFile, journal_beside
from broker.watchdog.interlocks import Interlocks, Isolate
from broker.watchdog.journal import Journal
from broker.watchdog.kill_switch import ask_watchdog
from broker.watchdog.watchdog import Watchdog
from domain.canonical import instant_text
from domain.events import AttendanceChanged, Isolated, Restored, StateChanged
from tests.broker import plant_side
from tests.broker.plant_side import Target, closed_by_peer, small_gate, until
from tests.broker.running import Leaves
from tests.clock import FrozenClock


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    (tmp_path / "run").mkdir()
    return Layout(tmp_path)


@asynccontextmanager
async def serving(
    layout: Layout, leaves: Leaves | None = None, clock: FrozenClock | None = None
) -> AsyncGenerator[Watchdog]:
    watchdog = Watchdog(layout, clock or FrozenClock(), leaves or Leaves())
    task = asyncio.get_running_loop().create_task(watchdog.run())
    while not layout.watchdog_socket.exists():
        await asyncio.sleep(0.01)
    try:
        yield watchdog
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def ask(layout: Layout, line: bytes) -> bytes:
    """What the watchdog answers to these bytes; empty when it hangs up."""
    reader, writer = await asyncio.open_unix_connection(layout.watchdog_socket, limit=2**24)
    try:
        writer.write(line)
        return await reader.readline()
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def asked(layout: Layout, **command: object) -> dict[str, object]:
    return json.loads(await ask(layout, json.dumps(command).encode() + b"\n"))


async def test_an_isolation_is_on_disk_before_it_is_acknowledged_and_told_to_the_ledger(
    layout: Layout,
) -> None:
    leaves = Leaves()
    async with serving(layout, leaves):
        answer = await asked(layout, do="isolate", scope="zone:cell-1", by="kim", reason="smoke")
        assert answer == {"ok": True, "acknowledged": True, "killed": []}
        assert InterlockFile(layout.interlocks).read().isolated == {"zone:cell-1"}
        await asked(layout, do="set-state", zone="cell-1", state="emergency")
        await asked(layout, do="restore", scope="zone:cell-1", by="kim")
        shown = await asked(layout, do="show")
        async with asyncio.timeout(10):
            while len(leaves.events) < 3:
                await asyncio.sleep(0.05)
    assert shown["interlocks"] == {
        "sequence": 3,
        "isolated": [],
        "states": {"cell-1": "emergency"},
        "told": {
            "cell-1": {
                "state": "emergency",
                "by": f"uid:{os.getuid()}",
                "at": instant_text(FrozenClock().now()),
                "reason": "",
            }
        },
        "signals": {},
        "revoked": [],
        "glasses": [],
    }
    isolated, changed, restored = leaves.events
    assert isinstance(isolated, Isolated)
    assert (isolated.scope, isolated.by, isolated.reason) == ("zone:cell-1", "kim", "smoke")
    assert isinstance(changed, StateChanged)
    assert changed.by == f"uid:{os.getuid()}"  # the kernel's word, where the line says nothing
    assert isinstance(restored, Restored)


async def test_the_kill_switch_does_not_wait_for_the_ledger(layout: Layout) -> None:
    leaves = Leaves()
    leaves.answers.clear()  # a signer that never answers
    async with serving(layout, leaves):
        for _ in range(3):
            assert (await asked(layout, do="isolate", scope="all"))["ok"]
    leaves.answers.set()
    async with serving(layout, leaves):  # its leaves outlive the process
        async with asyncio.timeout(10):
            while len(leaves.events) < 3:
                await asyncio.sleep(0.05)


async def test_interlocks_outlive_the_watchdog(layout: Layout) -> None:
    async with serving(layout):
        await asked(layout, do="isolate", scope="vendor:acme")
        await asked(layout, do="revoke", permit="p" * 26)
    async with serving(layout) as watchdog:
        assert watchdog.interlocks.isolated == {"vendor:acme"}
        assert watchdog.interlocks.revoked == {"p" * 26}


@pytest.mark.parametrize("data", [b"", b"garbage", b'{"schema":"penstock-interlocks/1"}'])
async def test_interlocks_that_cannot_be_read_shut_everything_until_somebody_restores(
    data: bytes, layout: Layout, capfd: pytest.CaptureFixture[str]
) -> None:
    layout.interlocks.write_bytes(data)
    leaves = Leaves()
    async with serving(layout, leaves) as watchdog:
        assert watchdog.interlocks.isolated == {"all"}
        await asyncio.sleep(1.2)  # a beat later it is still shut
        assert watchdog.interlocks.isolated == {"all"}
        assert "interlocks_unreadable_everything_is_shut" in "".join(capfd.readouterr())
        assert leaves.of(Isolated)[0].by == "watchdog"
        await asked(layout, do="restore", scope="all", by="kim")
        assert watchdog.interlocks.isolated == frozenset()
    async with serving(layout) as watchdog:
        assert watchdog.interlocks.isolated == frozenset()


async def test_what_was_shut_behind_its_back_is_taken_up(layout: Layout) -> None:
    async with serving(layout) as watchdog:
        InterlockFile(layout.interlocks).change([Isolate("all", "kim", "the watchdog stood still")])
        async with asyncio.timeout(10):
            while "all" not in watchdog.interlocks.isolated:
                await asyncio.sleep(0.05)
        await asked(layout, do="isolate", scope="zone:cell-1")
        assert watchdog.interlocks.isolated == {"all", "zone:cell-1"}


async def test_a_disk_that_is_full_shuts_but_does_not_release(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    async with serving(layout) as watchdog:
        with monkeypatch.context() as patched:
            patched.setattr(InterlockFile, "_replace", full)
            answer = await asked(layout, do="isolate", scope="all")
            assert not answer["ok"]
            assert "not on disk" in str(answer["error"])
            assert watchdog.interlocks.isolated == {"all"}
            answer = await asked(layout, do="restore", scope="all")
            assert "Not released" in str(answer["error"])
            assert watchdog.interlocks.isolated == {"all"}
        async with asyncio.timeout(10):
            while InterlockFile(layout.interlocks).read().isolated != {"all"}:
                await asyncio.sleep(0.05)  # written as soon as the disk takes it
        await asked(layout, do="restore", scope="all")
        assert InterlockFile(layout.interlocks).read().isolated == frozenset()


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"null\n",
        b"[]\n",
        b"{}\n",
        b'{"do":"isolate"}\n',
        b'{"do":"isolate","scope":"../../etc"}\n',
        b'{"do":"isolate","scope":"all","reason":7}\n',
        b'{"do":["show"]}\n',
        b"\xff\xfe\n",
        b"[" * 10_000 + b"\n",
        b'{"do":"isolate","scope":"all","reason":"' + b"x" * 20_000 + b'"}\n',
    ],
)
async def test_lines_that_make_no_sense_are_answered_and_change_nothing(line: bytes, layout: Layout) -> None:
    async with serving(layout) as watchdog:
        answer = json.loads(await ask(layout, line))
        assert answer["ok"] is False
        assert answer["error"]
        assert watchdog.interlocks == Interlocks()
        assert (await asked(layout, do="show"))["ok"]


async def test_a_flood_without_a_line_end_is_cut_off_and_harms_nobody(layout: Layout) -> None:
    async with serving(layout):
        assert await ask(layout, b"x" * (9 * 1024 * 1024)) == b""
        assert (await asked(layout, do="show"))["ok"]


async def test_too_many_connections_are_turned_away_and_the_switch_still_works(layout: Layout) -> None:
    async with serving(layout):
        idle = [socket.socket(socket.AF_UNIX) for _ in range(70)]
        for line in idle:
            line.connect(str(layout.watchdog_socket))
        await asyncio.sleep(0.2)
        assert await ask(layout, b'{"do":"show"}\n') == b""
        for line in idle:
            line.close()
        await asyncio.sleep(0.2)
        assert (await asked(layout, do="isolate", scope="all"))["ok"]


async def test_the_socket_is_for_this_nodes_own_account(layout: Layout) -> None:
    async with serving(layout):
        assert layout.watchdog_socket.stat().st_mode & 0o777 == 0o600


STUBBORN = """
import json, socket, sys
line = socket.socket(socket.AF_UNIX)
line.connect(sys.argv[1])
line.sendall(b'{"do":"attach"}\\n')
for said in line.makefile():
    said = json.loads(said)
    if "interlocks" in said and said["interlocks"]["sequence"] == 0:
        line.sendall(b'{"acknowledge":0}\\n{"sessions":[{"session":"s"}]}\\n')
        print("attached", flush=True)
"""


async def test_a_gate_that_does_not_acknowledge_within_a_second_is_killed(layout: Layout) -> None:
    leaves = Leaves()
    async with serving(layout, leaves):
        gate = await asyncio.create_subprocess_exec(
            sys.executable, "-c", STUBBORN, layout.watchdog_socket, stdout=subprocess.PIPE
        )
        assert gate.stdout is not None
        assert await gate.stdout.readline() == b"attached\n"
        shown = await asked(layout, do="show")
        assert shown["gates"] == [{"pid": gate.pid, "sessions": [{"session": "s"}]}]
        answer = await asked(layout, do="stop", session="s" * 26, by="kim", reason="")
        assert answer == {"ok": True, "acknowledged": False, "killed": [gate.pid]}
        assert await gate.wait() == -signal.SIGKILL
        async with asyncio.timeout(10):
            while not leaves.events:
                await asyncio.sleep(0.05)
    (leaf,) = leaves.of(Isolated)
    assert (leaf.scope, leaf.enforced) == (f"session:{'s' * 26}", f"killed [{gate.pid}]")


async def test_a_gate_that_acknowledges_what_was_never_said_is_cut_off(layout: Layout) -> None:
    async with serving(layout):
        reader, writer = await asyncio.open_unix_connection(layout.watchdog_socket)
        writer.write(b'{"do":"attach"}\n{"acknowledge":0}\n{"acknowledge":1000000}\n')
        while await reader.readline():
            pass
        writer.close()
        assert (await asked(layout, do="show"))["gates"] == []


def test_abuse_04_a_wedged_gate_is_killed_and_both_sides_are_closed(layout: Layout) -> None:
    target = Target()
    with (
        plant_side.watchdog(layout.folder),
        small_gate(layout.folder, target, 600, "linked") as (gate, port),
        socket.create_connection(("127.0.0.1", port)) as vendor,
        socket.create_connection(("127.0.0.1", port)) as bystander,
    ):
        vendor.sendall(b"hello")
        bystander.sendall(b"hello")
        until(lambda: len(target.received) == 10, "the gate forwards")
        vendor.sendall(b"WEDGE")
        answer = ask_watchdog(layout, {"do": "isolate", "scope": "all", "by": "kim", "reason": "now"})
        assert answer["killed"] == [gate.pid]
        assert gate.wait() == -signal.SIGKILL
        assert closed_by_peer(vendor)
        assert closed_by_peer(bystander)
        until(lambda: target.gone == 2, "the asset's sides are closed")
    target.close()
    assert b"WEDGE" not in target.received


def test_h04_a_gate_that_stands_still_is_killed_though_nobody_asks_for_it(layout: Layout) -> None:
    """H04: what it had is closed by the kernel; nothing that waited in it reaches the asset."""
    target = Target()
    with (
        plant_side.watchdog(layout.folder),
        small_gate(layout.folder, target, 600, "linked") as (gate, port),
        socket.create_connection(("127.0.0.1", port)) as vendor,
    ):
        vendor.sendall(b"hello")
        until(lambda: target.received, "the gate forwards")
        gate.send_signal(signal.SIGSTOP)
        vendor.sendall(b"late")
        assert gate.wait() == -signal.SIGKILL
        assert closed_by_peer(vendor)
        until(lambda: target.gone == 1, "the asset's side is closed")
        until(Journal(journal_beside(layout.interlocks)).waiting, "it is told, once that is done")
    target.close()
    assert target.received == b"hello"
    journal = journal_beside(layout.interlocks).read_text()
    assert '"event":"GateStoodStill"' in journal.replace(" ", "")


def test_abuse_04_a_sound_gate_closes_both_sides_itself_and_lives_on(layout: Layout) -> None:
    target = Target()
    with (
        plant_side.watchdog(layout.folder),
        small_gate(layout.folder, target, 600, "linked") as (gate, port),
        socket.create_connection(("127.0.0.1", port)) as vendor,
    ):
        vendor.sendall(b"hello")
        until(lambda: target.received, "the gate forwards")
        answer = ask_watchdog(layout, {"do": "isolate", "scope": "person:ana"})
        assert answer == {"ok": True, "acknowledged": True, "killed": []}
        assert closed_by_peer(vendor)
        until(lambda: target.gone == 1, "the asset's side is closed")
        with socket.create_connection(("127.0.0.1", port)) as again:
            assert closed_by_peer(again)  # reconnection is barred
        assert gate.poll() is None
        assert ask_watchdog(layout, {"do": "restore", "scope": "person:ana"})["acknowledged"]
        with socket.create_connection(("127.0.0.1", port)) as again:
            again.sendall(b"back")
            until(lambda: target.received.endswith(b"back"), "the gate forwards again")
    target.close()


def test_a_watchdog_told_to_end_ends_in_order(layout: Layout) -> None:
    with plant_side.watchdog(layout.folder) as process:
        process.terminate()
        assert process.wait() == 0
        assert not layout.watchdog_socket.exists()


async def test_d11_an_attendant_counts_while_they_say_so_and_leaves_a_leaf_coming_and_going(
    layout: Layout,
) -> None:
    """D11: attendance is the watchdog's memory; its gap shows in the ledger."""
    leaves, clock = Leaves(), FrozenClock()
    async with serving(layout, leaves, clock):
        assert await asked(layout, do="attend", scope="zone:cell-1", by="kim") == {"ok": True}
        assert (await asked(layout, do="show"))["attended"] == [{"scope": "zone:cell-1", "by": "kim"}]
        clock.advance(timedelta(seconds=1.9))
        await asyncio.sleep(0.5)
        assert (await asked(layout, do="show"))["attended"]
        clock.advance(timedelta(seconds=0.1))
        async with asyncio.timeout(10):
            while (await asked(layout, do="show"))["attended"]:
                await asyncio.sleep(0.05)
            while len(leaves.events) < 2:
                await asyncio.sleep(0.05)
    assert [(one.scope, one.by, one.present) for one in leaves.of(AttendanceChanged)] == [
        ("zone:cell-1", "kim", True),
        ("zone:cell-1", "kim", False),
    ]


async def test_who_leaves_is_gone_at_once_and_a_restart_forgets_everybody(layout: Layout) -> None:
    async with serving(layout):
        await asked(layout, do="attend", scope="zone:cell-1", by="kim")
        await asked(layout, do="leave", scope="zone:cell-1", by="kim")
        assert (await asked(layout, do="show"))["attended"] == []
        await asked(layout, do="attend", scope="zone:cell-1", by="kim")
    async with serving(layout):
        assert (await asked(layout, do="show"))["attended"] == []


@pytest.mark.parametrize("scope", ["all", "site:north", "vendor:acme", "session:short", ""])
async def test_only_a_session_or_a_zone_is_attended(layout: Layout, scope: str) -> None:
    async with serving(layout):
        assert "error" in await asked(layout, do="attend", scope=scope, by="kim")


def signals(on: bool, **more: object) -> dict[str, object]:
    key = {"name": "Key switch", "permits": ["maintenance"], "otherwise": "running", "on": on}
    return {"do": "signals", "signals": {"cell-1": key}, "good_for_ms": 2000, **more}


async def in_force(layout: Layout) -> object:
    return (await asked(layout, do="show"))["interlocks"]["states"]  # type: ignore[index,call-overload]


async def test_a_signal_lets_a_person_s_state_stand_and_nothing_else(layout: Layout) -> None:
    leaves = Leaves()
    async with serving(layout, leaves):
        await asked(layout, do="set-state", zone="cell-1", state="maintenance", by="kim", reason="pump 3")
        await asked(layout, **signals(on=False))
        assert await in_force(layout) == {"cell-1": "running"}
        await asked(layout, **signals(on=True))
        assert await in_force(layout) == {"cell-1": "maintenance"}
        await asked(layout, do="set-state", zone="cell-1", state="emergency", by="kim")
        await asked(layout, **signals(on=False))
        assert await in_force(layout) == {"cell-1": "emergency"}, "a person's stricter state stands"
        async with asyncio.timeout(10):
            while len(leaves.of(StateChanged)) < 4:
                await asyncio.sleep(0.05)
    assert [(one.before, one.after, one.by) for one in leaves.of(StateChanged)] == [
        ("", "maintenance", "kim"),
        ("maintenance", "running", "signal:cell-1"),
        ("running", "maintenance", "signal:cell-1"),
        ("maintenance", "emergency", "kim"),
    ]
    assert [one.reason for one in leaves.of(StateChanged)[:2]] == ["pump 3", "Key switch says no"]


async def test_a_signal_that_nobody_says_any_more_is_the_safe_side(layout: Layout) -> None:
    clock = FrozenClock()
    async with serving(layout, clock=clock):
        await asked(layout, do="set-state", zone="cell-1", state="maintenance", by="kim")
        await asked(layout, **signals(on=True))
        for _ in range(3):  # said again in time it stays, and changes nothing
            clock.advance(timedelta(seconds=1.5))
            before = (await asked(layout, do="show"))["interlocks"]
            assert await asked(layout, **signals(on=True)) == {"ok": True}
            assert (await asked(layout, do="show"))["interlocks"] == before
        clock.advance(timedelta(seconds=2))
        async with asyncio.timeout(10):
            while await in_force(layout) != {"cell-1": "running"}:
                await asyncio.sleep(0.05)


async def test_after_a_restart_no_signal_counts_until_it_is_said(layout: Layout) -> None:
    async with serving(layout):
        await asked(layout, do="set-state", zone="cell-1", state="maintenance", by="kim")
        await asked(layout, **signals(on=True))
    async with serving(layout) as watchdog:
        assert watchdog.interlocks.states == {"cell-1": "running"}
        assert InterlockFile(layout.interlocks).read().states == {"cell-1": "running"}


async def test_a_signal_that_the_charter_no_longer_names_holds_nothing(layout: Layout) -> None:
    async with serving(layout):
        await asked(layout, do="set-state", zone="cell-1", state="maintenance", by="kim")
        await asked(layout, **signals(on=False))
        await asked(layout, **signals(on=False, signals={}))
        assert await in_force(layout) == {"cell-1": "maintenance"}


@pytest.mark.parametrize(
    "broken",
    [{"good_for_ms": 0}, {"good_for_ms": 60_001}, {"good_for_ms": "2000"}, {"signals": []}, {"signals": {"cell-1": {}}},
     {"signals": {"cell-1": {"name": "x", "permits": ["party"], "otherwise": "running", "on": True}}}],
    ids=repr,
)  # fmt: skip
async def test_what_is_no_signal_changes_nothing(layout: Layout, broken: dict[str, object]) -> None:
    async with serving(layout) as watchdog:
        before = watchdog.interlocks
        assert "error" in await asked(layout, **signals(on=True, **broken))
        assert watchdog.interlocks == before


async def test_who_set_a_state_when_and_why_is_kept(layout: Layout) -> None:
    async with serving(layout):
        await asked(layout, do="set-state", zone="cell-1", state="start-up", by="kim", reason="priming")
    told = InterlockFile(layout.interlocks).read().told["cell-1"]  # type: ignore[index]
    assert (told.by, told.at, told.reason) == ("kim", instant_text(FrozenClock().now()), "priming")
