"""One vendor's connection, driven by an asyncssh client; stock clients are in tests/peers."""

import asyncio

import asyncssh
import pytest

from tests.peers.gate import PeerGate
from tests.peers.guests import enter, inside, reading
from tests.sshd import Sshd

WHERE = "ana+eng-ws-1"


async def test_a_fault_inside_the_gate_is_said_and_does_not_hang_the_client(
    gate: PeerGate, asset: Sshd
) -> None:
    gate.credentials.clear()  # the double's vault then raises KeyError, as only a bug would
    async with inside(gate) as conn:
        result = await conn.run("true")
    assert (result.exit_status, "gate_fault" in str(result.stderr)) == (77, True)


async def test_an_unreadable_address_is_explained_after_sign_in(gate: PeerGate) -> None:
    client = gate.person("ana")
    async with await enter(gate, "ana+PLC", [reading(client)], gate.code("ana")) as conn:
        result = await conn.run("true")
    assert (result.exit_status, "bad_address" in str(result.stderr)) == (77, True)


async def test_a_forward_to_an_unknown_asset_is_refused_like_one_out_of_reach(gate: PeerGate) -> None:
    client = gate.person("ana")
    async with await enter(gate, "ana", [reading(client)], gate.code("ana")) as conn:
        with pytest.raises(asyncssh.ChannelOpenError, match="not_available"):
            await conn.open_connection("plc-99", 502, encoding=None)


async def test_a_client_that_leaves_while_it_waits_leaves_nothing_behind(gate: PeerGate, asset: Sshd) -> None:
    client = gate.person("ana")
    gate.permit("ana", "eng-ws-1", approved=False)
    conn = await enter(gate, WHERE, [reading(client)], gate.code("ana"))
    await conn.create_session(asyncssh.SSHClientSession, "cat", encoding=None)
    while not gate.plant.asked:
        await asyncio.sleep(0.01)
    conn.abort()
    await conn.wait_closed()
    async with asyncio.timeout(10):
        while gate.door._house.connections:
            await asyncio.sleep(0.01)
    assert not [one for one in gate.leaves.events if type(one).__name__ == "SessionOpened"]


async def test_keepalives_and_no_more_sessions_are_no_offence(gate: PeerGate) -> None:
    client = gate.person("ana")
    async with await enter(gate, "ana", [reading(client)], gate.code("ana")) as conn:
        await conn._make_global_request(b"keepalive@openssh.com")
        conn._send_global_request(b"no-more-sessions@openssh.com")
        with pytest.raises(asyncssh.ChannelOpenError):
            await conn.run("help")
    refused = [one.detail for one in gate.leaves.events if type(one).__name__ == "PassageRefused"]
    assert refused == ["channel session"]
