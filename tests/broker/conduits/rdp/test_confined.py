"""What a program of an engine can't do any more. Each tries it in a process of its own."""

import socket
import subprocess
import sys
from pathlib import Path
from tempfile import NamedTemporaryFile

import pytest

from broker.conduits.rdp import confined
from domain.errors import ConfigError

TRIES = """
import os, resource, socket, sys
from pathlib import Path
from broker.conduits.rdp.confined import confine
own, secret, port = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
confine([own])
def tried(what):
    try:
        what()
    except PermissionError:
        return "no"
    return "yes"
print(
    tried(lambda: (own / "new").write_bytes(b"x")),
    tried(lambda: os.listdir("/usr/bin")),
    tried(lambda: secret.read_bytes()),
    tried(lambda: Path("/etc/penstock-was-here").write_bytes(b"")),
    tried(lambda: socket.create_connection(("127.0.0.1", port))),
    tried(lambda: os.kill(os.getppid(), 0)),
    resource.getrlimit(resource.RLIMIT_CORE)[1],
)
"""


def test_it_reads_the_system_and_its_own_folder_and_connects_nowhere(tmp_path: Path) -> None:
    """The node's files, other ports and other processes are out of reach. The last two as far as the kernel is new.

    X servers have their sockets in ``/tmp``, so that much of it is in reach, and the secret lies elsewhere.
    """
    assert confined.landlock() >= 1, "these tests need a kernel with Landlock"
    with (
        socket.create_server(("127.0.0.1", 0)) as there,
        NamedTemporaryFile(dir="/var/tmp") as secret,
    ):
        port = there.getsockname()[1]
        command = [sys.executable, "-c", TRIES, str(tmp_path), secret.name, str(port)]
        done = subprocess.run(command, capture_output=True, check=True, text=True)
    kernel = confined.landlock()
    newer = "no" if kernel >= 4 else "yes", "no" if kernel >= 6 else "yes"
    assert done.stdout.split() == ["yes", "yes", "no", "no", *newer, "0"]


def test_on_a_kernel_that_can_not_nothing_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confined, "landlock", lambda: 0)
    with pytest.raises(ConfigError, match="can't confine the RDP engine"):
        confined.confine([])
