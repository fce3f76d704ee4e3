"""Much data through one session, both ways: a command's output and input, files by sftp, a TCP conduit."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from broker.demo.ports import free_port
from tests.bench.bench import Bench
from tests.bench.figures import Bound, Figure, Spread, percentile
from tests.bench.floor import floor_s_per_gb
from tests.bench.machines import listens
from tests.bench.node import ANA
from tests.bench.peers import Peer, environment
from tests.bench.watching import cpu_s

MIB = 1024 * 1024
READ = MIB
JUMP_ALONE = "-L of the jump alone"


@dataclass(slots=True)
class Stretch:
    """From the first byte of a transfer to the last: by the clock, and of the gate's processor time."""

    gate: int
    begun_s: float = 0.0
    used_s: float = 0.0

    def begin(self) -> None:
        """The hand-shake is over; only from now on does it count."""
        self.used_s = cpu_s(self.gate)
        self.begun_s = time.monotonic()

    def rate(self, size: int) -> float:
        """All ``size`` bytes are there: MiB per second."""
        elapsed_s = time.monotonic() - self.begun_s
        self.used_s = cpu_s(self.gate) - self.used_s
        return size / MIB / elapsed_s


def sample(bench: Bench) -> Path:
    """A file of bytes that nothing can shrink."""
    path = bench.scratch / "bulk.bin"
    if not path.exists():
        path.write_bytes(os.urandom((32 if bench.quick else 96) * MIB))
    return path


def command(bench: Bench) -> Iterator[Figure]:
    """``ssh peer cat`` one way and the other; the hand-shake does not count."""
    path = sample(bench)
    data = path.read_bytes()

    def out(peer: Peer, stretch: Stretch) -> float:
        with _spawned(bench, peer.ssh(f"exec cat {path}")) as process:
            assert process.stdout is not None
            counted = left = len(data) - len(os.read(process.stdout.fileno(), READ))
            stretch.begin()
            while left:
                got = len(os.read(process.stdout.fileno(), READ))
                if not got:
                    raise ConnectionError("the output ended early")
                left -= got
            return stretch.rate(counted)

    def in_(peer: Peer, stretch: Stretch) -> float:
        with _spawned(bench, peer.ssh("echo go; wc -c")) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdout.readline()
            stretch.begin()
            process.stdin.write(data)
            process.stdin.close()
            if int(process.stdout.readline()) != len(data):
                raise ConnectionError("the machine did not get it all")
            return stretch.rate(len(data))

    yield from _both(bench, "bulk", ("out", out), ("in", in_), 0.7, len(data), bench.rounds(4))


def files(bench: Bench) -> Iterator[Figure]:
    """``get`` and ``put`` of the stock sftp client, in a session that is open already."""
    yield from _moved(bench, "sftp", sample(bench), bench.rounds(4))


def large_files(bench: Bench) -> Iterator[Figure]:
    """The same with a file of 5 GB, once each way: what grows with a file's size would show here."""
    path = bench.scratch / "large.bin"
    with path.open("wb") as file:
        for _ in range(50 if bench.quick else 250):
            file.write(os.urandom(20_000_000))
    ends = bench.scratch / "put.bin", bench.scratch / "get.bin"
    for end in ends:  # or whoever comes first is the one who waits for memory that nobody has used yet
        shutil.copyfile(path, end)
    yield from _moved(bench, "sftp of a large file", path, range(1))
    for one in (path, *ends):
        one.unlink()


def _moved(bench: Bench, name: str, path: Path, rounds: range) -> Iterator[Figure]:
    there, back = bench.scratch / "put.bin", bench.scratch / "get.bin"

    def moved(line: str) -> Callable[[Peer, Stretch], float]:
        def one(peer: Peer, stretch: Stretch) -> float:
            os.sync()  # what was written before is on the disk: nobody waits for another's
            with _spawned(bench, peer.sftp()) as process:
                assert process.stdin is not None
                assert process.stdout is not None
                _ask(process, "pwd")
                stretch.begin()
                _ask(process, f"{line}\npwd")
                return stretch.rate(path.stat().st_size)

        return one

    ways = ("get", moved(f"get {path} {back}")), ("put", moved(f"put {path} {there}"))
    yield from _both(bench, name, *ways, 0.8, path.stat().st_size, rounds)


def conduit(bench: Bench) -> Iterator[Figure]:
    """``ssh -L`` to a TCP machine; beside it the same through the yardstick, by the jump alone, and without SSH.

    The yardstick is what it is in every other figure: a second ``sshd`` between client and machine (``-J``). A jump
    that forwards to the port itself has one leg of SSH less, as ours has; it is shown, and its ratio said.
    """
    size = (32 if bench.quick else 96) * MIB
    with ExitStack() as stack:
        yardstick = bench.peers[1]
        ways = {
            "Penstock": stack.enter_context(_forwarded(bench, bench.node.peer(ANA), named=True)),
            yardstick.name: stack.enter_context(_forwarded(bench, yardstick, named=False)),
            JUMP_ALONE: stack.enter_context(_forwarded(bench, bench.jump, named=False)),
            "direct": dict(bench.ports),
        }
        for name, measured in (("down", _down), ("up", _up)):
            rates: dict[str, list[float]] = {way: [] for way in ways}
            used = []
            for _ in bench.rounds(4):
                for way, ports in ways.items():
                    stretch = Stretch(bench.node.gate)
                    rates[way].append(measured(ports, size, stretch))
                    if way == "Penstock":
                        used.append(stretch.used_s / (size / 1e9))
            floor = _floor(bench, used, opened=name == "up", sealed=name == "down")
            yield _figure(f"TCP conduit {name}", "MiB/s", rates, Bound(0.8, at_least=True), used, floor)
        echoes: dict[str, list[float]] = {way: [] for way in ways}
        for _ in bench.rounds(5, 3):
            for way, ports in ways.items():
                echoes[way].append(percentile(_echoes(ports["echo"], 200), 0.5))
        yield _figure("TCP conduit echo, p50", "ms", echoes, Bound(1.5), [])


def _both(
    bench: Bench,
    name: str,
    first: tuple[str, Callable[[Peer, Stretch], float]],
    second: tuple[str, Callable[[Peer, Stretch], float]],
    limit: float,
    size: int,
    rounds: range,
) -> Iterator[Figure]:
    for way, measured in (first, second):
        rates: dict[str, list[float]] = {peer.name: [] for peer in bench.ways}
        used = []
        for _ in rounds:
            for peer in bench.ways:
                stretch = Stretch(bench.node.gate)
                rates[peer.name].append(measured(peer, stretch))
                if peer is bench.peers[0]:
                    used.append(stretch.used_s / (size / 1e9))
        yield _figure(f"{name} {way}", "MiB/s", rates, Bound(limit, at_least=True), used)
        if name == "bulk":
            yield Figure(
                f"CPU of the gate, {name} {way}",
                "s/GB",
                Spread.of(used),
                Bound(2.0, of_ratio=False),
                note=_floor(bench, used, opened=True, sealed=True),
            )


def _floor(bench: Bench, used: list[float], *, opened: bool, sealed: bool) -> str:
    """What the machine can't do below, in the same minute as the figure, and how many times that the gate ``used``."""
    size = (32 if bench.quick else 96) * MIB
    least = [
        floor_s_per_gb(bench.node.layout.folder, bench.ports, size, opened=opened, sealed=sealed)
        for _ in bench.rounds(3)
    ]
    floor, ours = Spread.of(least), Spread.of(used)
    times = f"{ours.median / floor.median:.2f}"
    return f"the same bytes without a gate around them {floor.text()} s/GB, of which the gate takes {times} times"


def _figure(
    name: str,
    unit: str,
    values: dict[str, list[float]],
    bound: Bound,
    used: list[float],
    floor: str = "",
) -> Figure:
    ours, *beside = values
    others = {way: Spread.of(values[way]) for way in beside}
    found = Figure(name, unit, Spread.of(values[ours]), bound, others)
    notes = [f"CPU of the gate {Spread.of(used).text()} s/GB"] if used else []
    notes += [floor] if floor else []
    if alone := found.ratio_to(JUMP_ALONE):
        notes.append(f"{alone.text()}× of {JUMP_ALONE}, which is one leg shorter and required of nothing")
    return replace(found, note="; ".join(notes))


@contextmanager
def _spawned(bench: Bench, line: list[str]) -> "Iterator[subprocess.Popen[bytes]]":
    process = subprocess.Popen(
        line,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(bench.scratch),
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            assert stream is not None
            with suppress(BrokenPipeError):
                stream.close()


def _ask(process: "subprocess.Popen[bytes]", lines: str) -> None:
    """Say something to an sftp that ends with ``pwd``, and wait for its answer."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{lines}\n".encode())
    process.stdin.flush()
    while not (said := process.stdout.readline()).startswith(b"Remote working directory"):
        if not said:
            raise ConnectionError("sftp ended early")


@contextmanager
def _forwarded(bench: Bench, peer: Peer, *, named: bool) -> Iterator[dict[str, int]]:
    """The TCP machine's ports through one ``ssh -N``: by the charter's names at ours, by address elsewhere."""
    local = {name: free_port() for name in bench.ports}
    options = ["-N"]
    for name, port in bench.ports.items():
        options += ["-L", f"127.0.0.1:{local[name]}:{name if named else '127.0.0.1'}:{port}"]
    with _spawned(bench, peer.ssh(options=options)):
        for port in local.values():
            listens(port)
        yield local


def _down(ports: dict[str, int], size: int, stretch: Stretch) -> float:
    with socket.create_connection(("127.0.0.1", ports["source"])) as peer:
        buffer = bytearray(READ)
        counted = left = size - len(peer.recv(1))
        stretch.begin()
        while left > 0:
            got = peer.recv_into(buffer)
            if not got:
                raise ConnectionError("the conduit ended early")
            left -= got
        return stretch.rate(counted)


def _up(ports: dict[str, int], size: int, stretch: Stretch) -> float:
    data = os.urandom(READ)
    with socket.create_connection(("127.0.0.1", ports["sink"])) as peer:
        if peer.recv(1) != b"\n":
            raise ConnectionError("the conduit did not open")
        stretch.begin()
        for _ in range(size // READ):
            peer.sendall(data)
        peer.shutdown(socket.SHUT_WR)
        if int(peer.recv(64)) != size:
            raise ConnectionError("the machine did not get it all")
        return stretch.rate(size)


def _echoes(port: int, count: int) -> list[float]:
    times = []
    with socket.create_connection(("127.0.0.1", port)) as peer:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(count):
            begun = time.perf_counter()
            peer.sendall(b"x")
            peer.recv(1)
            times.append((time.perf_counter() - begun) * 1000)
    return times[10:]
