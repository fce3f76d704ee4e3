"""How much one peer may make the gate hold."""

import asyncio
import struct

import pytest

from broker.conduits.asyncssh_internals.bounds import (
    REPLIES_BYTES,
    WINDOW_BYTES,
)
from broker.conduits.company import ALONE_BYTES
from recorder.format.cipher import LARGEST_ROOM_BYTES
from tests.peers.gate import PeerGate

WHERE = "ana+eng-ws-1"


def test_the_bounds_stand_in_the_relation_that_they_need() -> None:
    assert 0 < WINDOW_BYTES <= REPLIES_BYTES
    assert 2 * ALONE_BYTES <= WINDOW_BYTES, "the next reading may come while one is dealt with"
    assert ALONE_BYTES * 4 // 3 <= LARGEST_ROOM_BYTES, (
        "a transfer's frames are put together in one place that is kept"
    )


@pytest.mark.parametrize("length", [0x7FFFFFFF, 0xFFFFFFFF, 1024 * 1024])
async def test_abuse_17_a_giant_packet_before_sign_in_ends_the_connection(
    gate: PeerGate, length: int
) -> None:
    reader, writer = await asyncio.open_connection(gate.host, gate.port)
    await reader.readline()
    writer.write(b"SSH-2.0-Flood\r\n" + struct.pack(">I", length) + bytes(64))
    async with asyncio.timeout(10):
        while await reader.read(65536):
            pass
    writer.close()


async def test_abuse_17_a_flood_before_sign_in_ends_the_connection(gate: PeerGate) -> None:
    reader, writer = await asyncio.open_connection(gate.host, gate.port)
    chunk = bytes(65536)
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        for _ in range(1024):
            writer.write(b"SSH-2.0-Flood\r\n" + chunk)
            await writer.drain()
        await reader.readexactly(1 << 30)
    writer.close()
