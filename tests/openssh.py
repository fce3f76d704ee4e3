"""The stock OpenSSH clients, run as a vendor's engineer would run them, with the code typed for them."""

import asyncio
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.programs import program

PATIENCE_S = 30


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one run."""

    status: int
    out: bytes
    err: bytes

    @property
    def complaint(self) -> str:
        """Its standard error as text, without the login notice."""
        lines = self.err.decode("utf-8", "replace").splitlines()
        return "\n".join(
            line for line in lines if not line.startswith(("Penstock:", "evidence, and may be watched"))
        )


@dataclass(slots=True)
class Client:
    """One person's client: their key, the gate's host key, and somebody who types the code."""

    folder: Path
    host: str
    port: int
    key: Path
    known_hosts: Path
    code: Callable[[], str]
    patience_s: float = PATIENCE_S

    def options(self, *more: str) -> list[str]:
        """What every program is given: nothing of this machine's own SSH set-up is used."""
        settings = {
            "UserKnownHostsFile": str(self.known_hosts),
            "GlobalKnownHostsFile": "none",
            "StrictHostKeyChecking": "yes",
            "IdentitiesOnly": "yes",
            "IdentityAgent": "none",
            "PreferredAuthentications": "publickey,keyboard-interactive",
            "NumberOfPasswordPrompts": "1",
            "ConnectTimeout": "20",
        }
        given = [part for name, value in settings.items() for part in ("-o", f"{name}={value}")]
        # ssh(1) keeps the first value it is given, so what a test says comes first.
        return ["-F", "none", "-i", str(self.key), *more, *given]

    def environment(self) -> dict[str, str]:
        """The surroundings of one run; draws one fresh code."""
        askpass = self.folder / "askpass"
        # Of several codes each question takes the next; the last one stays.
        askpass.write_text(
            "#!/bin/sh\n"
            'seen="$0.$PPID"\n'
            "set -- $PENSTOCK_TEST_CODE\n"
            'while [ $# -gt 1 ] && IFS= read -r _; do shift; done 2>/dev/null <"$seen"\n'
            'echo >>"$seen"\n'
            'printf "%s\\n" "$1"\n'
        )
        askpass.chmod(0o700)
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "SSH_ASKPASS": str(askpass),
            "SSH_ASKPASS_REQUIRE": "force",
            "PENSTOCK_TEST_CODE": self.code(),
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
        }

    def command(self, user: str, *arguments: str, options: Sequence[str] = ()) -> list[str]:
        """An ``ssh`` command line to ``user`` at the gate."""
        return [
            program("ssh"),
            *self.options(*options),
            "-p",
            str(self.port),
            f"{user}@{self.host}",
            *arguments,
        ]

    async def ssh(
        self, user: str, *arguments: str, options: Sequence[str] = (), given: bytes = b"", **variables: str
    ) -> Result:
        """Run ``ssh user@gate arguments``."""
        return await self.run(self.command(user, *arguments, options=options), given=given, **variables)

    async def sftp(self, user: str, batch: str, *options: str) -> Result:
        """Run ``sftp`` with a batch of commands."""
        # Not as a URL: sftp(1) would read the plus sign in one as a space.
        # BatchMode is what -b implies; it would forbid the code to be asked for.
        line = [
            program("sftp"),
            *self.options(*options),
            "-o",
            "BatchMode=no",
            "-b",
            "-",
            "-P",
            str(self.port),
            f"{user}@{self.host}",
        ]
        return await self.run(line, given=batch.encode())

    async def scp(self, source: str, to: str, *options: str) -> Result:
        """Run ``scp``; ``{gate}`` stands for the gate's host."""
        line = [program("scp"), *self.options(*options), "-P", str(self.port)]
        return await self.run([*line, source.format(gate=self.host), to.format(gate=self.host)])

    async def run(self, line: Sequence[str], *, given: bytes = b"", **variables: str) -> Result:
        """Run any command line in these surroundings to its end."""
        process = await asyncio.create_subprocess_exec(
            *line,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self.environment() | variables,
            start_new_session=True,
        )
        try:
            out, err = await asyncio.wait_for(process.communicate(given), self.patience_s)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return Result(process.returncode if process.returncode is not None else -1, out, err)
