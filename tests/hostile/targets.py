"""Assets that mean harm: an SSH server that says what a test tells it, and a socket that speaks no SSH at all.

Each runs in a thread with a loop of its own, so that a flood from it is another machine's to the gate.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Any

import asyncssh

from broker.vault.sealed import Credential
from domain.ids import AssetId
from domain.plant import Endpoint, Protocol
from tests.peers.gate import PeerGate

HOSTILE = "\x1b]52;c;cm0gLXJmIH4=\x07\x1b[2J\x9b31m\u202e\u2066evil\x00\r\n\ufeff"
"""Clipboard, clear screen, an 8-bit CSI, bidirectional overrides, a NUL, a line end, a byte order mark."""

ACTS = ("\x1b", "\x07", "\x9b", "\x00", "\u202e", "\u2066", "\ufeff")
"""What must be in nothing that we say."""

Program = Callable[[asyncssh.SSHServerProcess], Awaitable[None]]
STOP_S = 20


class Server(asyncssh.SSHServer):
    """Takes whoever comes, and may say something first."""

    def __init__(self, open_ones: set[Any], banner: str, seen: list[str]) -> None:
        self.open_ones = open_ones
        self.banner = banner
        self.seen = seen

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self.connection = conn
        self.open_ones.add(conn)
        self.seen.append("connected")

    def begin_auth(self, username: str) -> bool:
        self.seen.append(f"asked {username}")
        if self.banner:
            self.connection.send_auth_banner(self.banner)
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        self.seen.append(f"password {password}")
        return True


@contextmanager
def running(serve: Callable[[set[Any]], Awaitable[Any]]) -> Iterator[int]:
    """A server in a thread of its own: the port it listens on. ``serve`` answers an ``asyncio`` server."""
    started, ports = threading.Event(), []
    open_ones: set[asyncio.WriteTransport] = set()
    loop, stop = asyncio.new_event_loop(), asyncio.Event()
    faults: list[BaseException] = []
    loop.set_exception_handler(
        lambda _loop, context: None
    )  # what becomes of a hostile peer is nobody's concern

    async def main() -> None:
        server = await serve(open_ones)
        ports.append(server.sockets[0].getsockname()[1])
        started.set()
        await stop.wait()
        server.close()
        for transport in tuple(open_ones):
            transport.abort()
        await asyncio.sleep(0)

    def run() -> None:
        try:
            loop.run_until_complete(main())
            rest = asyncio.all_tasks(loop)
            for task in rest:
                task.cancel()
            loop.run_until_complete(asyncio.gather(*rest, return_exceptions=True))
        except BaseException as error:  # noqa: BLE001 (told in the test's own thread)
            faults.append(error)
        finally:
            started.set()
            loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        assert started.wait(STOP_S)
        assert not faults, faults
        yield ports[0]
    finally:
        if not loop.is_closed():
            loop.call_soon_threadsafe(stop.set)
        thread.join(STOP_S)
        assert not thread.is_alive()


@contextmanager
def ssh_target(
    gate: PeerGate,
    program: Program,
    *,
    asset: str = "eng-ws-1",
    factory: Callable[..., Server] = Server,
    banner: str = "",
    host_key: asyncssh.SSHKey | None = None,
    pinned: asyncssh.SSHKey | None = None,
    **options: Any,
) -> Iterator[list[str]]:
    """A hostile asset in the plant, its key pinned unless another is; what it saw of the gate."""
    key = host_key or asyncssh.generate_private_key("ssh-ed25519")
    seen: list[str] = []

    async def serve(open_ones: set[Any]) -> Any:
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_host_keys=[key],
            server_factory=lambda: factory(open_ones, banner, seen),
            process_factory=program,
            encoding=None,
            line_editor=False,
            **options,
        )

    with running(serve) as port:
        _place(gate, asset, port, pinned or key)
        yield seen


@contextmanager
def raw_target(
    gate: PeerGate, speak: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
) -> Iterator[None]:
    """An asset whose port answers as ``speak`` does."""

    async def serve(open_ones: set[Any]) -> Any:
        async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            open_ones.add(writer.transport)
            await speak(reader, writer)

        return await asyncio.start_server(one, "127.0.0.1", 0)

    with running(serve) as port:
        _place(gate, "eng-ws-1", port, asyncssh.generate_private_key("ssh-ed25519"))
        yield


def _place(gate: PeerGate, asset: str, port: int, pinned: asyncssh.SSHKey) -> None:
    line = " ".join(pinned.export_public_key("openssh").decode().split()[:2])
    gate.place(asset, Endpoint(Protocol.SSH, ip_address("127.0.0.1"), port, (line,)))
    gate.credentials[AssetId(asset)] = Credential("plant", password="s3cret-of-the-vault")


def inert_line(err: bytes) -> str:
    """The one line that the gate refuses with; asserts that nothing in all of ``err`` acts on a terminal."""
    text = err.decode("utf-8")
    for act in ACTS:
        assert act not in text, repr(text[:2000])
    lines = [line for line in text.splitlines() if line.startswith("penstock: refused [")]
    assert len(lines) == 1, text[:2000]
    assert "What to do: " in lines[0]
    assert len(lines[0]) < 1000, len(lines[0])
    assert "Traceback" not in text
    return lines[0]
