"""What the matrix is tried against: a zone of its own in a node's charter, and targets that count what reaches them.

Of each asset there are two alike, so that a permit for one can be tried on the other. The first of the SSH ones is a real
sshd behind a counter; every other endpoint is a counter alone: what is to be shown is that nothing reaches it.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from broker.vault.sealed import Credential
from broker.vault.store import Vault, entry_of
from domain.ids import AssetId
from domain.plant import LINES, Protocol
from tests.broker.conduits.samples import SAMPLES
from tests.broker.conduits.vnc import samples as vnc
from tests.node import Node
from tests.rdp_server import PASSWORD, USER, RdpServer, xrdp
from tests.sshd import Sshd, sshd
from tests.vnc_server import VncServer, vnc_server

ZONE, CONDUIT, VENDOR = "cell-9", "dmz-cell-9", "brightwater"
STATION, TELNET, SERIAL, BROWSED = "mx", "tn", "sl", "br"
SPARE = "spare"
"""An endpoint that nothing is tried on, so that a permit can be for something else than what is tried."""
SPARES = {STATION: Protocol.TCP, TELNET: Protocol.MODBUS, SERIAL: Protocol.TCP, BROWSED: Protocol.TCP}
"""What that speaks: no asset speaks anything twice."""

SPOKEN: Mapping[str, Sequence[str]] = {
    STATION: [str(one) for one in Protocol if one not in LINES and one is not Protocol.TCP],
    TELNET: [Protocol.TELNET, Protocol.TCP],
    SERIAL: [Protocol.SERIAL],
    BROWSED: [Protocol.SSH, Protocol.HTTP, Protocol.VNC],
}
"""By kind of asset what it speaks; each has a spare one as well."""


@dataclass
class Target:
    """One endpoint of one asset: how often it was connected to, and what came."""

    greeting: bytes = b""
    answers: tuple[bytes, ...] = ()
    """What it says to each thing that it is told, one after another."""
    behind: int = 0
    """The port that it passes everything on to; 0 is none."""
    port: int = 0
    connections: int = 0
    open: int = 0
    received: bytearray = field(default_factory=bytearray)
    desk: VncServer | None = None
    """The asset's own screen, where one is behind it."""

    def reached(self) -> int:
        """How much reached it: bytes; at a screen the keys and clicks that its window was told of."""
        return len(self.received) if self.desk is None else len(self.desk.events())

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.connections += 1
        self.open += 1
        try:
            if self.behind:
                await self._pass_on(reader, writer)
            else:
                await self._answer(reader, writer)
        except ConnectionError:
            pass
        finally:
            self.open -= 1
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(self.greeting)
        answers = iter(self.answers)
        while data := await reader.read(65536):
            self.received += data
            writer.write(next(answers, b""))

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, to = await asyncio.open_connection("127.0.0.1", self.behind)

        async def back() -> None:
            with suppress(ConnectionError):
                while data := await there.read(65536):
                    writer.write(data)
            writer.close()

        async with asyncio.TaskGroup() as group:
            group.create_task(back())
            with suppress(ConnectionError):
                while data := await reader.read(65536):
                    self.received += data
                    to.write(data)
            to.close()


@dataclass(frozen=True, slots=True)
class Yard:
    """All targets, by asset and by what they speak there."""

    targets: Mapping[tuple[str, str], Target]
    station: Sshd
    """What stands behind the first SSH endpoint."""
    desktop: RdpServer
    """What stands behind the first RDP endpoint."""

    def seen(self) -> dict[tuple[str, str], tuple[int, int]]:
        """How often each was connected to, and how many bytes came."""
        return {where: (one.connections, len(one.received)) for where, one in self.targets.items()}

    def port(self, kind: str, spoken: str, number: int = 1) -> int:
        """Where the asset of this kind and number speaks that."""
        return self.targets[f"{kind}-{number}", spoken].port

    def written(self, files: dict[str, str]) -> None:
        """Put the zone, its conduit and its assets into a charter."""
        files["zones.toml"] += _zone(files["zones.toml"])
        files["conduits.toml"] += _conduit(files["conduits.toml"])
        files["assets.toml"] += "".join(
            self._asset(files["assets.toml"], asset) for asset in sorted(self._assets())
        )
        names = ", ".join(f'"{asset}"' for asset in sorted(self._assets()))
        files["vendors.toml"] = files["vendors.toml"].replace(
            'assets = ["eng-ws-1", "sis-1"]', f'assets = ["eng-ws-1", "sis-1", {names}]'
        )

    def entrusted(self, plant: Node) -> None:
        """Keep the station's credential in the node's vault."""
        vault = Vault(plant.layout.vault, plant.layout.vault_key)
        for asset in (f"{kind}-{number}" for kind in (STATION, BROWSED) for number in (1, 2)):
            vault.set(entry_of(AssetId(asset), Protocol.RDP), Credential(USER, password=PASSWORD))
            vault.set(
                AssetId(asset),
                Credential(username=self.station.user, private_key_pem=self.station.private_key),
            )

    def _assets(self) -> set[str]:
        return {asset for asset, _ in self.targets}

    def _asset(self, assets: str, asset: str) -> str:
        (block,) = (one for one in _blocks(assets, "asset") if 'id = "hmi-1"' in one)
        head = block[: block.index("[[asset.endpoint]]")]
        head = _set(head, id=asset, name=f"Station {asset.upper()}", zone=ZONE)
        head = re.sub(r"(?m)^depends_on.*\n", "", head)
        ends = [
            f'[[asset.endpoint]]\nprotocol = "{SPARES[asset.partition("-")[0]] if spoken == SPARE else spoken}"\n'
            f'address = "127.0.0.1"\nport = {one.port}\n'
            + (f'host_keys = ["{self.station.host_key}"]\n' if spoken == Protocol.SSH else "")
            + (
                f"[asset.endpoint.tls]\ncertificates = {[*self.desktop.web.certificates]}\n"
                if spoken == Protocol.RDP
                else ""
            )
            for (where, spoken), one in self.targets.items()
            if where == asset
        ]
        return "\n" + head + "\n".join(ends)


@asynccontextmanager
async def yard(folder: Path) -> AsyncIterator[Yard]:
    """The targets, listening."""
    async with AsyncExitStack() as stack:
        station = await stack.enter_async_context(sshd(folder / "mx-sshd"))
        desk = await stack.enter_async_context(vnc_server(folder / "mx-desk"))
        desktop = await stack.enter_async_context(xrdp(folder / "mx-xrdp", desk))
        behind = {Protocol.SSH: station.port, Protocol.RDP: desktop.port}
        targets: dict[tuple[str, str], Target] = {}
        for kind, spoken in SPOKEN.items():
            for number in (1, 2):
                for one in (*spoken, SPARE):
                    target = Target(*_says(one), behind.get(one, 0))
                    target.desk = desk if one == Protocol.RDP else None
                    server = await stack.enter_async_context(
                        await asyncio.start_server(target.serve, "127.0.0.1", 0)
                    )
                    target.port = server.sockets[0].getsockname()[1]
                    targets[f"{kind}-{number}", one] = target
        yield Yard(targets, station, desktop)


def _says(spoken: str) -> tuple[bytes, tuple[bytes, ...]]:
    """What a device says at once, and then until its connection is up."""
    if spoken == Protocol.VNC:
        return vnc.VERSION, (b"\1\1", bytes(4), vnc.INIT)
    samples = SAMPLES.get(Protocol(spoken)) if spoken != SPARE else None
    if samples is None:
        return b"", ()
    return b"", tuple(said for by_vendor, said in samples.talk[: samples.handshake] if not by_vendor)


def _zone(zones: str) -> str:
    (block,) = (one for one in _blocks(zones, "zone") if 'id = "operations"' in one)
    return "\n" + _set(block, id=ZONE, name="Cell 9", criticality="low")


def _conduit(conduits: str) -> str:
    (block,) = (one for one in _blocks(conduits, "conduit") if 'id = "dmz-operations"' in one)
    block = _set(block, id=CONDUIT, name="Everything into cell 9", to=ZONE)
    grants = ["shell", "exec", "sftp", "scp", "rsync", "zmodem", "forward"]
    block = re.sub(r"(?m)^vendors = .*$", f'vendors = ["{VENDOR}"]', block)
    block = re.sub(r"(?m)^grants = .*$", f"grants = {grants!r}\ncleartext = ['telnet', 'serial']", block)
    start = block.index("[conduit.protocols]")
    end = block.index("[conduit.", start + 1)
    carried = "".join(f'{one} = ["view", "operate"]\n' for one in Protocol)
    return "\n" + block[:start] + f"[conduit.protocols]\n{carried}\n" + block[end:]


def _blocks(text: str, header: str) -> list[str]:
    """The entries of a charter's file, each with its header."""
    return [f"[[{header}]]{one}" for one in text.split(f"[[{header}]]")[1:]]


def _set(block: str, **values: str) -> str:
    """The entry with other values of its plain fields."""
    for key, value in values.items():
        block = re.sub(rf"(?m)^{key} = .*$", f'{key} = "{value}"', block, count=1)
    return block
