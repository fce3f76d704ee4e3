"""What is held back arrives later, whole."""

from tests.broker.conduits.asyncssh_internals.holding import settled
from tests.peers.gate import PeerGate
from tests.peers.guests import inside
from tests.sshd import Sshd


async def test_what_was_held_back_arrives_once_the_client_reads_again(gate: PeerGate, asset: Sshd) -> None:
    size = 8 * 1024 * 1024
    async with inside(gate) as conn:
        process = await conn.create_process(
            f"head -c {size} /dev/zero; exit 9", encoding=None, window=2**31 - 1
        )
        conn._transport.pause_reading()
        await settled(gate)
        conn._transport.resume_reading()
        out = await process.stdout.read()
        await process.wait_closed()
    assert (len(out), process.exit_status) == (size, 9)
