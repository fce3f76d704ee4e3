"""A connection inside a channel: what it holds while nobody reads, with a real client and a real asset."""

import asyncio

import asyncssh

from tests.peers.gate import PeerGate
from tests.peers.guests import inside
from tests.sshd import Sshd

MIB = 1024 * 1024


async def test_abuse_17_who_stops_reading_inside_a_jump_fills_no_memory(gate: PeerGate, asset: Sshd) -> None:
    async with (
        inside(gate) as outer,
        asyncssh.connect(
            "eng-ws-1", tunnel=outer, config=None, known_hosts=None, username="x", client_keys=[]
        ) as inner,
    ):
        chan, _ = await inner.create_session(
            asyncssh.SSHClientSession, "head -c 64M /dev/zero", encoding=None, window=1 << 30
        )
        chan.pause_reading()
        outer._transport.pause_reading()  # the outer client reads nothing at all
        held = await _settled(gate)
        assert 0 < held < 4 * MIB
        outer._transport.resume_reading()
        chan.resume_reading()
        await chan.wait_closed()
        assert chan.get_exit_status() == 0


async def _settled(gate: PeerGate) -> int:
    """What the gate holds for its client, once that has stopped to change."""
    (owner,) = gate.door._house.connections
    last, same = -1, 0
    async with asyncio.timeout(60):
        while same < 50:
            connection = owner._ssh  # type: ignore[attr-defined]
            now = connection.unsent_bytes() + sum(
                channel.get_write_buffer_size() for channel in connection._channels.values()
            )
            same = same + 1 if now == last and now else 0
            last = now
            await asyncio.sleep(0.01)
    return last
