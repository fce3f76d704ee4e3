"""How long it takes to get in, and how many get in per second."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from tests.bench.bench import Bench
from tests.bench.figures import YARDSTICK, Bound, Figure, Spread
from tests.bench.peers import Peer, run
from tests.bench.watching import cpu_s

AT_ONCE = 6


def set_up(bench: Bench) -> Iterator[Figure]:
    """``ssh peer true`` with the stock client, one after the other, the peers in turn."""
    taken: dict[str, list[float]] = {peer.name: [] for peer in bench.ways}
    for peer in bench.ways:
        run(peer.ssh("true"), bench.scratch)
    for _ in bench.rounds(12, 5):
        for peer in bench.ways:
            begun = time.monotonic()
            run(peer.ssh("true"), bench.scratch)
            taken[peer.name].append((time.monotonic() - begun) * 1000)
    ours, *beside = [peer.name for peer in bench.ways]
    yield Figure(
        "set-up, ssh peer true",
        "ms",
        Spread.of(taken[ours]),
        Bound(0.6),
        {name: Spread.of(taken[name]) for name in beside},
    )


def per_second(bench: Bench) -> Iterator[Figure]:
    """As many as can be opened and ended in a row, six at a time."""
    count = 18 if bench.quick else 36
    rates: dict[str, list[float]] = {peer.name: [] for peer in bench.peers}
    used: dict[str, list[float]] = {peer.name: [] for peer in bench.peers}
    watched = {bench.peers[0].name: bench.node.gate, YARDSTICK: bench.jump_machine.pid}

    def one(peer: Peer) -> None:
        run(peer.ssh("true"), bench.scratch)

    for _ in bench.rounds(3):
        for peer in bench.peers:
            pid = watched.get(peer.name)
            before = cpu_s(pid, children=True) if pid else 0.0
            begun = time.monotonic()
            with ThreadPoolExecutor(AT_ONCE) as pool:
                list(pool.map(one, [peer] * count))
            rates[peer.name].append(count / (time.monotonic() - begun))
            if pid:
                used[peer.name].append((cpu_s(pid, children=True) - before) * 1000 / count)
    ours, *beside = [peer.name for peer in bench.peers]
    cpu = ", ".join(f"{name} {Spread.of(used[name]).text()}" for name in watched)
    yield Figure(
        "sessions opened per second",
        "/s",
        Spread.of(rates[ours]),
        Bound(1.0, at_least=True),
        {name: Spread.of(rates[name]) for name in beside},
        note=f"CPU ms for each at the gate's process, and at the jump's: {cpu}",
    )
