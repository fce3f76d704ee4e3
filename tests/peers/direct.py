"""The same stock clients straight at the asset, to compare with: whatever differs is the gate's doing."""

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path

from broker.door.sign_in import BANNER
from tests.openssh import Client, Result
from tests.sshd import Sshd

NOTICE = BANNER.encode()


def straight(asset: Sshd, folder: Path) -> Client:
    """A client that needs no gate, because it holds the asset's own key."""
    folder.mkdir()
    key, known_hosts = folder / "id", folder / "known_hosts"
    key.write_text(asset.private_key)
    key.chmod(0o600)
    known_hosts.write_text(f"[127.0.0.1]:{asset.port} {asset.host_key}\n")
    return Client(folder, "127.0.0.1", asset.port, key, known_hosts, lambda: "no code is asked for")


def told(result: Result) -> Result:
    """What came of a run through the gate, without the one thing that the gate says: its notice."""
    assert result.err.count(NOTICE) <= 1
    return replace(result, err=result.err.replace(NOTICE, b""))


@dataclass(frozen=True, slots=True)
class Pair:
    """One person's client at the gate, and one straight at the asset behind it."""

    gate: Client
    direct: Client
    where: str
    """Who to be at the gate."""
    account: str
    """Who to be at the asset."""

    async def run(
        self, *command: str, given: bytes = b"", options: tuple[str, ...] = ()
    ) -> tuple[Result, Result]:
        """The same program on both ways, at the same time."""
        through, direct = await asyncio.gather(
            self.gate.ssh(self.where, *command, given=given, options=options),
            self.direct.ssh(self.account, *command, given=given, options=options),
        )
        return told(through), direct

    def both(self) -> tuple[tuple[Client, str, str], ...]:
        """Each way: its client, the user and host to name, and a word for it."""
        return (
            (self.gate, f"{self.where}@{self.gate.host}", "gate"),
            (self.direct, f"{self.account}@{self.direct.host}", "direct"),
        )
