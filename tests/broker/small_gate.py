"""A gate small enough to be stopped, wedged and killed: one process, real sockets, the real parts.

Every connection becomes a session whose bytes go to the target and back through ``cross``. A chunk
that says ``WEDGE`` blocks the event loop, as a bug would. Started by tests only:

    python -m tests.broker.small_gate FOLDER TARGET_PORT SECONDS {linked|alone|signed} LARGEST_FILE_BYTES
"""

import asyncio
import json
import resource
import signal
import sys
import time
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

from broker.clock import SystemClock
from broker.layout import Layout
from broker.ledger import LedgerClient
from broker.sessions.live_session import LiveSession
from broker.sessions.watchdog_link import WatchdogLink
from broker.supervisor import Supervisor
from broker.watchdog.journal import Journal
from domain.access import Allow
from domain.errors import PenstockError
from domain.events import Event, document
from domain.ledger import Ledger
from domain.window import TimeWindow
from recorder.format.frame import Kind
from tests.broker.running import ANA, ASSET, SHELL, recorder_in
from tests.domain.samples import permit


class Lines:
    """A ledger of JSON lines."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a")

    async def append(self, event: Event) -> int:
        self._file.write(json.dumps(document(event)) + "\n")
        self._file.flush()
        return 0


class Pair:
    """Both sides of one passage."""

    has_terminal = True

    def __init__(self, session: LiveSession) -> None:
        self.session = session
        self.sides: list[asyncio.WriteTransport] = []
        self.channel = 0

    def say(self, text: str) -> None:
        pass

    def hold_input(self) -> None:
        pass

    def let_input_go(self) -> None:
        pass

    def finish(self, cause: str, sentence: str, exit_status: int) -> None:
        for side in self.sides:
            side.abort()

    def closed(self) -> bool:
        return all(side.is_closing() for side in self.sides)


class Side(asyncio.Protocol):
    def __init__(self, pair: Pair, kind: Kind) -> None:
        self.pair = pair
        self.kind = kind
        self.other: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self.pair.sides.append(transport)

    def data_received(self, data: bytes) -> None:
        if b"WEDGE" in data:
            time.sleep(30)
        if self.pair.session.cross(self.kind, self.pair.channel, data) and self.other is not None:
            self.other.write(data)

    def connection_lost(self, exc: Exception | None) -> None:
        for side in self.pair.sides:
            side.abort()
        self.pair.session.leave(self.pair.channel)


async def serve(folder: Path, target: int, seconds: float, how: str) -> None:
    clock = SystemClock()
    me = asyncio.current_task()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, me.cancel)
    async with AsyncExitStack() as stack:
        ledger: Ledger = Lines(folder / "leaves")
        if how == "signed":
            ledger = await stack.enter_async_context(LedgerClient(folder / "signer.sock", patience_s=2))
        supervisor = await stack.enter_async_context(
            Supervisor(
                recorder_in(folder, clock),
                ledger,
                clock,
                Journal(folder / "leaves.journal"),
            )
        )
        if how == "linked":
            link = await stack.enter_async_context(WatchdogLink(Layout(folder), clock, supervisor))
            await link.attached()

        group = await stack.enter_async_context(asyncio.TaskGroup())

        class Door(asyncio.Protocol):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                assert isinstance(transport, asyncio.Transport)
                loop.call_soon(transport.pause_reading)  # Python 3.11.2 begins to read right after this
                group.create_task(accept(transport))

        async def accept(transport: asyncio.Transport) -> None:
            try:
                await relay(transport)
            except PenstockError:
                transport.abort()

        async def relay(transport: asyncio.Transport) -> None:
            now = clock.now()
            start = now.replace(microsecond=0)
            wanted = permit(window=TimeWindow(start, start + timedelta(hours=1)))
            allow = Allow((), wanted.id, now + timedelta(seconds=seconds))
            session = await supervisor.open(allow, wanted, (), person=ANA, asset=ASSET, source="127.0.0.1")
            pair = Pair(session)
            pair.channel = await supervisor.admit_channel(session, pair, SHELL, "shell")
            vendor, asset = Side(pair, Kind.TO_ASSET), Side(pair, Kind.TO_VENDOR)
            await loop.create_connection(lambda: asset, "127.0.0.1", target)
            vendor.connection_made(transport)
            asset.other, vendor.other = pair.sides[1], pair.sides[0]
            transport.set_protocol(vendor)
            transport.resume_reading()

        server = await loop.create_server(Door, "127.0.0.1", 0)
        sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    if largest := int(sys.argv[5]):
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
    try:
        asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]))
    except asyncio.CancelledError:
        sys.exit(0)
