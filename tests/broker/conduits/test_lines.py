"""One terminal over a line, at the ends that no well-behaved peer shows; whole sessions are in tests/peers/test_lines.py."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address

import pytest

from broker.conduits.lines import MOST_EARLY_BYTES, LineChannel, LineError, LineTarget
from broker.conduits.target import UnreachableError
from broker.vault.sealed import Credential
from domain.line import Echoed, Line, LogIn, SerialSettings
from domain.plant import Endpoint, Protocol

MAINT = Credential("maint", password="tops3cret")
ASKS = Line(log_in=LogIn("", "Password:", ">"))


@dataclass
class Screen:
    """The passage's side of a line."""

    shown: bytearray = field(default_factory=bytearray)
    calls: list[str] = field(default_factory=list)
    told: asyncio.Event = field(default_factory=asyncio.Event)

    def show(self, data: bytes) -> None:
        self.shown += data
        self.told.set()

    def eof_received(self) -> bool:
        return self._call("eof")

    def exit_status_received(self, status: int) -> None:
        self._call(f"exit {status}")

    def connection_lost(self, exc: Exception | None) -> None:
        self._call("lost" if exc else "closed")

    def pause_writing(self) -> None:
        self._call("pause")

    def resume_writing(self) -> None:
        self._call("resume")

    def say(self, text: str) -> None:
        self._call(text)

    def cut(self, code: str, sentence: str) -> None:
        self._call(f"cut {code}")

    def _call(self, what: str) -> bool:
        self.calls.append(what)
        self.told.set()
        return True

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not true():
                self.told.clear()
                await self.told.wait()


@dataclass
class Kit:
    """A server that says one thing and keeps what it is told."""

    says: bytes
    hangs_up: bool = False
    port: int = 0
    told: bytearray = field(default_factory=bytearray)
    writer: asyncio.StreamWriter | None = None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        writer.write(self.says)
        try:
            while not self.hangs_up and (data := await reader.read(4096)):
                self.told += data
        except ConnectionError:
            pass
        finally:
            writer.close()


@asynccontextmanager
async def kit(says: bytes, *, hangs_up: bool = False) -> AsyncIterator[Kit]:
    one = Kit(says, hangs_up)
    server = await asyncio.start_server(one.serve, "127.0.0.1", 0)
    one.port = server.sockets[0].getsockname()[1]
    async with server:
        yield one


def end(port: int, line: Line | None = None, protocol: Protocol = Protocol.SERIAL) -> Endpoint:
    return Endpoint(protocol, ip_address("127.0.0.1"), port, line=line)


async def begun(endpoint: Endpoint, credential: Credential | None = None) -> tuple[LineChannel, Screen]:
    channel, screen = LineTarget(endpoint, credential).channel(), Screen()
    assert await channel.begin(screen, "shell", b"", {}, None)
    channel.pass_to(screen.show, object())
    return channel, screen


async def test_who_hangs_up_in_order_ends_with_status_zero() -> None:
    async with kit(b"bye", hangs_up=True) as asset:
        channel, screen = await begun(end(asset.port))
        await screen.until(lambda: "closed" in screen.calls)
    assert screen.calls == ["eof", "exit 0", "closed"]
    assert screen.shown == b"bye"
    assert channel.sealed


async def test_a_connection_that_breaks_is_told_as_lost() -> None:
    async with kit(b"> ") as asset:
        channel, screen = await begun(end(asset.port))
        await screen.until(lambda: screen.shown == b"> ")
        assert asset.writer is not None
        asset.writer.transport.abort()
        channel.write(b"x")
        await screen.until(lambda: bool({"lost", "closed"} & set(screen.calls)))
        channel.write(b"dropped")
    assert channel.sealed


async def test_a_session_that_is_over_opens_nothing() -> None:
    async with kit(b"> ") as asset:
        target = LineTarget(end(asset.port), None)
        assert target.closed()
        target.abort()
        with pytest.raises(UnreachableError):
            await target.channel().begin(Screen(), "shell", b"", {}, None)
        open_one = LineTarget(end(asset.port), None)
        channel = open_one.channel()
        assert await channel.begin(Screen(), "shell", b"", {}, None)
        assert not open_one.closed()
        open_one.abort()
        async with asyncio.timeout(20):
            while not open_one.closed():
                await asyncio.sleep(0.01)
        with pytest.raises(UnreachableError):
            await LineTarget(end(1), None).channel().begin(Screen(), "shell", b"", {}, None)


async def test_an_asset_that_floods_before_anybody_looks_is_left() -> None:
    async with kit(b"x" * (MOST_EARLY_BYTES * 8)) as asset:
        waits = Line(settings=SerialSettings(9600))
        with pytest.raises(LineError) as told:
            await LineTarget(end(asset.port, waits), None).channel().begin(Screen(), "shell", b"", {}, None)
    assert told.value.code == "line_floods"


async def test_an_asset_that_hangs_up_before_it_asked_gets_nothing() -> None:
    async with kit(b"Pass", hangs_up=True) as asset:
        with pytest.raises(UnreachableError):
            await LineTarget(end(asset.port, ASKS), MAINT).channel().begin(Screen(), "shell", b"", {}, None)
    assert b"tops3cret" not in asset.told


async def test_a_terminal_server_that_is_silent_about_its_port_opens_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("broker.conduits.lines.SETTLE_S", 0.05)
    async with kit(b"") as asset:
        waits = Line(settings=SerialSettings(9600))
        with pytest.raises(LineError) as told:
            await LineTarget(end(asset.port, waits), None).channel().begin(Screen(), "shell", b"", {}, None)
    assert told.value.code == "line_not_set"


@pytest.mark.parametrize(
    "credential", [Credential("m", password="a\rb"), Credential("m", private_key_pem="x")]
)
async def test_what_can_not_be_typed_is_not(credential: Credential) -> None:
    async with kit(b"Password: ") as asset:
        with pytest.raises(LineError) as told:
            await (
                LineTarget(end(asset.port, ASKS), credential)
                .channel()
                .begin(Screen(), "shell", b"", {}, None)
            )
    assert told.value.code == "no_credential"
    assert not asset.told


async def test_a_raw_line_says_what_it_can_not_pass_on_and_the_gate_echoes_where_the_charter_says_so() -> (
    None
):
    async with kit(b"> ") as asset:
        channel, screen = await begun(end(asset.port, Line(echo=Echoed.GATE)))
        await screen.until(lambda: screen.shown == b"> ")
        channel.write(b"run\r")
        assert screen.shown == b"> run\r\n"
        for ask in (
            lambda: channel.send_exact_signal("INT"),
            lambda: channel.send_exact_break(500),
            lambda: channel.send_exact_signal("KILL"),
            lambda: channel.change_terminal_size(80, 24),
        ):
            ask()
        assert len(screen.calls) == 2
        channel.abort()
        await screen.until(lambda: channel.sealed)


async def test_an_asset_that_does_not_read_is_read_no_further() -> None:
    async with kit(b"> ") as asset:
        channel, screen = await begun(end(asset.port))
        channel.asset_slow()
        channel.resume_reading()  # the vendor could take more; the asset still can't
        assert channel._leg is not None
        assert not channel._leg.is_reading()
        channel.pause_reading()
        channel.asset_ready()
        assert not channel._leg.is_reading()
        channel.resume_reading()
        assert channel._leg.is_reading()
        assert screen.calls == ["pause", "resume"]
        channel.abort()
        await screen.until(lambda: channel.sealed)
