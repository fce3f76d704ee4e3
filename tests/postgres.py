"""A real PostgreSQL for a test run: a cluster in a temporary folder, on a unix socket, as no root.

Ended by its own process. Where PostgreSQL is missing, the tests that need it are skipped loudly.
"""

import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import asyncpg
import pytest

PATIENCE_S = 20

INITDB = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "-N", "--no-instructions"]
# A test's data need not survive the machine; nothing but the unix socket listens.
POSTGRES = [
    "-c",
    "listen_addresses=",
    "-c",
    "fsync=off",
    "-c",
    "full_page_writes=off",
    "-c",
    "max_connections=60",
]


@dataclass(frozen=True)
class Cluster:
    """A running server; ``socket`` is the folder of its unix socket."""

    socket: Path

    async def new_database(self, template: str = "template0") -> str:
        """The URL of a fresh database: empty, or a copy of one that nobody is connected to."""
        name = f"t{secrets.token_hex(8)}"
        connection = await asyncpg.connect(host=str(self.socket), user="postgres", database="postgres")
        try:
            await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        finally:
            await connection.close()
        return f"postgresql+asyncpg://postgres@/{name}?host={self.socket}"


def programs() -> Path | None:
    """Where initdb and postgres are: on the path, or in Debian's versioned folder, newest first."""
    if shutil.which("initdb") and shutil.which("postgres"):
        return Path(os.path.realpath(shutil.which("postgres") or "")).parent
    versions = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    numbered = sorted(versions, key=lambda path: int(re.sub(r"\D", "", path.parts[-3]) or 0))
    return numbered[-1].parent if numbered else None


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Initialise, start, and in the end stop and remove a cluster; pytest.skip when there is none."""
    binaries = programs()
    if binaries is None:
        pytest.skip("needs PostgreSQL: apt-get install postgresql")
    # A short path: a unix socket's may have 107 bytes at most.
    folder = Path(tempfile.mkdtemp(prefix="penstock-pg-", dir="/tmp"))
    identity = _someone_else(folder)
    data = folder / "data"
    try:
        subprocess.run(
            [binaries / "initdb", "-D", data, *INITDB],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd="/",
            **identity,
        )
        with tempfile.TemporaryFile() as log:
            server = subprocess.Popen(
                [binaries / "postgres", "-D", data, "-k", folder, *POSTGRES],
                stdout=subprocess.DEVNULL,
                stderr=log,
                cwd="/",
                **identity,
            )
            try:
                _wait_for(server, binaries, folder, log)
                yield Cluster(folder)
            finally:
                server.send_signal(signal.SIGINT)  # fast shutdown: open sessions are cut
                server.wait(PATIENCE_S)
    finally:
        subprocess.run(["rm", "-r", folder], check=True, cwd="/", **identity)  # as whose it is


def _someone_else(folder: Path) -> dict[str, object]:
    """PostgreSQL refuses to run as root: then it runs as its own user, or as nobody."""
    if os.geteuid() != 0:
        return {}
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = known.get("postgres") or known["nobody"]
    os.chown(folder, entry.pw_uid, os.getegid())
    folder.chmod(0o770)  # its sockets are for us too
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _wait_for(server: subprocess.Popen[bytes], binaries: Path, folder: Path, log: IO[bytes]) -> None:
    tries = int(PATIENCE_S / 0.02)
    for _ in range(tries):
        if subprocess.run([binaries / "pg_isready", "-h", folder, "-q"], check=False).returncode == 0:
            return
        if server.poll() is not None:
            break
        time.sleep(0.02)
    log.seek(0)
    raise RuntimeError(f"PostgreSQL did not start:\n{log.read().decode('utf-8', 'replace')}")
