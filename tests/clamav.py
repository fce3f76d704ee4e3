"""A real clamd with a signature database of its own: EICAR's, and nothing else."""

import hashlib
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.programs import program

EICAR = ("X5O!P%@AP[4\\PZX54(P^)7CC)7}" + "$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*").encode()
"""What every scanner of viruses finds, by agreement; in two halves, so that none finds this module."""

STREAM_MIB = 8
"""What it takes at most."""


@contextmanager
def clamd(folder: Path) -> Iterator[tuple[Path, subprocess.Popen[bytes]]]:
    """Its socket, once it answers, and its process; AssertionError where it does not start."""
    daemon = program("clamd")
    database = folder / "clamav"
    database.mkdir()
    digest = hashlib.md5(EICAR, usedforsecurity=False).hexdigest()
    (database / "eicar.hdb").write_text(f"{digest}:{len(EICAR)}:Eicar-Test\n")
    path, log = folder / "clamd.sock", folder / "clamd.log"
    config = folder / "clamd.conf"
    config.write_text(
        f"LocalSocket {path}\nDatabaseDirectory {database}\nForeground yes\nLogFile {log}\nTemporaryDirectory {folder}\n"
        f"StreamMaxLength {STREAM_MIB}M\nMaxThreads 2\nFixStaleSocket yes\n"
    )
    process = subprocess.Popen(
        [daemon, "--config-file", config],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not _answers(path):
            assert process.poll() is None, log.read_text() if log.exists() else "clamd did not start"
            time.sleep(0.02)
        yield path, process
    finally:
        process.kill()
        process.wait()


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as asked:
        try:
            asked.connect(str(path))
            asked.sendall(b"zPING\0")
            return asked.recv(5) == b"PONG\0"
        except OSError:
            return False
