import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from typing import Any

import pytest

from broker.conduits.relay import Relay
from broker.conduits.tcp.filter import Opaque
from broker.conduits.tcp.tls import TlsError
from domain.output import Answer, Cut, Output, ToAsset, ToVendor
from domain.plant import Endpoint, Protocol
from domain.web import Web
from recorder.format.frame import Kind


@dataclass
class Session:
    """Records what crosses; may say that it is over."""

    crossed: list[tuple[Kind, bytes]] = field(default_factory=list)
    noted: list[Kind] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    over: bool = False

    def cross(self, kind: Kind, channel: int, data: bytes) -> bool:
        if not self.over:
            self.crossed.append((kind, data))
        return not self.over

    def note(self, kind: Kind, channel: int, payload: bytes) -> None:
        self.noted.append(kind)

    def leave(self, channel: int, *, job_ended: bool = True) -> None:
        self.left.append(channel)


@dataclass
class Channel:
    """The vendor's side, remembering what it was told."""

    sent: bytearray = field(default_factory=bytearray)
    calls: list[str] = field(default_factory=list)
    sealed: bool = False
    over: bool = False
    sink: Any = None

    def pass_to(self, sink: Any, party: object) -> None:
        self.sink = sink

    def is_closing(self) -> bool:
        return self.over

    def write(self, data: bytes) -> None:
        self.sent += data

    def write_eof(self) -> None:
        self.calls.append("eof")

    def close(self) -> None:
        self.over = self.sealed = True
        self.calls.append("close")

    def abort(self) -> None:
        self.over = self.sealed = True
        self.calls.append("abort")

    def pause_reading(self) -> None:
        self.calls.append("pause")

    def resume_reading(self) -> None:
        self.calls.append("resume")


class Suspicious:
    """Answers what begins with A, cuts at what begins with C, hides what begins with S, passes the rest; says when all is over."""

    def from_vendor(self, data: bytes) -> Iterable[Output]:
        match data[:1]:
            case b"A":
                yield Answer("not_this", "Not this.", b"no")
            case b"C":
                yield Cut("write_refused", "No writing.")
            case b"S":
                yield ToAsset(data, recorded=b"S (not recorded)", secret="a password")
            case _:
                yield ToAsset(data)

    def from_asset(self, data: bytes) -> Iterable[Output]:
        return Opaque().from_asset(data)

    def asset_ended(self) -> Iterable[Output]:
        yield ToVendor(b"that was all")


class Sealed(Suspicious):
    """Turns round on either line what it lets through."""

    def for_asset(self, data: bytes) -> bytes:
        return data[::-1]

    def for_vendor(self, data: bytes) -> bytes:
        return data[::-1]


@dataclass
class Device:
    """A listening asset that remembers what reached it."""

    endpoint: Endpoint
    server: asyncio.Server
    received: bytearray = field(default_factory=bytearray)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    writer: Any = None


@asynccontextmanager
async def device() -> AsyncIterator[Device]:
    made: list[Device] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        made[0].writer = writer
        while data := await reader.read(65536):
            made[0].received += data
        made[0].ended.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    made.append(Device(Endpoint(Protocol.TCP, ip_address("127.0.0.1"), port), server))
    async with server:
        yield made[0]
        if made[0].writer is not None:
            made[0].writer.close()


async def relayed(filter_: Any, to: Device) -> tuple[Relay, Session, Channel]:
    session, channel = Session(), Channel()
    relay = Relay(session, filter_)
    relay.number = 1
    await relay.open(to.endpoint)
    relay.connection_made(channel)
    return relay, session, channel


async def until(claim: Any) -> None:
    async with asyncio.timeout(10):
        while not claim():
            await asyncio.sleep(0.005)


async def test_what_crosses_is_recorded_and_then_passed_on() -> None:
    async with device() as asset:
        relay, session, channel = await relayed(Opaque(), asset)
        relay.data_received(b"hello", None)
        await until(lambda: asset.received == b"hello")
        asset.writer.write(b"there")
        await until(lambda: channel.sent == b"there")
        assert session.crossed == [(Kind.TO_ASSET, b"hello"), (Kind.TO_VENDOR, b"there")]
        relay.finish("test", "", 0)
        await until(relay.closed)
        assert session.left == [1]


async def test_once_the_session_says_no_nothing_is_passed_on() -> None:
    async with device() as asset:
        relay, session, _ = await relayed(Opaque(), asset)
        session.over = True
        relay.data_received(b"late", None)
        relay.finish("window_end", "", 77)
        await asset.ended.wait()
        assert asset.received == b""


async def test_an_answer_in_the_asset_s_place_never_reaches_it() -> None:
    async with device() as asset:
        relay, _, channel = await relayed(Suspicious(), asset)
        relay.data_received(b"A write", None)
        assert channel.sent == b"no"
        relay.finish("test", "", 0)
        await asset.ended.wait()
        assert asset.received == b""


async def test_what_is_secret_reaches_the_asset_and_the_recording_has_something_in_its_place() -> None:
    """A07: a credential of the plant's."""
    async with device() as asset:
        relay, session, _ = await relayed(Suspicious(), asset)
        relay.data_received(b"Secret", None)
        await until(lambda: asset.received == b"Secret")
        assert session.crossed == [(Kind.TO_ASSET, b"S (not recorded)")]
        relay.finish("test", "", 0)
        await asset.ended.wait()


async def test_a_filter_that_hears_of_the_end_has_the_last_word() -> None:
    async with device() as asset:
        relay, session, channel = await relayed(Suspicious(), asset)
        relay.data_received(b"hello", None)
        await until(lambda: asset.received == b"hello")
        asset.writer.write(b"there, ")
        asset.writer.write_eof()
        await until(lambda: "eof" in channel.calls)
        assert channel.sent == b"there, that was all"
        assert session.crossed[-1] == (Kind.TO_VENDOR, b"that was all")
        relay.finish("test", "", 0)
        await asset.ended.wait()


async def test_where_the_lines_are_sealed_what_is_recorded_is_not() -> None:
    async with device() as asset:
        relay, session, channel = await relayed(Sealed(), asset)
        relay.data_received(b"hello", None)
        await until(lambda: asset.received == b"olleh")
        asset.writer.write(b"there")
        await until(lambda: channel.sent == b"ereht")
        assert session.crossed == [(Kind.TO_ASSET, b"hello"), (Kind.TO_VENDOR, b"there")]
        relay.finish("test", "", 0)
        await until(relay.closed)


async def test_a_session_that_ends_while_tls_is_agreed_leaves_no_connection() -> None:
    async with device() as asset:
        session = Session()
        relay = Relay(session, Opaque())
        relay.number = 1
        web = Web(certificates=("key sha256:" + "0" * 64,))
        opening = asyncio.ensure_future(relay.open(replace(asset.endpoint, web=web)))
        await until(lambda: asset.received)  # its first words, which this device never answers
        relay.finish("window_end", "", 77)
        assert not relay.closed()
        with pytest.raises(TlsError):
            await opening
        assert relay.closed()
        await asset.ended.wait()


async def test_a_cut_closes_both_sides_and_leaves_a_mark() -> None:
    async with device() as asset:
        relay, session, channel = await relayed(Suspicious(), asset)
        relay.data_received(b"C", None)
        await until(relay.closed)
        assert Kind.MARK in session.noted
        assert channel.calls[-1] == "abort"


async def test_each_direction_ends_on_its_own() -> None:
    async with device() as asset:
        relay, session, channel = await relayed(Opaque(), asset)
        assert relay.eof_received() is True
        await asset.ended.wait()
        assert "close" not in channel.calls
        asset.writer.write(b"answer after the end")
        asset.writer.write_eof()
        await until(lambda: "eof" in channel.calls)
        assert channel.sent == b"answer after the end"
        await until(lambda: session.left == [1])


async def test_a_slow_side_stops_the_other() -> None:
    async with device() as asset:
        relay, _, channel = await relayed(Opaque(), asset)
        relay.asset_slow()
        relay.asset_ready()
        assert channel.calls == ["pause", "resume"]
        relay.pause_writing()
        assert relay._asset is not None
        assert not relay._asset.is_reading()
        relay.resume_writing()
        assert relay._asset.is_reading()
        relay.finish("test", "", 0)
        await until(relay.closed)


@pytest.mark.parametrize("gone", ["vendor", "asset"])
async def test_when_one_side_goes_the_other_follows(gone: str) -> None:
    async with device() as asset:
        relay, session, channel = await relayed(Opaque(), asset)
        if gone == "vendor":
            channel.sealed = True
            relay.connection_lost(None)
            await asset.ended.wait()
        else:
            await until(lambda: asset.writer is not None)
            # With a reset, not an end: after a mere end the vendor may still send.
            sock = asset.writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            asset.writer.transport.abort()
            await until(lambda: channel.calls[-1:] == ["close"])
        await until(relay.closed)
        assert session.left == [1]


@pytest.mark.parametrize("filter_", [Opaque(), Suspicious()], ids=["opaque", "a filter that passes it on"])
async def test_over_an_outbound_way_nothing_goes_in_whatever_the_filter_says(filter_: Any) -> None:
    told: list[int] = []
    async with device() as asset:
        session, channel = Session(), Channel()
        relay = Relay(session, filter_, told.append)
        relay.number = 1
        await relay.open(asset.endpoint)
        relay.connection_made(channel)
        await until(lambda: asset.writer is not None)
        asset.writer.write(b"reading")
        await until(lambda: channel.sent == b"reading")
        relay.eof_received()
        relay.data_received(b"write", None)
        relay.data_received(b"again", None)
        await until(asset.ended.is_set)
    assert told == [5]
    assert asset.received == b""
    assert [kind for kind, _ in session.crossed] == [Kind.TO_VENDOR]
    assert "abort" in channel.calls
