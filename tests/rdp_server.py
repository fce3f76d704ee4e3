"""Real RDP servers: xrdp, which shows the screen of a real VNC server over TLS; and FreeRDP's, which asks for NLA."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from broker.demo.ports import free_port
from domain.web import CERTIFICATE, Web
from tests.authority import authority
from tests.node_clients import listens
from tests.programs import program
from tests.vnc_server import PASSWORD as DESK_PASSWORD
from tests.vnc_server import VncServer

USER, PASSWORD = "operator", "rdp-pass"
NT_HASH = "6C0EBCC6BC5226E32C7E6893A156D9D0"
"""Of the password: MD4 over its UTF-16, which no library here has any more."""


@dataclass
class RdpServer:
    port: int
    certificate: Path
    log: Path

    def said(self) -> str:
        """Its log."""
        return self.log.read_text("utf-8", "replace")

    async def left(self) -> None:
        """Return once a client that was in is gone."""
        async with asyncio.timeout(20):
            while "xrdp_mm_module_cleanup" not in self.said():
                await asyncio.sleep(0.02)

    @property
    def web(self) -> Web:
        """How the charter knows it."""
        der = x509.load_pem_x509_certificate(self.certificate.read_bytes()).public_bytes(Encoding.DER)
        return Web(certificates=(CERTIFICATE + sha256(der).hexdigest(),))

    def channels(self) -> list[str]:
        """What the client asked for beside the screen."""
        lines = self.said().splitlines()
        return [one.partition("name ")[2].partition(",")[0] for one in lines if "Adding channel" in one]


@asynccontextmanager
async def xrdp(folder: Path, desk: VncServer) -> AsyncIterator[RdpServer]:
    """xrdp on a free port of 127.0.0.1: whoever signs in sees and works at ``desk``."""
    daemon = program("xrdp")
    folder.mkdir(exist_ok=True)
    own, port = authority(folder / "own"), free_port()
    (folder / "xrdp.ini").write_text(f"""[Globals]
ini_version=1
fork=true
port=tcp://127.0.0.1:{port}
security_layer=tls
certificate={own.certificate}
key_file={own.key}
ssl_protocols=TLSv1.2, TLSv1.3
autorun=desk
allow_channels=true
max_bpp=32
[Logging]
LogFile={folder}/xrdp.log
LogLevel=DEBUG
EnableSyslog=false
[Channels]
rdpdr=true
rdpsnd=true
drdynvc=true
cliprdr=true
[desk]
name=desk
lib=libvnc.so
ip=127.0.0.1
port={desk.port}
username=na
password={DESK_PASSWORD}
""")
    server = await asyncio.create_subprocess_exec(
        daemon, "--nodaemon", "-c", str(folder / "xrdp.ini"), stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )  # fmt: skip
    try:
        await listens(port)
        yield RdpServer(port, own.certificate, folder / "xrdp.log")
    finally:
        server.terminate()
        await server.wait()


@asynccontextmanager
async def asks_for_nla(folder: Path, desk: VncServer) -> AsyncIterator[RdpServer]:
    """FreeRDP's server over the screen of ``desk``, on a free port of 127.0.0.1: nobody is in before NLA let them in."""
    daemon = program("freerdp-shadow-cli")
    folder.mkdir(exist_ok=True)
    port = free_port()
    (folder / "sam").write_text(f"{USER}:::{NT_HASH}:::\n")
    command = (daemon, "/bind-address:127.0.0.1", f"/port:{port}", "/sec:nla")
    environment = {"DISPLAY": desk.display, "HOME": str(folder), "PATH": "/usr/bin:/bin"}
    with (folder / "log").open("wb") as log:
        server = await asyncio.create_subprocess_exec(
            *command, f"/sam-file:{folder / 'sam'}", env=environment, stdout=log, stderr=log
        )
    try:
        await listens(port)
        yield RdpServer(port, folder / ".config/freerdp/shadow/shadow.crt", folder / "log")
    finally:
        server.terminate()
        await server.wait()


@asynccontextmanager
async def relayed(first: int, then: int) -> AsyncIterator[int]:
    """A port whose first connection leads to ``first``, and all others to ``then``: a machine that is turned into another."""
    ports = iter((first,))

    async def passed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, to = await asyncio.open_connection("127.0.0.1", next(ports, then))

        async def on(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            with suppress(ConnectionError):
                while data := await source.read(65536):
                    sink.write(data)
            sink.close()

        async with asyncio.TaskGroup() as group:
            group.create_task(on(there, writer))
            group.create_task(on(reader, to))

    server = await asyncio.start_server(passed, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def processes(root: int) -> dict[int, str]:
    """That process and all below it that are there: command line and environment, each with NUL between its words."""
    parents: dict[int, int] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            words = status.read_text("ascii", "replace").rpartition(")")[2].split()
            if words[0] != "Z":
                parents[int(status.parent.name)] = int(words[1])
    found, more = set[int](), {root} & parents.keys()
    while more:
        found |= more
        more = {one for one, parent in parents.items() if parent in found} - found
    told = {}
    for one in found:
        with suppress(OSError):
            there = Path(f"/proc/{one}")
            told[one] = (there / "cmdline").read_text("utf-8", "replace") + (there / "environ").read_text(
                "utf-8", "replace"
            )
    return told
