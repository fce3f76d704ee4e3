"""What had passed and is not in the recording, after the gate was killed in the middle of a transfer."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from domain.errors import EvidenceError
from domain.ids import SessionId
from recorder.format.frame import Kind
from recorder.format.keys import unwrap
from recorder.playback import Playback
from tests.bench.bench import Bench
from tests.bench.figures import Bound, Figure, Spread
from tests.bench.node import Node
from tests.bench.peers import environment

RUN_S = 1.5

AT_THE_MACHINE = """\
import os, sys, threading
def take():
    file = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    while data := os.read(0, 65536):
        os.write(file, data)
threading.Thread(target=take, daemon=True).start()
number = 0
while True:
    number += 1
    os.write(1, b"%d " % number * 40)
"""


def unrecorded(bench: Bench) -> Iterator[Figure]:
    """Bytes that either side got and the recording lacks, after SIGKILL."""
    found = [_after_kill(bench, number) for number in bench.rounds(3, 1)]
    yield Figure(
        "bytes forwarded but unrecorded after kill -9",
        "B",
        Spread.of([float(lacking) for lacking, _ in found]),
        Bound(0, of_ratio=False),
        no_tolerance=True,
        note=f"{sum(passed for _, passed in found)} bytes had passed",
    )


def _after_kill(bench: Bench, number: int) -> tuple[int, int]:
    node, there, program = bench.node, bench.scratch / f"got-{number}", bench.scratch / "sender.py"
    program.write_text(AT_THE_MACHINE)
    before = set(node.layout.recordings.glob("*.key"))
    process = subprocess.Popen(
        node.peer().ssh(f"exec {sys.executable} {program} {there}"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(bench.scratch),
        start_new_session=True,
    )
    got = bytearray()
    threads = [
        threading.Thread(target=_read, args=(process, got)),
        threading.Thread(target=_feed, args=(process,)),
    ]
    for one in threads:
        one.start()
    try:
        end_s = time.monotonic() + 20
        while not got and time.monotonic() < end_s:
            time.sleep(0.01)
        time.sleep(RUN_S)
        node.kill_gate()
        process.wait(20)
    finally:
        process.kill()
        process.wait()
        for one in threads:
            one.join()
    time.sleep(0.3)  # what the machine's sshd still had in hand arrives
    (key,) = set(node.layout.recordings.glob("*.key")) - before
    to_asset, to_vendor = _recorded(node, key)
    arrived = there.read_bytes()
    lacking = _lacking(bytes(got), to_vendor) + _lacking(arrived, to_asset)
    node.start("gate")
    return lacking, len(got) + len(arrived)


def _recorded(node: Node, key_file: Path) -> tuple[bytes, bytes]:
    """What the file of the dead gate holds, as far as its chain verifies."""
    session = SessionId(key_file.stem)
    key = unwrap(key_file.read_bytes(), node.layout.recording_key.read_bytes(), session)
    sides = {Kind.TO_ASSET: bytearray(), Kind.TO_VENDOR: bytearray()}
    with key_file.with_name(f"{session}.pnr.part").open("rb") as file, suppress(EvidenceError):
        for frame in Playback(file, key).frames():
            if frame.kind in sides:
                sides[frame.kind] += frame.payload
    return bytes(sides[Kind.TO_ASSET]), bytes(sides[Kind.TO_VENDOR])


def _lacking(passed: bytes, recorded: bytes) -> int:
    """How many of the bytes that passed are not in the recording, or stand there otherwise."""
    if recorded.startswith(passed):
        return 0
    same = next(
        (at for at, pair in enumerate(zip(passed, recorded, strict=False)) if pair[0] != pair[1]),
        len(recorded),
    )
    return len(passed) - same


def _read(process: "subprocess.Popen[bytes]", got: bytearray) -> None:
    assert process.stdout is not None
    while data := os.read(process.stdout.fileno(), 65536):
        got.extend(data)


def _feed(process: "subprocess.Popen[bytes]") -> None:
    assert process.stdin is not None
    number = 0
    try:
        while True:
            number += 1
            os.write(process.stdin.fileno(), b"%d\n" % number * 20)
    except OSError:
        pass  # the client has ended
