"""Ways to the same machine: ours, OpenSSH's jump, none at all, and whatever else speaks SSH and is named in a file."""

import os
import subprocess
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.programs import program

CIPHERS = "aes256-gcm@openssh.com,aes128-gcm@openssh.com,chacha20-poly1305@openssh.com,aes256-ctr"
"""The same wish for every peer and every leg, so that no way is measured by its default cipher."""

QUIET = {
    "IdentitiesOnly": "yes",
    "IdentityAgent": "none",
    "StrictHostKeyChecking": "no",
    "UserKnownHostsFile": "/dev/null",
    "GlobalKnownHostsFile": "none",
    "LogLevel": "ERROR",
    "PreferredAuthentications": "publickey",
    "ConnectTimeout": "20",
    "Ciphers": CIPHERS,
}


@dataclass(frozen=True, slots=True)
class Peer:
    """One way. ``user`` is whatever makes it lead to the machine."""

    name: str
    host: str
    port: int
    user: str
    key: Path
    options: tuple[str, ...] = ()

    def ssh(self, *command: str, options: Sequence[str] = ()) -> list[str]:
        """A stock ``ssh`` command line."""
        return [program("ssh"), *options, *self._common(), "-p", str(self.port), self.place, *command]

    def sftp(self) -> list[str]:
        """A stock ``sftp`` command line that reads its commands from standard input."""
        return [program("sftp"), *self._common(), "-b", "-", "-P", str(self.port), self.place]

    @property
    def place(self) -> str:
        return f"{self.user}@{self.host}"

    def _common(self) -> list[str]:
        given = [part for name, value in QUIET.items() for part in ("-o", f"{name}={value}")]
        return ["-F", "none", "-i", str(self.key), *self.options, *given]


def through(jump: Peer) -> tuple[str, ...]:
    """The option that leads through ``jump``: what ``-J`` does, with our key and settings on that leg too."""
    line = " ".join(jump.ssh(options=["-W", "%h:%p"]))
    return ("-o", f"ProxyCommand={line}")


def peers_in(path: Path, key: Path) -> tuple[Peer, ...]:
    """The further peers that a TOML file names."""
    found: list[dict[str, Any]] = tomllib.loads(path.read_text("utf-8")).get("peer", [])
    return tuple(
        Peer(
            name=one["name"],
            host=one["host"],
            port=one["port"],
            user=one["user"],
            key=Path(one.get("key", key)),
            options=tuple(part for option in one.get("options", ()) for part in ("-o", option)),
        )
        for one in found
    )


def environment(scratch: Path) -> dict[str, str]:
    """Surroundings for a client: nothing of this machine's own set-up, and an answer to any question."""
    askpass = scratch / "askpass"
    if not askpass.exists():
        askpass.write_text("#!/bin/sh\necho 000000\n")
        askpass.chmod(0o700)
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(scratch),
        "SSH_ASKPASS": str(askpass),
        "SSH_ASKPASS_REQUIRE": "force",
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
    }


def run(line: Sequence[str], scratch: Path, *, timeout_s: float = 60) -> None:
    """Run a command to its end; ConnectionError, with what it said, unless it exits 0."""
    ended = subprocess.run(
        line,
        env=environment(scratch),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
        timeout=timeout_s,
        start_new_session=True,
    )
    if ended.returncode:
        said = ended.stderr.decode("utf-8", "replace").strip()
        raise ConnectionError(f"{line[-2:]} ended with {ended.returncode}: {said}")
