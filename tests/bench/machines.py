"""The two OpenSSH servers of a benchmark: the machine that everybody wants to reach, and the jump in front of it."""

import getpass
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from broker.charter.founding import new_ssh_key
from broker.demo.ports import free_port
from tests.programs import program
from tests.sshd import PRIVILEGE_SEPARATION

CONFIG = """\
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host
AuthorizedKeysFile {folder}/keys
PidFile none
UsePAM no
UseDNS no
PasswordAuthentication no
KbdInteractiveAuthentication no
StrictModes no
PermitRootLogin yes
PrintMotd no
PrintLastLog no
LogLevel ERROR
MaxStartups 2000
MaxSessions 1000
Subsystem sftp internal-sftp
"""
PATIENCE_S = 20.0


@dataclass(frozen=True, slots=True)
class Machine:
    """A running sshd."""

    pid: int
    port: int
    user: str
    host_key: str


@contextmanager
def openssh(folder: Path, *accepted: str) -> Iterator[Machine]:
    """An sshd that takes these public keys, up while entered."""
    if os.geteuid() == 0:
        PRIVILEGE_SEPARATION.mkdir(mode=0o755, exist_ok=True)
    folder.mkdir(mode=0o700, parents=True)
    host_key = new_ssh_key(folder / "host")
    (folder / "keys").write_text("\n".join(accepted) + "\n")
    port = free_port()
    config = folder / "sshd_config"
    config.write_text(CONFIG.format(port=port, folder=folder))
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [program("sshd"), "-D", "-e", "-f", config], stdin=subprocess.DEVNULL, stderr=log
        )
    try:
        listens(port)
        yield Machine(process.pid, port, getpass.getuser(), " ".join(host_key.split()[:2]))
    finally:
        process.terminate()
        process.wait()


def listens(port: int, patience_s: float = PATIENCE_S) -> None:
    """Wait until somebody listens there; TimeoutError when nobody comes."""

    end_s = time.monotonic() + patience_s
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), 1):
                return
        except OSError:
            if time.monotonic() > end_s:
                raise TimeoutError(f"nobody listens at port {port}") from None
            time.sleep(0.02)
