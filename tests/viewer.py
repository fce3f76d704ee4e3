"""A small VNC viewer for tests, of its own making: it asks for Raw alone, and keeps the screen as bytes."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

VERSION = b"RFB 003.008\n"
FORMAT = struct.pack(">BBBBHHHBBBxxx", 32, 24, 0, 1, 255, 255, 255, 16, 8, 0)


class TurnedAwayError(Exception):
    """The server's own words, instead of an offer."""


@dataclass
class Viewer:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    width: int = 0
    height: int = 0
    name: str = ""
    offered: bytes = b""
    screen: bytearray = field(default_factory=bytearray)
    copied: list[bytes] = field(default_factory=list)

    async def sign_in(self) -> None:
        assert await self.reader.readexactly(12) == VERSION
        self.writer.write(VERSION)
        count = (await self.reader.readexactly(1))[0]
        if not count:
            length = int.from_bytes(await self.reader.readexactly(4))
            raise TurnedAwayError((await self.reader.readexactly(length)).decode())
        self.offered = await self.reader.readexactly(count)
        self.writer.write(b"\1")
        assert await self.reader.readexactly(4) == bytes(4)
        self.writer.write(b"\0")
        self.width, self.height = struct.unpack(">HH", await self.reader.readexactly(4))
        await self.reader.readexactly(16)
        self.name = (await self.reader.readexactly(int.from_bytes(await self.reader.readexactly(4)))).decode()
        self.screen = bytearray(4 * self.width * self.height)
        self.writer.write(struct.pack(">Bxxx", 0) + FORMAT + struct.pack(">BxHii", 2, 2, 0, -223))

    def key(self, symbol: int) -> None:
        """Press and let go."""
        for down in (1, 0):
            self.writer.write(struct.pack(">BBxxI", 4, down, symbol))

    def pointer(self, buttons: int, x: int, y: int) -> None:
        self.writer.write(struct.pack(">BBHH", 5, buttons, x, y))

    def click(self, x: int, y: int) -> None:
        for buttons in (0, 1, 0):
            self.pointer(buttons, x, y)

    def cut(self, text: bytes) -> None:
        self.writer.write(struct.pack(">BxxxI", 6, len(text)) + text)

    async def look(self) -> bytes:
        """The whole screen, asked for anew."""
        self.writer.write(struct.pack(">BBHHHH", 3, 0, 0, 0, self.width, self.height))
        async with asyncio.timeout(20):
            while (await self._message()) != 0:
                pass
        return bytes(self.screen)

    async def _message(self) -> int:
        kind = (await self.reader.readexactly(1))[0]
        match kind:
            case 0:
                (count,) = struct.unpack(">xH", await self.reader.readexactly(3))
                for _ in range(count):
                    await self._rectangle()
            case 2:
                pass
            case 3:
                (length,) = struct.unpack(">xxxI", await self.reader.readexactly(7))
                self.copied.append(await self.reader.readexactly(length))
            case _:
                raise AssertionError(f"message {kind}")
        return kind

    async def _rectangle(self) -> None:
        x, y, width, height, encoding = struct.unpack(">HHHHi", await self.reader.readexactly(12))
        assert encoding == 0
        for row in range(y, y + height):
            at = 4 * (row * self.width + x)
            self.screen[at : at + 4 * width] = await self.reader.readexactly(4 * width)


@asynccontextmanager
async def viewer(port: int) -> AsyncIterator[Viewer]:
    """A viewer that is in."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        made = Viewer(reader, writer)
        async with asyncio.timeout(20):
            await made.sign_in()
        yield made
    finally:
        writer.close()
