"""One letter typed into a terminal until it comes back from the machine's own tty."""

import os
import random
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tests.bench.bench import Bench
from tests.bench.figures import Bound, Figure, Spread, percentile
from tests.bench.peers import Peer, environment

ECHOING = "stty -icanon -isig; printf READY; exec cat >/dev/null"
LETTERS = b"abcdefghijklmnopqrstuvwxyz"
LETTERS_EACH = 200
"""In one round of one peer: short, so that all peers meet the same minute."""

ROUNDS = 15

LETTERS_A_P99 = 1000
"""One letter in a hundred waits for whatever else the machine does, for any peer. Of 200 letters the p99 is the third slowest, so whether two
or three waited decides between 0.6 and 3 ms; of a thousand it is the eleventh."""

BETWEEN_S = 0.004
"""A pause between letters, so that each meets an idle connection, as a typist's does."""


class Terminal:
    """An open terminal at the machine, through one peer."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._in, self._out = process.stdin.fileno(), process.stdout.fileno()
        seen = b""
        while b"READY" not in seen:
            got = os.read(self._out, 4096)
            if not got:
                raise ConnectionError(f"the terminal did not open: {seen!r}")
            seen += got

    def echo_ms(self, letter: bytes) -> float:
        """How long one letter took there and back."""
        begun = time.perf_counter()
        os.write(self._in, letter)
        if os.read(self._out, 64) != letter:
            raise ConnectionError("the terminal showed something else than what was typed")
        return (time.perf_counter() - begun) * 1000

    def typed(self, count: int) -> list[float]:
        """The times of ``count`` letters."""
        found = []
        for _ in range(count):
            time.sleep(BETWEEN_S)
            found.append(self.echo_ms(bytes([random.choice(LETTERS)])))
        return found


@contextmanager
def terminal(bench: Bench, peer: Peer) -> Iterator[Terminal]:
    process = subprocess.Popen(
        peer.ssh(ECHOING, options=["-tt"]),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(bench.scratch),
        start_new_session=True,
    )
    try:
        yield Terminal(process)
    finally:
        process.kill()
        process.communicate()


@contextmanager
def bulk(bench: Bench, peer: Peer) -> Iterator[None]:
    """Another session that takes as much as it can get."""
    process = subprocess.Popen(
        peer.ssh("exec cat /dev/zero"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment(bench.scratch),
        start_new_session=True,
    )
    try:
        time.sleep(0.8)
        yield
    finally:
        process.kill()
        process.wait()
        time.sleep(0.2)


def figures(name: str, times: dict[str, list[list[float]]], bounds: tuple[float, float]) -> Iterator[Figure]:
    """p50 and p99 from the rounds of each peer."""
    ours, *beside = times
    for share, limit, every in zip(
        (0.5, 0.99), bounds, (times, {peer: joined(rounds) for peer, rounds in times.items()}), strict=True
    ):
        spreads = {
            peer: Spread.of(percentile(letters, share) for letters in rounds)
            for peer, rounds in every.items()
        }
        yield Figure(
            f"{name}, p{share * 100:.0f}",
            "ms",
            spreads[ours],
            Bound(limit),
            {peer: spreads[peer] for peer in beside},
        )


def joined(rounds: list[list[float]]) -> list[list[float]]:
    """The letters of these rounds, ``LETTERS_A_P99`` at a time; all of them where there are fewer."""
    every = [letter for letters in rounds for letter in letters]
    whole = len(every) // LETTERS_A_P99
    return [every[at * LETTERS_A_P99 : (at + 1) * LETTERS_A_P99] for at in range(whole)] or [every]


def alone(bench: Bench) -> Iterator[Figure]:
    """One session and nothing else."""
    with ExitStack() as stack:
        open_ = {peer.name: stack.enter_context(terminal(bench, peer)) for peer in bench.ways}
        times: dict[str, list[list[float]]] = {name: [] for name in open_}
        for one in open_.values():
            one.typed(30)
        for _ in bench.rounds(ROUNDS, 3):
            for name, one in open_.items():
                times[name].append(one.typed(LETTERS_EACH))
    yield from figures("keystroke echo, one session", times, (1.7, 2.0))


def beside_bulk(bench: Bench) -> Iterator[Figure]:
    """While another session of the same peer transfers as fast as it can."""
    with ExitStack() as stack:
        open_ = [(peer, stack.enter_context(terminal(bench, peer))) for peer in bench.peers]
        times: dict[str, list[list[float]]] = {peer.name: [] for peer, _ in open_}
        for _ in bench.rounds(5):
            for peer, one in open_:
                with bulk(bench, peer):
                    times[peer.name].append(one.typed(LETTERS_EACH))
    yield from figures("keystroke echo during another's bulk", times, (3.0, 3.0))
