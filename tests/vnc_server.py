"""A real VNC server with an X server in it, and a window of it that writes down every key and click that reaches it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from broker.conduits.vnc.security import answer
from broker.demo.ports import free_port
from tests.node_clients import listens
from tests.programs import program

PASSWORD = "hmi-pass"
WIDTH, HEIGHT = 320, 240


@dataclass
class VncServer:
    """Its screen is 320 by 240; ``window`` covers it."""

    port: int
    display: str
    _log: Path
    _server: asyncio.subprocess.Process

    async def stop(self) -> None:
        """End it; nothing happens when it has ended."""
        if self._server.returncode is None:
            self._server.terminate()
        await self._server.wait()

    def events(self) -> list[str]:
        """What the window was told, in its own words: ``KeyPress event``, ``ButtonPress event``."""
        lines = self._log.read_text("utf-8", "replace").splitlines()
        kinds = ("KeyPress", "KeyRelease", "ButtonPress", "ButtonRelease")
        return [one.split(",")[0] for one in lines if one.startswith(kinds)]

    async def told(self, kind: str, count: int = 1) -> list[str]:
        """Its events, once ``count`` of a kind are there."""
        async with asyncio.timeout(20):
            while self.events().count(f"{kind} event") < count:
                await asyncio.sleep(0.02)
        return self.events()


def _passwords() -> bytes:
    """The password as the server's file has it: under the key that every VNC server has for it."""
    fixed = bytes((23, 82, 107, 6, 35, 78, 88, 7)).decode("latin-1")
    return answer(PASSWORD.encode().ljust(8, b"\0"), fixed)


@asynccontextmanager
async def vnc_server(folder: Path, *, security: str = "VncAuth", port: int = 0) -> AsyncIterator[VncServer]:
    """Xtigervnc on a port of 127.0.0.1, a free one by itself, with xev in it."""
    screen, watcher = program("Xtigervnc"), program("xev")
    folder.mkdir(exist_ok=True)
    (folder / "passwd").write_bytes(_passwords())
    port = port or free_port()
    # Whatever display is free: the server says which on the file descriptor that it is given.
    server = await asyncio.create_subprocess_exec(
        screen, "-displayfd", "1", "-rfbport", str(port), "-interface", "127.0.0.1", "-localhost",
        "-SecurityTypes", security, "-PasswordFile", str(folder / "passwd"), "-geometry", f"{WIDTH}x{HEIGHT}",
        "-depth", "24", "-desktop", "panel", "-nolisten", "tcp", "-UseBlacklist=0", "-AcceptSetDesktopSize=0",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert server.stdout is not None
    try:
        async with asyncio.timeout(30):
            display = f":{(await server.stdout.readline()).decode().strip()}"
            await listens(port)
        with (folder / "xev").open("wb") as log:
            xev = await asyncio.create_subprocess_exec(
                "stdbuf", "-oL", watcher, "-display", display, "-geometry", f"{WIDTH}x{HEIGHT}+0+0", stdout=log
            )  # fmt: skip
        try:
            running = VncServer(port, display, folder / "xev", server)
            async with asyncio.timeout(20):
                while "MapNotify" not in (folder / "xev").read_text():
                    await asyncio.sleep(0.02)
            yield running
        finally:
            if xev.returncode is None:
                xev.terminate()
            await xev.wait()
    finally:
        if server.returncode is None:
            server.terminate()
        await server.wait()
