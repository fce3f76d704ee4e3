"""What still passes after a permit's window has ended, when the gate was stopped or stalled across that instant."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from tests.bench.bench import Bench
from tests.bench.figures import Bound, Figure, Spread
from tests.bench.gate import STALL_S
from tests.bench.node import ASSET, GRANTS
from tests.bench.peers import environment

WINDOW_S = 5
BEFORE_S = 1.0
"""The gate stands still from this long before the end until as long after it."""

MARGIN_S = 0.5
"""What arrives within this after the end was sent before the gate stood still: the network is loopback."""

AT_THE_MACHINE = """\
import os, sys, threading, time
def take():
    log = open(sys.argv[1], "w")
    while data := os.read(0, 65536):
        log.write(f"{time.time()} {len(data)}\\n"); log.flush()
threading.Thread(target=take, daemon=True).start()
while True:
    os.write(1, b"x" * 200); time.sleep(0.002)
"""


def after_the_end(bench: Bench) -> Iterator[Figure]:
    """Bytes that reached either side after the window's end."""
    ways: tuple[tuple[str, Callable[[int], None]], ...] = (
        (f"a {STALL_S:.0f} s stall of the loop", lambda pid: os.kill(pid, signal.SIGUSR1)),
        ("SIGSTOP and SIGCONT", _stopped),
    )
    for name, disturb in ways:
        found = [_leaked(bench, disturb, number) for number in bench.rounds(2, 1)]
        yield Figure(
            f"bytes after the window's end, {name}",
            "B",
            Spread.of([float(leaked) for leaked, _ in found]),
            Bound(0, of_ratio=False),
            no_tolerance=True,
            note=f"{sum(passed for _, passed in found)} bytes had passed until then",
        )


def _stopped(pid: int) -> None:
    os.kill(pid, signal.SIGSTOP)
    time.sleep(2 * BEFORE_S)
    os.kill(pid, signal.SIGCONT)


def _leaked(bench: Bench, disturb: Callable[[int], None], number: int) -> tuple[int, int]:
    """Bytes after the end, and bytes in all, of one session that sends both ways all the time."""
    there, program = bench.scratch / f"arrived-{number}", bench.scratch / "both_ways.py"
    program.write_text(AT_THE_MACHINE)
    permit = bench.node.grant(ASSET, GRANTS, timedelta(seconds=WINDOW_S))
    # The window began in the current second when the permit was made; its end is in the permit itself.
    end_s = _end_of(bench, permit)
    peer = bench.node.peer(f"permit-{permit}")
    process = subprocess.Popen(
        peer.ssh(f"exec {sys.executable} {program} {there}"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(bench.scratch),
        start_new_session=True,
    )
    arrived: list[tuple[float, int]] = []
    threads = [
        threading.Thread(target=_read, args=(process, arrived)),
        threading.Thread(target=_feed, args=(process,)),
    ]
    for one in threads:
        one.start()
    try:
        time.sleep(max(end_s - BEFORE_S - time.time(), 0))
        disturb(bench.node.gate)
        time.sleep(max(end_s + 2 * STALL_S - time.time(), 0))
    finally:
        process.kill()
        process.wait()
        for one in threads:
            one.join()
    crossings = arrived + _log(there)
    late = sum(size for at, size in crossings if at > end_s + MARGIN_S)
    return late, sum(size for _, size in crossings)


def _end_of(bench: Bench, permit: str) -> float:
    with closing(sqlite3.connect(bench.node.layout.database, timeout=10)) as db:
        ((end_us,),) = db.execute("SELECT window_end_us FROM permit WHERE id = ?", [permit]).fetchall()
    return float(end_us) / 1e6


def _read(process: "subprocess.Popen[bytes]", arrived: list[tuple[float, int]]) -> None:
    assert process.stdout is not None
    while got := os.read(process.stdout.fileno(), 65536):
        arrived.append((time.time(), len(got)))


def _feed(process: "subprocess.Popen[bytes]") -> None:
    assert process.stdin is not None
    try:
        while True:
            os.write(process.stdin.fileno(), b"y" * 100)
            time.sleep(0.002)
    except OSError:
        pass  # the client has ended


def _log(path: Path) -> list[tuple[float, int]]:
    if not path.exists():
        raise ConnectionError("the session never opened")
    found = (line.split() for line in path.read_text().splitlines())
    return [(float(at), int(size)) for at, size in found]
