"""A TCP connection of the gate's own: all that is written arrives, and each direction ends on its own."""

import asyncio
import random
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from broker.conduits.tcp.leg import HIGH_BYTES, Leg


@dataclass
class Owner:
    """Remembers what it was told."""

    got: bytearray = field(default_factory=bytearray)
    told: list[str] = field(default_factory=list)
    party: object = None

    def asset_sent(self, data: memoryview) -> None:
        self.got += data

    def asset_ended(self) -> None:
        self.told.append("ended")

    def asset_slow(self) -> None:
        self.told.append("slow")

    def asset_ready(self) -> None:
        self.told.append("ready")

    def asset_gone(self) -> None:
        self.told.append("gone")


@asynccontextmanager
async def connected() -> AsyncIterator[tuple[Leg, Owner, socket.socket]]:
    listening = socket.create_server(("127.0.0.1", 0))
    near = socket.create_connection(listening.getsockname())
    far, _ = listening.accept()
    for sock in (near, far):
        sock.setblocking(False)
    owner = Owner()
    leg = Leg(near, owner)
    try:
        yield leg, owner, far
    finally:
        leg.abort()
        await asyncio.sleep(0)
        far.close()
        listening.close()


async def until(claim: object) -> None:
    async with asyncio.timeout(10):
        while not claim():  # type: ignore[operator]
            await asyncio.sleep(0.001)


async def taken(far: socket.socket, size: int) -> bytes:
    data = bytearray()
    loop = asyncio.get_running_loop()
    while len(data) < size and (got := await loop.sock_recv(far, 100_000)):
        data += got
    return bytes(data)


async def test_nothing_is_read_until_told_to_and_then_all() -> None:
    async with connected() as (leg, owner, far):
        await asyncio.get_running_loop().sock_sendall(far, b"early")
        await asyncio.sleep(0.05)
        assert not owner.got
        leg.resume_reading()
        await until(lambda: owner.got == b"early")
        leg.pause_reading()
        await asyncio.get_running_loop().sock_sendall(far, b" late")
        await asyncio.sleep(0.05)
        assert owner.got == b"early"
        leg.resume_reading()
        await until(lambda: owner.got == b"early late")


@pytest.mark.parametrize("seed", range(3))
async def test_what_a_slow_asset_has_not_taken_waits_in_order(seed: int) -> None:
    chance = random.Random(seed)
    async with connected() as (leg, owner, far):
        sent = bytearray()
        while "slow" not in owner.told:
            piece = chance.randbytes(chance.choice((1, 1000, 100_000)))
            leg.write(memoryview(piece))
            sent += piece
        assert len(leg._unsent) > HIGH_BYTES
        leg.write_eof()
        assert await taken(far, len(sent) + 1) == bytes(sent)  # and then the end
        assert owner.told == ["slow", "ready"]


async def test_each_direction_ends_on_its_own() -> None:
    async with connected() as (leg, owner, far):
        leg.resume_reading()
        leg.write(b"question")
        leg.write_eof()
        leg.write(b"too late")
        assert await taken(far, 100) == b"question"
        await asyncio.get_running_loop().sock_sendall(far, b"answer")
        far.shutdown(socket.SHUT_WR)
        await until(lambda: owner.told == ["ended"])
        assert owner.got == b"answer"
        assert not leg.is_reading()


async def test_closing_sends_what_waits_and_aborting_drops_it() -> None:
    for end, whole in (("close", True), ("abort", False)):
        async with connected() as (leg, owner, far):
            data = bytes(8 * 1024 * 1024)
            leg.write(data)
            getattr(leg, end)()
            assert leg.is_closing()
            try:
                assert (len(await taken(far, len(data) + 1)) == len(data)) is whole
            except ConnectionResetError:
                assert not whole
            await until(lambda owner=owner: owner.told[-1:] == ["gone"])
            assert owner.told.count("gone") == 1


@pytest.mark.parametrize("reading", [True, False])
async def test_an_asset_that_resets_the_connection_is_seen_to_be_gone(reading: bool) -> None:
    async with connected() as (leg, owner, far):
        if reading:
            leg.resume_reading()
        far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        far.close()
        if not reading:
            leg.write(b"a")
            await asyncio.sleep(0.01)
            leg.write(b"b")
        await until(lambda: owner.told == ["gone"])
