"""How each passage is tried by a client at the real gate, and what that client then saw."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import asyncssh
from asyncssh.channel import SSHClientChannel
from asyncssh.packet import Boolean, String, UInt32

PATIENCE_S = 60
CODE = re.compile(rb"penstock: refused \[(\w+)\]")
WINDOW_BYTES, PACKET_BYTES = 1 << 20, 1 << 15


@dataclass(frozen=True, slots=True)
class Seen:
    """What a client saw: an exit status (-1 where there is none), the code that it read, and whether it got through."""

    status: int
    code: str
    through: bool = False


@dataclass(frozen=True, slots=True)
class Open:
    """A passage that a client has open."""

    ended: Callable[[], Awaitable[Seen]]
    """What it sees when it is ended for it."""


Connection = asyncssh.SSHClientConnection


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is tried: over which connection, at which asset and port."""

    connection: Connection
    asset: str
    port: int


@dataclass(frozen=True, slots=True)
class Program:
    """A program on a session channel."""

    command: str | None = None
    subsystem: str | None = None
    terminal: bool = False
    says: bytes = b""
    """What is said to it at once, where it is held open."""

    async def tried(self, place: Place) -> Seen:
        return await self._run(await self._started(place.connection))

    async def held(self, place: Place) -> Open:
        process = await self._started(place.connection)
        if self.says:
            process.stdin.write(self.says)

        async def ended() -> Seen:
            async with asyncio.timeout(PATIENCE_S):
                out_err = await process.communicate()
            return _of(process.exit_status, out_err[1] or b"")

        return Open(ended)

    async def _started(self, connection: Connection) -> Any:
        return await connection.create_process(
            self.command,
            subsystem=self.subsystem,
            term_type="xterm" if self.terminal else None,
            encoding=None,
        )

    async def _run(self, process: Any) -> Seen:
        async with asyncio.timeout(PATIENCE_S):
            _, err = await process.communicate(b"")
        return _of(process.exit_status, err or b"")


INSIDE, SHELL = Program("sleep 600"), Program(terminal=True)


@dataclass(frozen=True, slots=True)
class Jump:
    """``-J``: a connection inside the connection, and a program in that."""

    program: Program = INSIDE

    async def tried(self, place: Place) -> Seen:
        async with self._inside(place) as inner:
            return await self.program.tried(Place(inner, place.asset, 22))

    async def held(self, place: Place) -> Open:
        inner = await self._inside(place)
        opened = await self.program.held(Place(inner, place.asset, 22))

        async def ended() -> Seen:
            try:
                return await opened.ended()
            finally:
                inner.abort()

        return Open(ended)

    def _inside(self, place: Place) -> Any:
        return asyncssh.connect(
            place.asset,
            22,
            tunnel=place.connection,
            config=None,
            known_hosts=None,
            username="x",
            agent_path=None,
        )


@dataclass(frozen=True, slots=True)
class Forward:
    """``-L``: a byte stream to a port. ``opening`` is said first, each thing once the one before was answered."""

    opening: tuple[bytes, ...] = ()
    act: bytes = b""
    """What a permit for ``view`` does not let through."""
    then: bytes = b""
    """What it does let through, and follows at once: where the gate has no answer to what it refuses."""
    spoken_to: bool = False
    """Whether the asset speaks first."""
    to: tuple[str, int] | None = None
    """Where to, where that is no port of the asset's (``-D`` names any)."""

    async def tried(self, place: Place) -> Seen:
        host, at = self.to or (place.asset, place.port)
        try:
            _, writer = await place.connection.open_connection(host, at, encoding=None)
        except asyncssh.ChannelOpenError as error:
            return _of(None, error.reason.encode())
        writer.channel.abort()
        return Seen(-1, "", through=True)

    async def held(self, place: Place) -> Open:
        reader, _ = await place.connection.open_connection(place.asset, place.port, encoding=None)

        async def ended() -> Seen:
            async with asyncio.timeout(PATIENCE_S):
                with suppress(asyncssh.Error, OSError):
                    await reader.read()
            return Seen(-1, "")

        return Open(ended)

    async def acted(self, place: Place, reached: Callable[[], int]) -> Seen:
        """Do what is not permitted; ``reached`` counts the target's bytes, of which there may be none for it."""
        reader, writer = await place.connection.open_connection(place.asset, place.port, encoding=None)
        try:
            async with asyncio.timeout(PATIENCE_S):
                if self.spoken_to:
                    await reader.read(65536)
                for one in self.opening:
                    writer.write(one)
                    await reader.read(65536)
                before = reached()
                writer.write(self.act + self.then)
                while reached() < before + len(self.then):
                    await asyncio.sleep(0.02)
                if not self.then:
                    with suppress(asyncssh.Error, OSError):
                        await reader.read(65536)  # the answer in the device's place, or the end
            return Seen(-1, "", through=reached() != before + len(self.then))
        finally:
            writer.channel.abort()


@dataclass(frozen=True, slots=True)
class Desktop(Forward):
    """``-L`` to a screen that an engine of the gate's shows: ``then`` is answered by the engine, behind whatever ``act`` led to."""

    async def acted(self, place: Place, reached: Callable[[], int]) -> Seen:
        """``reached`` counts what the asset's own window was told."""
        reader, writer = await place.connection.open_connection(place.asset, place.port, encoding=None)
        try:
            async with asyncio.timeout(PATIENCE_S):
                for one in (b"", *self.opening, self.act + self.then):
                    writer.write(one)
                    await reader.read(65536)
            return Seen(-1, "", through=reached() != 0)
        finally:
            writer.channel.abort()


@dataclass(frozen=True, slots=True)
class Letters:
    """Files inside a terminal: a shell, and in one a sender's first words (``sz``)."""

    begins: bytes = b"**\x18B00000000000000\r\x8a\x11"

    async def tried(self, place: Place) -> Seen:
        return await SHELL.tried(place)

    async def held(self, place: Place) -> Open:
        return await SHELL.held(place)

    async def acted(self, place: Place, reached: Callable[[], int]) -> Seen:
        """Begin to send to a program that says back what it gets."""
        process = await place.connection.create_process("cat", encoding=None)
        async with asyncio.timeout(PATIENCE_S):
            out, err = await process.communicate(b"before" + self.begins + b"after")
        seen = _of(None, bytes(err or b""))
        return Seen(-1, seen.code, through=self.begins[:5] in bytes(out or b""))


@dataclass(frozen=True, slots=True)
class Never:
    """What is never granted: ``ask`` is told by the gate whether it may."""

    ask: Callable[[Connection], Awaitable[bool]]

    async def tried(self, place: Place) -> Seen:
        async with asyncio.timeout(PATIENCE_S):
            return Seen(-1, "", through=await self.ask(place.connection))


async def reverse(connection: Connection) -> bool:
    try:
        await connection.forward_remote_port("", 0, "127.0.0.1", 9)
    except asyncssh.ChannelListenError:
        return False
    return True


async def socket_there(connection: Connection) -> bool:
    try:
        await connection.open_unix_connection("/run/docker.sock", encoding=None)
    except asyncssh.ChannelOpenError:
        return False
    return True


async def tunnel(connection: Connection) -> bool:
    try:
        await connection.create_tun(asyncssh.SSHTunTapSession)
    except asyncssh.ChannelOpenError:
        return False
    return True


async def agent(connection: Connection) -> bool:
    return await _request(connection, b"auth-agent-req@openssh.com")


async def x11(connection: Connection) -> bool:
    cookie = (String("MIT-MAGIC-COOKIE-1"), String("00" * 16))
    return await _request(connection, b"x11-req", Boolean(False), *cookie, UInt32(0))


async def variable(connection: Connection) -> bool:
    return await _request(connection, b"env", String("LD_PRELOAD"), String("/tmp/x.so"))


async def unheard_of(connection: Connection) -> bool:
    return await _request(connection, b"frobnicate@example.com")


async def _request(connection: Connection, name: bytes, *parts: bytes) -> bool:
    """One request on a session channel on which no program runs: whether it was granted."""
    loop = asyncio.get_running_loop()
    channel: Any = SSHClientChannel(connection, loop, None, None, "strict", WINDOW_BYTES, PACKET_BYTES)
    packet = await channel._open(b"session")
    packet.check_end()
    channel._session = asyncssh.SSHClientSession()
    try:
        return bool(await channel._make_request(name, *parts))
    finally:
        channel.abort()


def _of(status: int | None, words: bytes) -> Seen:
    found = CODE.findall(words)
    return Seen(-1 if status is None else status, found[-1].decode() if found else "", through=status == 0)
