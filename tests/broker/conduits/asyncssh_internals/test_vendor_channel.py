"""What a client asks of its own channel."""

import asyncio

from tests.peers.gate import PeerGate
from tests.peers.guests import inside
from tests.sshd import Sshd


async def test_abuse_27_degenerate_sizes_neither_crash_nor_pass(gate: PeerGate, asset: Sshd) -> None:
    async with inside(gate) as conn:
        process = await conn.create_process(
            "stty size; read x; stty size", term_type="xterm", term_size=(2**32 - 1, 2**32 - 1, 0, 0)
        )
        assert (await process.stdout.readline()).strip() == "1000 1000"
        for number in range(2000):
            process.channel.change_terminal_size(number % 7, 2**32 - 1, 2**32 - 1, 0)
        process.channel.change_terminal_size(90, 30)
        await asyncio.sleep(0.3)
        process.stdin.write("\n")
        rest = await process.stdout.read()
    assert rest.split("\n")[-2].strip() == "30 90"
