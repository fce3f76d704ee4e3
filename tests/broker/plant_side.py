"""The two ends of a gate under test: an asset that remembers what reached it, and a vendor who types."""

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Target:
    """An asset on loopback. ``received`` grows while its connections live; ``gone`` counts those that ended."""

    def __init__(self) -> None:
        self.received = b""
        self.gone = 0
        self._counting = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._listener.accept()
                threading.Thread(target=self._read, args=(line,), daemon=True).start()

    def _read(self, line: socket.socket) -> None:
        with line, suppress(OSError):
            while data := line.recv(65536):
                with self._counting:
                    self.received += data
        with self._counting:
            self.gone += 1

    def close(self) -> None:
        self._listener.close()


def until(claim: Callable[[], object], what: str) -> None:
    """Wait for ``claim``; a machine under load gets a long time for it."""
    end = time.monotonic() + 30
    while not claim():
        assert time.monotonic() < end, what
        time.sleep(0.01)


@contextmanager
def small_gate(
    folder: Path, target: Target, seconds: float, how: str = "alone", largest: int = 0
) -> Generator[tuple[subprocess.Popen[str], int]]:
    """A gate process whose files may grow to ``largest`` bytes, and the port it listens on."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "tests.broker.small_gate"),
            *(str(folder), str(target.port), str(seconds), how, str(largest)),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield process, int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@contextmanager
def watchdog(folder: Path) -> Generator[subprocess.Popen[bytes]]:
    """A watchdog process, serving."""
    (folder / "run").mkdir(exist_ok=True)
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, pathlib; from broker.watchdog.watchdog import main; main(pathlib.Path(sys.argv[1]))",
            str(folder),
        ],
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        until((folder / "run" / "watchdog.sock").exists, "the watchdog serves")
        yield process
    finally:
        process.kill()
        process.wait()
        (folder / "run" / "watchdog.sock").unlink(missing_ok=True)


def leaves_in(folder: Path) -> list[dict[str, object]]:
    """What the small gate's ledger holds."""
    path = folder / "leaves"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def closed_by_peer(line: socket.socket) -> bool:
    """Whether the gate's side of ``line`` is closed; reads away what comes before that."""
    line.settimeout(30)
    try:
        while line.recv(65536):
            pass
    except ConnectionError:
        pass
    except TimeoutError:
        return False
    return True
