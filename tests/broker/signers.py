"""Real signer processes to test on: started, killed and started again."""

import socket as sockets
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from broker.ledger import append_now
from domain.errors import EvidenceError
from recorder.ledger.log import LogReader
from recorder.ledger.note import VerifierKey
from recorder.signing import create_key
from tests.recorder.ledger.logs import ORIGIN, heartbeat

PROGRAM = """
import resource, sys
from pathlib import Path
from broker.clock import SystemClock
from broker.signer import main
from recorder.signing import read_signer
"".encode("utf-16-be")  # loaded now: another user may not be able to read this interpreter's library
folder, largest, user = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
if largest:
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
signer = read_signer(folder / "ledger.key", "%s")
memory = folder / "ledger.signed"
sys.exit(main(folder / "ledger", folder / "signer.sock", signer, clock=SystemClock(), memory=memory, user=user))
"""


class SignerAt:
    """A node's folder with a ledger key, and the signer process that serves it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "signer.sock"
        self.ledger = folder / "ledger"
        self.memory = folder / "ledger.signed"
        self.key: VerifierKey = create_key(folder / "ledger.key", ORIGIN)
        self.process: subprocess.Popen[str] | None = None

    def launch(self, *, largest: int = 0, user: str = "") -> subprocess.Popen[str]:
        """Start the process without waiting; ``largest`` is the most bytes that a file may grow to."""
        arguments = [str(self.folder), str(largest), user]
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM % ORIGIN, *arguments],
            cwd=Path(__file__).parents[2],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return self.process

    def start(self, *, largest: int = 0, user: str = "") -> subprocess.Popen[str]:
        """Start the process and wait until it listens."""
        process = self.launch(largest=largest, user=user)
        for _ in range(1_000):
            if self._listens() or process.poll() is not None:
                break
            time.sleep(0.01)
        assert process.poll() is None, self.said()
        return process

    def _listens(self) -> bool:
        # The file is there an instant before anybody listens on it.
        with sockets.socket(sockets.AF_UNIX) as connection:
            try:
                connection.connect(str(self.socket))
            except OSError:
                return False
        return True

    def said(self) -> str:
        """Everything the process said; it has ended."""
        assert self.process is not None
        assert self.process.stdout is not None
        with self.process.stdout as output:
            return output.read()

    def kill(self) -> None:
        """End it as a power cut would, and clean up what the kernel does not."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self.said()
        self.socket.unlink(missing_ok=True)

    def stop(self) -> int:
        """Ask it to end; its exit status."""
        assert self.process is not None
        self.process.terminate()
        status = self.process.wait(timeout=20)
        self.said()
        return status

    @property
    def reader(self) -> LogReader:
        return LogReader(self.ledger)

    def takes(self, number: int) -> bool:
        """Whether an event is kept now."""
        try:
            append_now(self.socket, heartbeat(number))
        except EvidenceError:
            return False
        return True


def close(signers: Sequence[SignerAt]) -> None:
    """Kill what a test left running."""
    for one in signers:
        if one.process is not None:
            one.process.kill()
            one.process.wait()
            if one.process.stdout is not None:
                one.process.stdout.close()
