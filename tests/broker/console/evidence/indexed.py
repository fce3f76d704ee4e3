"""A house whose console has an index over its recordings."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from broker.layout import Layout
from broker.reading.found import Found, FoundKind, found
from broker.reading.index import Index, Indexed
from broker.reading.indexing import open_index
from domain.ids import SessionId
from domain.permit import Permit
from tests.broker.console.house import SESSION, House

THINGS = (
    found(FoundKind.PASSAGE, 0, 0, "shell", deed="opened"),
    found(FoundKind.COMMAND, 1_500_000, 0, "rm <setpoints>.conf", deed="pump7 $"),
    found(FoundKind.TRANSFER, 2_000_000, 3, "/tmp/firmware.bin", deed="put", octets=4_500_000),
    found(FoundKind.PAUSE, 2_500_000, 0, "The plant paused the session.", deed="paused"),
    found(FoundKind.SCREEN, 3_000_000, 0, "pump 7 has 42 starts\nand a second line"),
    found(FoundKind.COMMAND, 4_000_000, 9, "of another terminal"),
)


@asynccontextmanager
async def indexed(house: House, folder: Path) -> AsyncIterator[Index]:
    """An index in ``folder`` for this house."""
    async with open_index(Layout(folder), "sqlite+aiosqlite:///x") as index:
        object.__setattr__(house.desk.parts, "index", index)
        yield index
        object.__setattr__(house.desk.parts, "index", None)


async def read(
    house: House,
    index: Index,
    permit: Permit,
    things: Sequence[Found] = THINGS,
    session: SessionId = SESSION,
) -> None:
    """As if the recording had been read."""
    at = house.clock.now() - timedelta(minutes=5)
    await index.put(Indexed(session, permit.id, permit.person, permit.asset, at, "11" * 32), things)
