"""Stock clients that are left running, and waiting for what another process brings about."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.openssh import Client, Result

PATIENCE_S = 60


@dataclass(slots=True)
class Running:
    """A client that was started and not waited for."""

    process: asyncio.subprocess.Process

    async def says(self, words: bytes) -> bytes:
        """Its output up to the first line with ``words``; AssertionError when it ends without."""
        return await read_until(self.process.stdout, words)

    async def complains(self, words: bytes) -> bytes:
        """The same of its standard error."""
        return await read_until(self.process.stderr, words)

    async def ends(self) -> tuple[int, bytes, bytes]:
        """Its exit status, and what it still had to say on either side."""
        async with asyncio.timeout(PATIENCE_S):
            out, err = await self.process.communicate()
        assert self.process.returncode is not None
        return self.process.returncode, out, err

    async def kill(self) -> None:
        """End it as a power cut at the vendor's would."""
        with suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()


@dataclass(slots=True)
class Master:
    """One signed-in connection, over which further channels are asked for without another sign-in."""

    client: Client
    user: str
    path: Path
    running: Running

    async def ssh(self, *arguments: str, given: bytes = b"") -> Result:
        """One more channel, to its end."""
        return await self.client.run(self.command(*arguments), given=given)

    @asynccontextmanager
    async def started(self, *arguments: str) -> AsyncIterator[Running]:
        """One more channel, left running; killed when this is left, if it still does."""
        async with started(self.client, self.command(*arguments)) as running:
            yield running

    def command(self, *arguments: str) -> list[str]:
        """The command line of one more channel."""
        options = ["-S", str(self.path), "-o", "ControlMaster=no"]
        return self.client.command(self.user, *arguments, options=options)


@asynccontextmanager
async def started(client: Client, line: Sequence[str]) -> AsyncIterator[Running]:
    """A command line in the client's surroundings, left running; killed when this is left, if it still does."""
    process = await asyncio.create_subprocess_exec(
        *line,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=client.environment(),
        start_new_session=True,
    )
    running = Running(process)
    try:
        yield running
    finally:
        if process.returncode is None:
            await running.kill()
        if process.stdin is not None:
            process.stdin.close()


async def until(holds: Callable[[], bool], what: str) -> None:
    """Wait for what another process brings about; AssertionError when it does not."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not holds():
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"there never was {what}") from None


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """A process that stands still, as one does whose disk hangs."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


async def listens(port: int) -> None:
    """Return once somebody listens there."""
    while True:
        try:
            _reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
            continue
        writer.close()
        return


async def bound(port: int) -> None:
    """Return once somebody listens there, without a knock at that door."""
    here = f":{port:04X} 00000000:0000 0A "  # proc(5): its local address, no remote one, TCP_LISTEN
    while here not in Path("/proc/net/tcp").read_text("ascii"):
        await asyncio.sleep(0.02)


async def read_until(stream: asyncio.StreamReader | None, words: bytes) -> bytes:
    """All lines up to the first with ``words``; AssertionError when it ends without."""
    assert stream is not None
    seen = b""
    async with asyncio.timeout(PATIENCE_S):
        while words not in seen:
            line = await stream.readline()
            assert line, f"it ended before it said {words!r}: {seen!r}"
            seen += line
    return seen
