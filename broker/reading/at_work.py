"""Keeps the index up to date while the console runs: by a process of its own, and only when there is something to read."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from sqlalchemy.exc import SQLAlchemyError

from broker.gently import run_gently
from broker.layout import Layout
from broker.reading.index import Index
from broker.reading.indexing import behind, open_index
from broker.settings import Settings
from domain.errors import PenstockError

log = structlog.get_logger()

LONGEST_S = 2 * 3600.0
"""A process that reads for longer is ended; what it has read so far is in the index."""


@asynccontextmanager
async def index_of(layout: Layout, settings: Settings) -> AsyncIterator[Index | None]:
    """The index for as long as the console runs; None where it is off or can't be opened, and then nothing is searched."""
    if not settings.reading.index:
        yield None
        return
    opening = open_index(layout, settings.database_url(layout))
    try:
        index = await opening.__aenter__()
    except (SQLAlchemyError, sqlite3.Error, PenstockError, OSError) as error:
        log.warning("index_not_opened", fact=type(error).__name__)
        yield None
        return
    try:
        yield index
    finally:
        await opening.__aexit__(None, None, None)


async def keep_reading(layout: Layout, index: Index | None, every_s: float) -> None:
    """Read what nobody has read yet, every so often, until cancelled."""
    while index is not None:
        await asyncio.sleep(every_s)
        try:
            if await behind(layout, index):
                await _read(layout)
        except (SQLAlchemyError, PenstockError, OSError) as error:
            log.warning("index_not_kept", fact=type(error).__name__)


async def _read(layout: Layout) -> None:
    fault = await run_gently(layout, "evidence", "index", "update", longest_s=LONGEST_S, well=frozenset({0}))
    if fault:
        log.warning("index_not_kept", fact=fault)
