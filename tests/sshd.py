"""A real OpenSSH sshd on a free loopback port, as this user, with its own keys; ended by its own pid.

Stands for an asset. ``async with sshd(folder) as asset``; skips loudly where the binary is missing.
"""

import asyncio
import getpass
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh

from broker.demo.ports import free_port
from tests.programs import program

PRIVILEGE_SEPARATION = Path("/run/sshd")


@dataclass(slots=True)
class Sshd:
    """A running sshd, and what a client needs of it."""

    port: int
    user: str
    host_key: str
    """Its host key, as a charter pins it."""
    private_key: str
    """A private key that it accepts, in OpenSSH's form."""
    log: list[str] = field(default_factory=list)

    def said(self, words: str) -> bool:
        """Whether its own log holds ``words``."""
        return any(words in line for line in self.log)


@asynccontextmanager
async def sshd(folder: Path, *extra: str) -> AsyncIterator[Sshd]:
    """Start one; ``extra`` are further lines of its configuration."""
    daemon, files = program("sshd"), program("sftp-server")
    if os.geteuid() == 0:
        PRIVILEGE_SEPARATION.mkdir(mode=0o755, exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    host = asyncssh.generate_private_key("ssh-ed25519")
    own = asyncssh.generate_private_key("ssh-ed25519")
    host_file, keys_file, conf = folder / "host", folder / "keys", folder / "sshd_config"
    host_file.write_bytes(host.export_private_key("openssh"))
    host_file.chmod(0o600)
    keys_file.write_bytes(own.export_public_key("openssh"))
    port = free_port()
    conf.write_text(
        "\n".join(
            [
                f"Port {port}",
                "ListenAddress 127.0.0.1",
                f"HostKey {host_file}",
                f"AuthorizedKeysFile {keys_file}",
                "StrictModes no",
                "UsePAM no",
                "PasswordAuthentication no",
                "KbdInteractiveAuthentication no",
                "PermitRootLogin yes",
                "AcceptEnv *",
                f"SetEnv HOME={folder}",  # nothing of this machine's own shell set-up is read, or waited for
                "PrintMotd no",
                "PrintLastLog no",
                "LogLevel VERBOSE",
                "PidFile none",
                "MaxSessions 100",
                "MaxStartups 200",
                f"Subsystem sftp {files}",
                *extra,
                "",
            ]
        )
    )
    process = await asyncio.create_subprocess_exec(
        daemon, "-f", conf, "-D", "-e", stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    line = host.export_public_key("openssh").decode().strip()
    running = Sshd(
        port, getpass.getuser(), " ".join(line.split()[:2]), own.export_private_key("openssh").decode()
    )
    assert process.stderr is not None
    try:
        while not running.said("Server listening on"):
            read = await asyncio.wait_for(process.stderr.readline(), 20)
            assert read, f"sshd did not start: {running.log}"
            running.log.append(read.decode("utf-8", "replace").rstrip())
        async with asyncio.TaskGroup() as group:
            reader = group.create_task(_collect(process.stderr, running.log))
            try:
                yield running
            finally:
                # With its whole family: a session or a job left running would keep us waiting for its words.
                family = _descendants(process.pid)
                process.terminate()
                for pid in family:
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                await process.wait()
                reader.cancel()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _descendants(pid: int) -> list[int]:
    """The processes that ``pid`` started, and those that they did, and so on."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            child, _, rest = stat.read_text("utf-8", "replace").partition(" ")
            parents.setdefault(int(rest.rpartition(")")[2].split()[1]), []).append(int(child))
    found: list[int] = []
    waiting = [pid]
    while waiting:
        children = parents.get(waiting.pop(), [])
        found += children
        waiting += children
    return found


async def _collect(stream: asyncio.StreamReader, log: list[str]) -> None:
    while line := await stream.readline():
        log.append(line.decode("utf-8", "replace").rstrip())
