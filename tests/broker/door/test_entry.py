"""From a wish to a running session: what is shared, what is opened again, what is not."""

import asyncssh

from tests.peers.gate import PeerGate
from tests.peers.guests import enter, inside, reading
from tests.sshd import Sshd

WHERE = "ana+eng-ws-1"


async def test_channels_of_one_connection_share_a_session_and_one_way_to_the_asset(
    gate: PeerGate, asset: Sshd
) -> None:
    async with inside(gate) as conn:
        for number in range(3):
            assert (await conn.run(f"exit {number}")).exit_status == number
    assert len(await gate.seen("SessionOpened")) == 1
    assert len([line for line in asset.log if "Accepted publickey" in line]) == 1


async def test_two_connections_never_share_a_session(gate: PeerGate, asset: Sshd) -> None:
    client = gate.person("ana")
    gate.permit("ana", "eng-ws-1")
    for _ in range(2):
        async with await enter(gate, WHERE, [reading(client)], gate.code("ana")) as conn:
            assert (await conn.run("true")).exit_status == 0
    assert len({one.session for one in await gate.seen("SessionOpened", 2)}) == 2


async def test_when_a_session_has_ended_the_next_channel_opens_another(gate: PeerGate, asset: Sshd) -> None:
    async with inside(gate) as conn:
        assert (await conn.run("true")).exit_status == 0
        await gate.seen("SessionEnded")
        assert (await conn.run("exit 6")).exit_status == 6
    assert len(await gate.seen("SessionOpened", 2)) == 2


async def test_an_asset_that_hangs_up_ends_the_channel_with_a_word(gate: PeerGate, asset: Sshd) -> None:
    async with inside(gate) as conn:
        process = await conn.create_process("echo up; sleep 60")
        assert await process.stdout.readline() == "up\n"
        connection = next(iter(gate.door._house.connections))
        seat = next(iter(connection.entry._seats.values()))
        seat.target.connection._force_close(asyncssh.ConnectionLost("pulled the plug"))
        result = await process.wait()
    assert result.exit_status == 69
    assert "connection to the asset was lost" in str(result.stderr)
