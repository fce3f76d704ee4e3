"""The door as a whole; what stock clients see of it is in tests/peers."""

import asyncio

import asyncssh
import pytest

from tests.peers.gate import PeerGate
from tests.peers.guests import enter, reading
from tests.sshd import Sshd

WHERE = "ana+eng-ws-1"


async def test_a_door_that_closes_ends_everybody(gate: PeerGate, asset: Sshd) -> None:
    client = gate.person("ana")
    gate.permit("ana", "eng-ws-1")
    conn = await enter(gate, WHERE, [reading(client)], gate.code("ana"))
    await conn.create_session(asyncssh.SSHClientSession, "sleep 60", encoding=None)
    await gate.door.close()
    async with asyncio.timeout(10):
        await conn.wait_closed()
    with pytest.raises(OSError, match="Connect call failed"):
        await asyncio.open_connection(gate.host, gate.port)


async def test_the_version_says_the_product_and_nothing_else(gate: PeerGate) -> None:
    reader, writer = await asyncio.open_connection(gate.host, gate.port)
    assert await reader.readline() == b"SSH-2.0-Penstock\r\n"
    writer.close()


async def test_a_door_that_nobody_is_at_closes_at_once(gate: PeerGate) -> None:
    await gate.door.close()
    assert gate.door.unauthenticated == 0
