"""One process of a node, run as systemd runs it: by itself, in the foreground."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from broker.charter.founding import found
from broker.clock import SystemClock
from broker.demo.ports import free_port
from broker.demo.sample import sample_charter
from broker.layout import Layout
from domain.ids import PersonId


def founded(folder: Path) -> Layout:
    """A node's folder with the sample charter, on ports that were free a moment ago."""
    layout = Layout(folder / "node")
    now = SystemClock().now()
    found(
        layout,
        charter=sample_charter(today=now.date()),
        origin="plant.example/ot-access/1",
        at=now,
        ssh=("127.0.0.1", free_port()),
        https=("127.0.0.1", free_port()),
        founder=(PersonId("petra"), folder / "founder"),
    )
    return layout


@asynccontextmanager
async def started(layout: Layout, name: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """The process, its standard error in a pipe; ended by SIGTERM if it still runs."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "broker",
        "serve",
        "--only",
        name,
        "--config",
        str(layout.config),
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.communicate()


async def failed(layout: Layout, name: str) -> str:
    """What a process says that can't run. It ends by itself, with status 1."""
    async with asyncio.timeout(60), started(layout, name) as process:
        _, said = await process.communicate()
    assert process.returncode == 1, said
    return said.decode()


async def there(path: Path) -> None:
    """Return once a socket is there."""
    async with asyncio.timeout(60):
        while not path.exists():
            await asyncio.sleep(0.02)
