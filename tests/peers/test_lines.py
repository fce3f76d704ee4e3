"""Telnet and serial lines behind the SSH door: a stock client in front, Debian's telnetd, socat and ser2net behind."""

import asyncio
import os
import termios
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pexpect
import pytest

from broker.vault.sealed import Credential
from domain.access import Grant, PassageKind
from domain.ids import AssetId
from domain.line import Echoed, Line, LogIn, SerialSettings
from domain.plant import Endpoint, Protocol
from recorder.format.frame import Frame, Kind
from recorder.format.payloads import read
from tests.lines import PASSWORD, OldKit, serial_line, telnetd
from tests.openssh import Client
from tests.peers.gate import GRANTS, PeerGate

WHERE = "ana+old-plc"
ASKS = LogIn("old-plc login:", "Password:", ">")
SHELL = frozenset({Grant(PassageKind.SHELL)})


@asynccontextmanager
async def terminal(client: Client, user: str = WHERE) -> AsyncIterator["pexpect.spawn[bytes]"]:
    line = client.command(user, options=("-tt",))
    child = await asyncio.to_thread(
        pexpect.spawn, line[0], line[1:], env=client.environment(), timeout=20, dimensions=(24, 80)
    )
    try:
        yield child
    finally:
        await asyncio.to_thread(child.close, force=True)


async def expect(child: "pexpect.spawn[bytes]", *words: str | bytes) -> None:
    for word in words:
        await asyncio.to_thread(child.expect_exact, word)


async def ended(child: "pexpect.spawn[bytes]") -> int | None:
    await asyncio.to_thread(child.expect, pexpect.EOF)
    await asyncio.to_thread(child.close)
    return child.exitstatus


def place(gate: PeerGate, kit: OldKit, protocol: Protocol, line: Line | None = None) -> Client:
    """The kit as ``old-plc`` in the plant, its credential in the vault, and Ana with a permit for a shell on it."""
    gate.place("old-plc", Endpoint(protocol, ip_address("127.0.0.1"), kit.port, line=line))
    gate.credentials[AssetId("old-plc")] = Credential("maint", password=PASSWORD)
    client = gate.person("ana")
    gate.permit("ana", "old-plc", grants=SHELL)
    return client


def said(frames: list[Frame], kind: Kind) -> bytes:
    return b"".join(one.payload for one in frames if one.kind is kind)


def marks(frames: list[Frame]) -> list[str]:
    return [read(one.payload)["mark"] for one in frames if one.kind is Kind.MARK]


async def test_the_gate_signs_in_at_a_telnet_asset_and_nobody_sees_with_what(
    gate: PeerGate, tmp_path: Path
) -> None:
    async with telnetd(tmp_path / "kit") as kit:
        client = place(gate, kit, Protocol.TELNET, Line(log_in=ASKS))
        async with terminal(client) as child:
            await expect(child, "over telnet, in the clear", "Pump house", "> ")
            shown = child.before
            child.send("size\r")
            await expect(child, "size 80x24", "> ")
            child.setwinsize(40, 132)
            await kit.hears("size")
            child.send("term\r")
            await expect(child, "term xterm-256color", "> ")
            child.send("size\r")
            await expect(child, "size 132x40", "> ")
            child.send("exit\r")
            await expect(child, "bye")
            assert await ended(child) == 0
        (frames,) = await gate.recorded()
    assert kit.heard() == ["started", "signed in", "size", "term", "size", "exit"]
    everything = b"".join(one.payload for one in frames)
    assert PASSWORD.encode() not in everything + shown
    assert b"maint" not in everything + shown
    assert b"size\r" in said(frames, Kind.TO_ASSET)
    assert b"size 132x40" in said(frames, Kind.TO_VENDOR)
    assert "cleartext" in marks(frames)
    assert b"\xff" not in said(frames, Kind.TO_VENDOR)


async def test_what_is_typed_while_the_asset_does_not_echo_is_not_recorded_and_an_interrupt_arrives(
    gate: PeerGate, tmp_path: Path
) -> None:
    async with telnetd(tmp_path / "kit", asks=False) as kit:
        client = place(gate, kit, Protocol.TELNET)
        async with terminal(client) as child:
            await expect(child, "> ")
            child.send("secret\r")
            await expect(child, "Enter PIN: ")
            child.send("4711-0815\r")
            await expect(child, "taken", "> ")
            child.send("wait\r")
            await expect(child, "waiting")
            child.send(b"\x03")
            await expect(child, "interrupted")
        (frames,) = await gate.recorded()
    assert b"4711" not in b"".join(one.payload for one in frames)
    assert any(one.kind is Kind.HIDDEN for one in frames)
    assert b"secret\r" in said(frames, Kind.TO_ASSET)


async def test_an_asset_that_asks_otherwise_gets_no_secret_and_the_vendor_is_told(
    gate: PeerGate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("broker.conduits.lines.LOG_IN_S", 1.5)
    async with telnetd(tmp_path / "kit") as kit:
        client = place(gate, kit, Protocol.TELNET, Line(log_in=replace(ASKS, prompt="new-plc login:")))
        result = await client.ssh(WHERE, options=("-tt",))
        assert (result.status, "refused [log_in_unexpected]" in result.complaint) == (77, True)
        assert (await gate.seen("PassageRefused"))[0].code == "log_in_unexpected"
        gate.place(
            "old-plc", Endpoint(Protocol.TELNET, ip_address("127.0.0.1"), kit.port, line=Line(log_in=ASKS))
        )
        gate.credentials[AssetId("old-plc")] = Credential("maint", password="another")
        wrong = await client.ssh(WHERE, options=("-tt",))
        assert wrong.status == 69
        assert "did not accept the credential" in wrong.complaint
        assert kit.heard() == ["started", "started"]
        for frames in await gate.recorded(2):
            assert b"another" not in b"".join(one.payload for one in frames)


async def test_a_line_has_a_shell_and_nothing_else(gate: PeerGate, tmp_path: Path) -> None:
    async with telnetd(tmp_path / "kit", asks=False) as kit:
        client = place(gate, kit, Protocol.TELNET)
        gate.permit("ana", "old-plc", grants=GRANTS | {Grant(PassageKind.FORWARD)})
        (tmp_path / "file").write_bytes(b"x")
        for result in (
            await client.ssh(WHERE, "show"),
            await client.sftp(WHERE, "ls\n"),
            await client.scp(str(tmp_path / "file"), f"{WHERE}@{{gate}}:file", "-O"),
        ):
            assert "refused [shell_only]" in result.complaint
        forwarded = await client.ssh("ana", options=("-W", f"old-plc:{kit.port}"))
        assert "refused [shell_only]" in forwarded.complaint
        left = await gate.seen("PassageRefused", 4)
        assert {one.code for one in left} == {"shell_only"}
        assert kit.connections == 0
        async with terminal(client) as child:
            await expect(child, "> ")


async def test_a_serial_line_is_what_the_terminal_server_makes_of_it(gate: PeerGate, tmp_path: Path) -> None:
    async with serial_line(tmp_path / "kit", asks=True) as kit:
        client = place(gate, kit, Protocol.SERIAL, Line(log_in=ASKS))
        async with terminal(client) as child:
            await expect(child, "over serial, in the clear", "> ")
            child.send("status\r")
            await expect(child, "said status", "> ")
        (frames,) = await gate.recorded()
    assert PASSWORD.encode() not in b"".join(one.payload for one in frames)
    assert kit.heard()[-1] == "status"


async def test_a_serial_port_is_set_by_rfc_2217_before_anybody_types(gate: PeerGate, tmp_path: Path) -> None:
    async with serial_line(tmp_path / "kit", rfc2217=True) as kit:
        client = place(gate, kit, Protocol.SERIAL, Line(settings=SerialSettings(19200)))
        async with terminal(client) as child:
            await expect(child, "in the clear")
            child.send("\r")
            await expect(child, "> ")
            assert kit.serial_port is not None
            port = os.open(kit.serial_port, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
            try:
                assert termios.tcgetattr(port)[4:6] == [termios.B19200, termios.B19200]
            finally:
                os.close(port)
            child.send("grün \xff\r".encode())
            await expect(child, "said grün".encode())
        await gate.recorded()


async def test_a_session_that_ends_closes_the_line_on_both_sides(gate: PeerGate, tmp_path: Path) -> None:
    async with telnetd(tmp_path / "kit", asks=False) as kit:
        client = place(gate, kit, Protocol.TELNET, Line(echo=Echoed.LINE))
        async with terminal(client) as child:
            await expect(child, "> ")
            session = gate.supervisor.sessions()[0]
            await gate.supervisor.end(f"session:{session.session}", "revoked")
            assert await ended(child) not in {0, None}
        (frames,) = await gate.recorded()
        assert frames
        assert kit.connections == 1


class Shouter:
    """An asset that does not behave."""

    def __init__(self, says: bytes) -> None:
        self.says = says
        self.told = bytearray()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(self.says)
        try:
            while data := await reader.read(4096):
                self.told += data
        except ConnectionResetError:
            pass
        finally:
            writer.close()


@asynccontextmanager
async def shouter(gate: PeerGate, says: bytes) -> AsyncIterator[tuple[Shouter, Client]]:
    one = Shouter(says)
    server = await asyncio.start_server(one.serve, "127.0.0.1", 0)
    async with server:
        kit = OldKit(server.sockets[0].getsockname()[1], Path("/nonexistent"))
        yield one, place(gate, kit, Protocol.TELNET)


async def test_a_storm_of_options_ends_the_session_with_a_leaf_and_a_reason(gate: PeerGate) -> None:
    async with shouter(gate, b"ready> " + b"\xff\xfb\x05" * 100_000) as (_, client):
        async with terminal(client) as child:
            await expect(child, "ready> ", "refused [telnet_storm]")
            assert await ended(child) == 77
        (frames,) = await gate.recorded()
    assert "cut" in marks(frames)
    assert (await gate.seen("PassageRefused"))[0].code == "telnet_storm"


async def test_where_the_asset_declines_to_echo_the_gate_shows_what_is_typed_and_vendors_bytes_stay_data(
    gate: PeerGate,
) -> None:
    async with shouter(gate, b"\xff\xfc\x01> ") as (asset, client):
        async with terminal(client) as child:
            await expect(child, "> ")
            child.send(b"show \xff\xfb\x01\r")
            await expect(child, "show ")
            async with asyncio.timeout(20):
                while b"\r\0" not in asset.told:
                    await asyncio.sleep(0.02)
        (frames,) = await gate.recorded()
    assert bytes(asset.told).endswith(b"show \xff\xff\xfb\x01\r\0")
    assert said(frames, Kind.TO_ASSET).startswith(b"show")
