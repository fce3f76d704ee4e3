"""One letter typed into a terminal until it comes back from the machine's own tty."""

import os
import random
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from tests.bench.bench import Bench
from tests.bench.figures import Bound, Figure, Spread, percentile
from tests.bench.peers import Peer, environment

ECHOING = "stty -icanon -isig; printf READY; exec cat >/dev/null"
LETTERS = b"abcdefghijklmnopqrstuvwxyz"
LETTERS_EACH = 200
"""In one round of one peer: short, so that all peers meet the same minute."""

ROUNDS = 35
ROUNDS_AMONG_MANY = 75
"""Seven and fifteen times ``LETTERS_A_P99``. Where one letter in a hundred waits for the machine, one p99 in five is such a letter's for us and
not for the yardstick: among many sessions, where a letter takes longest, the median of three ratios was 0.73 in one run and 2.35 in the next."""

ROUNDS_BESIDE_BULK = 15
"""Fewer: each begins with another session's transfer, and by that most letters wait."""

LETTERS_A_P99 = 1000
"""One letter in a hundred waits for whatever else the machine does, for any peer. Of 200 letters the p99 is the third slowest, so whether two
or three waited decides between 0.6 and 3 ms; of a thousand it is the eleventh."""

BETWEEN_S = 0.004
"""A pause between letters, so that each meets an idle connection, as a typist's does."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What was typed through one peer while the others waited."""

    first_ms: float
    """Told, not counted: this letter comes after the others' turns, seconds later than the one before it, where all the rest come after
    ``BETWEEN_S``. At one in two hundred it would be half of what a p99 leaves out."""

    letters_ms: list[float]


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

    def typed(self, count: int) -> Turn:
        """The times of ``count`` letters, and of one before them."""
        first, *rest = (self._next_ms() for _ in range(count + 1))
        return Turn(first, rest)

    def _next_ms(self) -> float:
        time.sleep(BETWEEN_S)
        return self.echo_ms(bytes([random.choice(LETTERS)]))


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


def figures(name: str, turns: dict[str, list[Turn]], bounds: tuple[float, float]) -> Iterator[Figure]:
    """p50 and p99 from the turns of each peer."""
    ours, *beside = turns
    rounds = {peer: [turn.letters_ms for turn in every] for peer, every in turns.items()}
    firsts = (
        f"{peer} {Spread.of(turn.first_ms for turn in every).median:.2f}" for peer, every in turns.items()
    )
    told = f"the first letter after the others' turns, not counted, p50: {', '.join(firsts)} ms"
    for share, limit, every, note in (
        (0.5, bounds[0], rounds, ""),
        (0.99, bounds[1], {peer: joined(letters) for peer, letters in rounds.items()}, told),
    ):
        spreads = {
            peer: Spread.of(percentile(letters, share) for letters in each) for peer, each in every.items()
        }
        yield Figure(
            f"{name}, p{share * 100:.0f}",
            "ms",
            spreads[ours],
            Bound(limit),
            {peer: spreads[peer] for peer in beside},
            note=note,
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
        turns: dict[str, list[Turn]] = {name: [] for name in open_}
        for one in open_.values():
            one.typed(30)
        for _ in bench.rounds(ROUNDS, 3):
            for name, one in open_.items():
                turns[name].append(one.typed(LETTERS_EACH))
    yield from figures("keystroke echo, one session", turns, (1.7, 2.0))


def beside_bulk(bench: Bench) -> Iterator[Figure]:
    """While another session of the same peer transfers as fast as it can."""
    with ExitStack() as stack:
        open_ = [(peer, stack.enter_context(terminal(bench, peer))) for peer in bench.peers]
        turns: dict[str, list[Turn]] = {peer.name: [] for peer, _ in open_}
        for _ in bench.rounds(ROUNDS_BESIDE_BULK):
            for peer, one in open_:
                with bulk(bench, peer):
                    turns[peer.name].append(one.typed(LETTERS_EACH))
    yield from figures("keystroke echo during another's bulk", turns, (3.0, 3.0))
