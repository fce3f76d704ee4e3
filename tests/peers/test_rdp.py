"""An RDP desktop of an asset, worked at by a VNC viewer through a stock OpenSSH, the gate and its engine."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from broker.conduits.vnc.recorded import screens
from broker.reading.transactions import transactions
from broker.vault.sealed import Credential
from broker.vault.store import entry_of
from domain.access import Action
from domain.ids import AssetId
from domain.plant import Protocol
from domain.web import Web
from recorder.format.frame import Kind
from recorder.format.payloads import read
from tests.peers.gate import PeerGate
from tests.peers.tunnel import tunnel
from tests.rdp_server import PASSWORD, USER, asks_for_nla, processes, relayed, xrdp
from tests.viewer import Viewer, viewer
from tests.vnc_server import vnc_server

VIEW = frozenset({Action.VIEW})
WORK = VIEW | {Action.OPERATE}
RETURN = 0xFF0D
LETTER = 0x61


def keep(gate: PeerGate, password: str = PASSWORD) -> None:
    """Have the plant keep what its RDP server is signed in to with."""
    gate.credentials[entry_of(AssetId("plc-07"), Protocol.RDP)] = Credential(USER, password=password)


async def shown(seen: Viewer) -> bytes:
    """The screen, once the asset has drawn something on it."""
    async with asyncio.timeout(20):
        while len(set(drawn := await seen.look())) == 1:
            pass
    return drawn


async def refused(gate: PeerGate, port: int, web: Web | None) -> None:
    """Try to come in, and see the connection closed without a word of RFB."""
    async with tunnel(gate, Protocol.RDP, port, VIEW, web=web) as local:
        reader, writer = await asyncio.open_connection("127.0.0.1", local)
        async with asyncio.timeout(30):
            assert await reader.read() == b""
        writer.close()


async def test_a_desktop_is_seen_and_worked_at_as_the_permit_says_and_nothing_of_the_engine_is_left(
    gate: PeerGate, tmp_path: Path
) -> None:
    """C11, D13, D15: under view its window is told of nothing; under operate of keys and clicks; no channel for files or clipboard."""
    keep(gate)
    async with vnc_server(tmp_path / "x") as desk, xrdp(tmp_path / "r", desk) as asset:
        async with (
            tunnel(gate, Protocol.RDP, asset.port, VIEW, web=asset.web) as local,
            viewer(local) as seen,
        ):
            assert (seen.offered, seen.width, seen.height) == (b"\1", 320, 240)
            await shown(seen)
            seen.key(LETTER)
            seen.click(20, 20)
            seen.cut(b"typed elsewhere")
            await seen.look()
            (engine,) = gate.desktops.pids()
            running = processes(engine)
            assert {one.split("\0")[0] for one in running.values()} >= {"Xtigervnc", "xfreerdp"}
            assert not any(PASSWORD in one for one in running.values())
        await asset.left()
        assert desk.events() == []
        assert "cliprdr" not in asset.channels()
        async with (
            tunnel(gate, Protocol.RDP, asset.port, WORK, web=asset.web) as local,
            viewer(local) as seen,
        ):
            await shown(seen)
            seen.click(20, 20)
            for letter in b"secret":
                seen.key(letter)
            seen.key(RETURN)
            told = await desk.told("KeyRelease", 7)
            assert told.count("KeyPress event") == 7
            assert told[:2] == ["ButtonPress event", "ButtonRelease event"]
    looked, worked = await gate.recorded(2)
    assert not any(map(processes, running))
    leaves = await gate.seen("PassageRefused", 3)
    assert [leaf.code for leaf in leaves] == ["rdp_function_not_permitted"] * 2 + [
        "rdp_clipboard_not_permitted"
    ]
    marks = [read(frame.payload) for frame in looked if frame.kind is Kind.MARK]
    assert [mark["code"] for mark in marks if mark.get("mark") == "answered"] == [one.code for one in leaves]
    assert [(one.outcome, one.what) for one in transactions(worked)] == [
        ("done", "the screen of rdp, 320 by 240"),
        ("done", "1 click"),
        ("done", "7 keys pressed, among them Return"),
    ]
    assert list(screens(worked)) == [1]
    assert PASSWORD not in repr([frame.payload for frame in looked + worked])


async def test_a_desktop_that_is_not_the_pinned_one_is_sent_no_password(
    gate: PeerGate, tmp_path: Path
) -> None:
    """Neither one that is another at first sight, nor one that takes its place between the look and the sign-in."""
    keep(gate)
    async with (
        vnc_server(tmp_path / "x") as desk,
        xrdp(tmp_path / "r", desk) as asset,
        asks_for_nla(tmp_path / "n", desk) as other,
        relayed(asset.port, other.port) as turned,
    ):
        await refused(gate, asset.port, other.web)
        await refused(gate, turned, asset.web)
        assert "NLA" not in other.said()
        assert asset.channels() == []
    codes = [leaf.code for leaf in await gate.seen("PassageRefused", 2)]
    assert codes == ["certificate_mismatch"] * 2
    alarms = await gate.seen("HostKeyMismatch", 2)
    assert asset.web.certificates[0] in alarms[0].shown
    assert gate.desktops.pids() == ()


async def test_a_vendor_reads_why_there_is_no_way_in(gate: PeerGate, tmp_path: Path) -> None:
    """C11: nothing kept, a wrong password under NLA, nothing pinned, no such program; and the right one gets in."""
    async with vnc_server(tmp_path / "x") as desk, asks_for_nla(tmp_path / "n", desk) as asset:
        await refused(gate, asset.port, asset.web)
        keep(gate, "wrong")
        await refused(gate, asset.port, asset.web)
        keep(gate)
        await refused(gate, asset.port, None)
        with lacking(gate):
            await refused(gate, asset.port, asset.web)
        async with (
            tunnel(gate, Protocol.RDP, asset.port, VIEW, web=asset.web) as local,
            viewer(local) as seen,
        ):
            await shown(seen)
    leaves = await gate.seen("PassageRefused", 4)
    assert [leaf.code for leaf in leaves] == [
        "rdp_no_password",
        "rdp_not_let_in",
        "rdp_not_pinned",
        "rdp_engine_missing",
    ]
    assert leaves[-1].sentence.startswith("The gate's machine has no Xtigervnc and no xfreerdp")


@contextmanager
def lacking(gate: PeerGate) -> Iterator[None]:
    """A machine without the programs."""
    known = gate.desktops.command
    without = "from broker.conduits.rdp import engine, programs; programs.PATH = '/nowhere'; engine.main()"
    gate.desktops.command = (sys.executable, "-P", "-c", without)
    yield
    gate.desktops.command = known
