"""Two hundred sessions and more: echo among them, and the end of all at once."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from tests.bench.bench import Bench
from tests.bench.figures import YARDSTICK, Bound, Figure, Spread, percentile
from tests.bench.keystrokes import LETTERS_EACH, ROUNDS_AMONG_MANY, Turn, figures, terminal
from tests.bench.peers import Peer, environment
from tests.bench.watching import MIB, rss_bytes

ACTIVE = 200
LIGHT = 300
TYPING = "stty raw -echo; printf READY; exec tee {file}"
EVERYTHING = "all"


class Many:
    """The crowd's process, from the outside."""

    def __init__(self, bench: Bench, peer: Peer, process: "subprocess.Popen[bytes]") -> None:
        self._bench = bench
        self._peer = peer
        self._process = process
        self._opened = 0
        self.files = bench.scratch / f"crowd-{peer.name}"
        self.files.mkdir(exist_ok=True)

    def ask(self, **order: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise ConnectionError("the crowd is gone")
        found: dict[str, Any] = json.loads(answer)
        return found

    def grow(self, count: int) -> dict[str, Any]:
        lines = [
            self._peer.ssh(TYPING.format(file=self.files / str(self._opened + at)), options=["-tt"])
            for at in range(count)
        ]
        self._opened += count
        return self.ask(do="open", lines=lines)

    @contextmanager
    def typing(self, every_s: float) -> Iterator[None]:
        self.ask(do="type", every_s=every_s)
        try:
            time.sleep(0.5)
            yield
        finally:
            self.ask(do="type", every_s=0)
            time.sleep(0.2)


@contextmanager
def crowd(bench: Bench, peer: Peer) -> Iterator[Many]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.crowd"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment(bench.scratch),
    )
    try:
        yield Many(bench, peer, process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def many(bench: Bench) -> Iterator[Figure]:
    """Everything that needs a full house, so that it is filled only once."""
    ours, yardstick = bench.peers[0], next(peer for peer in bench.peers if peer.name == YARDSTICK)
    active, light = (60, 90) if bench.quick else (ACTIVE, LIGHT)
    with ExitStack() as stack:
        with crowd(bench, yardstick) as theirs, crowd_kept(stack, bench, ours) as own:
            empty = rss_bytes(bench.node.gate)
            opened = own.grow(active)["seconds"]
            filled = rss_bytes(bench.node.gate)
            theirs.grow(active)
            yield from _echo(bench, {ours: own, yardstick: theirs}, active)
        yield _light(bench, own, light, active / opened, (filled - empty) / active)
        yield from _killed(bench, own)


@contextmanager
def crowd_kept(stack: ExitStack, bench: Bench, peer: Peer) -> Iterator[Many]:
    """A crowd that outlives the block it is opened in."""
    yield stack.enter_context(crowd(bench, peer))


def _echo(bench: Bench, crowds: dict[Peer, Many], active: int) -> Iterator[Figure]:
    with ExitStack() as stack:
        probes = {peer: stack.enter_context(terminal(bench, peer)) for peer in crowds}
        turns: dict[str, list[Turn]] = {peer.name: [] for peer in crowds}
        for _ in bench.rounds(ROUNDS_AMONG_MANY):
            for peer, probe in probes.items():
                with crowds[peer].typing(1.0):
                    turns[peer.name].append(probe.typed(LETTERS_EACH))
    yield from figures(f"keystroke echo, {active} active sessions", turns, (2.0, 2.0))


def _light(bench: Bench, own: Many, light: int, per_s: float, each_bytes: float) -> Figure:
    own.grow(light - (60 if bench.quick else ACTIVE))
    own.ask(do="report")
    with own.typing(1.0):
        time.sleep(3 if bench.quick else 6)
        told = own.ask(do="report")
    p99 = percentile(told["echoes_ms"], 0.99)
    note = (
        f"opened at {per_s:.1f}/s, echo among them p50 {percentile(told['echoes_ms'], 0.5):.1f} ms,"
        f" p99 {p99:.1f} ms, {each_bytes / 1024:.0f} KiB of the gate's memory each"
    )
    held = Spread.of([float(told["live"])])
    return Figure(
        "concurrent light sessions held", "", held, Bound(light, at_least=True, of_ratio=False), note=note
    )


def _killed(bench: Bench, own: Many) -> Iterator[Figure]:
    """Isolation by the watchdog while all of them type: when did the last byte arrive, on either leg?"""
    every_s = 0.2
    own.ask(do="type", every_s=every_s)
    time.sleep(1.0)
    asked_wall_s, asked_s = time.time(), time.monotonic()
    answer = bench.node.order(do="isolate", scope=EVERYTHING, by="local:bench", reason="benchmark")
    answered_s = time.monotonic()
    told = own.ask(do="await-end", within_s=15)
    to_asset = max(file.stat().st_mtime for file in own.files.iterdir()) - asked_wall_s
    to_vendor = max(told["heard_s"]) - asked_s
    ended = max(told["ended_s"]) - asked_s
    sealed = _sealed_after_s(bench, asked_s)
    yield Figure(
        f"kill, {len(told['heard_s'])} sessions: last byte on either leg",
        "s",
        Spread.of([max(to_vendor, to_asset, 0.0)]),
        Bound(1.0, of_ratio=False),
        note=f"the watchdog answered after {answered_s - asked_s:.2f} s (acknowledged: "
        f"{answer.get('acknowledged')}), the last client ended after {ended:.2f} s, "
        f"{told['live']} still live, {sealed}; memory of the gate {rss_bytes(bench.node.gate) / MIB:.0f} MiB",
    )
    bench.node.order(do="restore", scope=EVERYTHING, by="local:bench")


def _sealed_after_s(bench: Bench, asked_s: float) -> str:
    """When the last recording was sealed."""
    patience_s = 60.0
    while parts := list(bench.node.layout.recordings.glob("*.part")):
        if time.monotonic() - asked_s > patience_s:
            return f"{len(parts)} recordings not sealed after {patience_s:.0f} s"
        time.sleep(0.05)
    return f"all recordings sealed after {time.monotonic() - asked_s:.1f} s"
