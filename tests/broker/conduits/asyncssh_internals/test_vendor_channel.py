"""What a client asks of its own channel."""

from tests.peers.gate import PeerGate
from tests.peers.guests import inside
from tests.sshd import Sshd


async def test_abuse_27_degenerate_sizes_neither_crash_nor_pass(gate: PeerGate, asset: Sshd) -> None:
    last = "until stty size | grep -q '^30 90'; do sleep 0.05; done; echo it came"
    async with inside(gate) as conn:
        process = await conn.create_process(
            f"stty size; {last}", term_type="xterm", term_size=(2**32 - 1, 2**32 - 1, 0, 0)
        )
        assert (await process.stdout.readline()).strip() == "1000 1000"
        for number in range(2000):
            process.channel.change_terminal_size(number % 7, 2**32 - 1, 2**32 - 1, 0)
        process.channel.change_terminal_size(90, 30)
        assert (await process.stdout.read()).strip() == "it came"
