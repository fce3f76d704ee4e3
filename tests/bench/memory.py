"""What a peer that does not read can make the gate hold."""

import asyncio
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import asyncssh

from tests.bench.bench import Bench
from tests.bench.figures import Bound, Figure, Spread
from tests.bench.peers import environment
from tests.bench.watching import MIB, Peak

SESSIONS = 3
HUGE = 2**31 - 1


def memory(bench: Bench) -> Iterator[Figure]:
    """Three kinds of unwillingness, several sessions of each, each growth by session."""
    lasting_s = 2.5 if bench.quick else 6.0
    ways = (
        ("memory, vendor reads nothing", lambda: _clients(bench, "exec cat /dev/zero", feed=False)),
        ("memory, asset reads nothing", lambda: _clients(bench, "exec sleep 60", feed=True)),
        ("memory, client with a huge window", lambda: _huge(bench)),
    )
    for name, opened in ways:
        bench.node.restart_gate()  # so that nothing freed earlier hides what is taken now
        with opened() as wait, Peak(bench.node.gate) as peak:
            wait(lasting_s)
        half = len(peak.samples) // 2
        early = max(peak.samples[:half], default=0)
        late = max(peak.samples[half:], default=0)
        yield Figure(
            name,
            "MiB each",
            Spread.of([peak.growth / SESSIONS / MIB]),
            Bound(4.0, of_ratio=False),
            note=f"second half over the first: {(late - early) / MIB:+.1f} MiB in all",
        )


@contextmanager
def _clients(bench: Bench, command: str, *, feed: bool) -> Iterator[object]:
    """Stock clients whose output nobody reads, or whose input has no end."""
    with ExitStack() as stack:
        for _ in range(SESSIONS):
            source = stack.enter_context(open("/dev/zero", "rb")) if feed else subprocess.DEVNULL  # noqa: PTH123
            process = subprocess.Popen(
                bench.node.peer().ssh(command),
                stdin=source,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment(bench.scratch),
                start_new_session=True,
            )
            stack.callback(process.communicate)
            stack.callback(process.kill)
        yield time.sleep


@contextmanager
def _huge(bench: Bench) -> Iterator[object]:
    """A client that announces two gibibytes and then reads nothing from its socket."""

    async def stubborn(lasting_s: float) -> None:
        peer = bench.node.peer()
        async with asyncio.timeout(lasting_s + 20):
            lines = [
                await asyncssh.connect(
                    peer.host,
                    peer.port,
                    username=peer.user,
                    client_keys=[str(peer.key)],
                    known_hosts=None,
                    config=None,
                    agent_path=None,
                )
                for _ in range(SESSIONS)
            ]
            for line in lines:
                await line.create_process("exec cat /dev/zero", encoding=None, window=HUGE)
                line._transport.pause_reading()
            await asyncio.sleep(lasting_s)
            for line in lines:
                line.abort()

    yield lambda lasting_s: asyncio.run(stubborn(lasting_s))
