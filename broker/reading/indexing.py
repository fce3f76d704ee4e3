"""Bringing the index up to date: each sealed recording is opened once, read, and put into it.

Done by a process of its own, after the session, with little claim on the machine: an emulator is slow, and its input
is hostile. It writes nothing but the index; recordings are opened for reading only. What it could not read it says of that session.
"""

import asyncio
import os
import resource
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from broker.clock import SystemClock
from broker.database.engine import open_engine, set_wal
from broker.evidence.keeping_desk import pasts
from broker.layout import Layout
from broker.playback import Playback, playback_of
from broker.reading.found import Found
from broker.reading.index import Index, Indexed
from domain.canonical import instant_of
from domain.errors import EvidenceError
from domain.ids import SessionId
from recorder.ledger.reader import LogReader
from recorder.stores.local import LocalStore

log = structlog.get_logger()

NICENESS: Final = 15
LARGEST_MEMORY_BYTES: Final = 2 * 1024 * 1024 * 1024
LONGEST_WORK_S: Final = 30 * 60  # of processor time


@asynccontextmanager
async def open_index(layout: Layout, database_url: str) -> AsyncIterator[Index]:
    """The node's index, its tables there. On SQLite it has a file of its own, which backups of the node need not hold."""
    url = index_url(layout, database_url)
    if url.startswith("sqlite"):
        await asyncio.to_thread(set_wal, str(layout.reading))
    engine: AsyncEngine = open_engine(url)
    try:
        index = Index(engine)
        await index.prepare()
        yield index
    finally:
        await engine.dispose()


def index_url(layout: Layout, database_url: str) -> str:
    """Where the index is for a node with this database."""
    return f"sqlite+aiosqlite:///{layout.reading}" if database_url.startswith("sqlite") else database_url


def drop_unreadable(layout: Layout) -> None:
    """Remove the index's file if it is no database any more. One that is stays: somebody may have it open."""
    if not layout.reading.exists():
        return
    try:
        with closing(sqlite3.connect(layout.reading)) as connection:
            connection.execute("PRAGMA quick_check")
    except sqlite3.DatabaseError:
        for ending in ("", "-wal", "-shm"):
            layout.reading.with_name(layout.reading.name + ending).unlink(missing_ok=True)


async def catch_up(layout: Layout, index: Index) -> int:
    """Read every sealed recording that the index does not know; how many.

    What is gone from the store leaves the index, and so does what nobody has the key of any more.
    """
    known = await index.known()
    sealed = await asyncio.to_thread(sealed_in, layout)
    gone = await asyncio.to_thread(_gone, layout, known, frozenset(sealed))
    for session in gone:
        await index.forget(session)
    missing = [session for session in sealed if session not in known or session in gone]
    told = await asyncio.to_thread(_told, layout, frozenset(missing))
    for session in missing:
        if session in told:
            about, things = await asyncio.to_thread(read, layout, told[session])
            await index.put(about, things)
    return len(missing)


async def behind(layout: Layout, index: Index) -> int:
    """How many sealed recordings the index does not know yet."""
    known = await index.known()
    return len(set(await asyncio.to_thread(sealed_in, layout)) - set(known))


def sealed_in(layout: Layout) -> tuple[SessionId, ...]:
    """The recordings of this node that are closed for good, oldest first."""
    return LocalStore(layout.recordings, reserve_bytes=0).sealed()


def read(layout: Layout, about: Indexed) -> tuple[Indexed, tuple[Found, ...]]:
    """Everything found in a session's recording; nothing, and why, where it can't be read."""
    playback = playback_of(layout, lambda _permit: None, SystemClock())(about.session)
    if playback is None:
        return _faulty(about, "There is no sealed recording of it."), ()
    try:
        return about, _things(playback)
    except (EvidenceError, OSError) as error:
        return _faulty(about, str(error)), ()
    except (
        Exception
    ):  # the emulator is not ours: one recording that upsets it must not keep the rest from being read
        log.exception("recording_not_read", session=about.session)
        return _faulty(about, "Its screens could not be worked out."), ()


def gently() -> None:
    """Give this process little claim on the machine, and an end: a recording may be made to be hard to read."""
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_CPU, (LONGEST_WORK_S, LONGEST_WORK_S))
    _soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = LARGEST_MEMORY_BYTES if hard == resource.RLIM_INFINITY else min(hard, LARGEST_MEMORY_BYTES)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


def _gone(
    layout: Layout, known: Mapping[SessionId, Indexed], sealed: frozenset[SessionId]
) -> tuple[SessionId, ...]:
    store = LocalStore(layout.recordings, reserve_bytes=0)

    def readable(session: SessionId) -> bool:
        try:
            return bool(store.read_key(session))
        except EvidenceError:
            return False

    return tuple(
        session
        for session, about in known.items()
        if session not in sealed or (not about.fault and not readable(session))
    )


def _things(playback: Playback) -> tuple[Found, ...]:
    from broker.reading.extract import extract  # noqa: PLC0415 (the console, which asks what is unread, never reads it itself)

    with playback.opened() as recording:
        return extract(recording.frames())


def _faulty(about: Indexed, fault: str) -> Indexed:
    return Indexed(about.session, about.permit, about.person, about.asset, about.opened_at, about.item, fault)


def _told(layout: Layout, sessions: frozenset[SessionId]) -> dict[SessionId, Indexed]:
    """What the ledger says of these sessions. One that it does not know is not in it."""
    known = pasts(LogReader(layout.ledger))
    return {
        SessionId(id_): Indexed(
            SessionId(id_), one.permit, one.person, one.asset, instant_of(one.opened_at), one.recording_sha256
        )
        for id_, one in known.items()
        if id_ in sessions
    }
