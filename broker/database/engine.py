"""How the database is opened and brought up to date: SQLite beside the node, or PostgreSQL."""

import asyncio
import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from time import sleep

from sqlalchemy import Connection, event, inspect, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.engine.url import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from approvals.transactions import LOOKS
from domain.errors import ConfigError

DRIVERS = ("sqlite+aiosqlite", "postgresql+asyncpg")
BUSY_TIMEOUT_MS = 30_000  # a decision holds the write lock while its leaf is written: 2 s at most each
WAL_TRIES = 50
WAL_PAUSE_S = 0.1
LOCK_NUMBER = 0x70656E73746F636B  # "penstock": PostgreSQL's advisory lock for migrations
VERSIONS = Path(__file__).parent / "migrations" / "versions"


def open_engine(url: str) -> AsyncEngine:
    """An engine for ``url``; ConfigError when it names no database that we know.

    Connects only when used. On SQLite every connection enforces foreign keys, waits for a writer
    up to BUSY_TIMEOUT_MS, and survives loss of power; the file must have been migrated once.
    """
    parsed = _parsed(url)
    if parsed.get_backend_name() != "sqlite":
        return create_async_engine(parsed, pool_pre_ping=True)
    if parsed.database in (None, "", ":memory:"):
        raise ConfigError(
            "A database in memory would lose every decision at exit.",
            remedy="Name a file: sqlite+aiosqlite:////path/to/penstock.db",
        )
    engine = create_async_engine(parsed)
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


async def migrate(url: str) -> None:
    """Bring the database to the newest revision, in one transaction; two nodes at once are safe.

    ConfigError when it can't be opened, or was written by a newer version than this.
    """
    engine = open_engine(url)
    try:
        if engine.dialect.name == "sqlite":
            await asyncio.to_thread(set_wal, engine.url.database or "")
        async with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                await connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": LOCK_NUMBER})
            await connection.run_sync(_upgrade)
    except (DBAPIError, sqlite3.Error, OSError) as error:
        raise ConfigError(
            f"The database can't be opened or changed: {error}.",
            remedy="See that it runs, that the [database] url is right and that its folder can be written.",
        ) from error
    finally:
        await engine.dispose()


def newest_revision() -> str:
    """The revision that this version works on: the last of the migrations' files, which carry its name."""
    return max(file.stem for file in VERSIONS.glob("r[0-9]*.py")).removeprefix("r")


def _upgrade(connection: Connection) -> None:
    # Nearly every start finds the database as it left it. Alembic, which takes longer to load than all that
    # a process does with the database afterwards, is for the others.
    if inspect(connection).has_table("alembic_version"):
        now = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
        if now == [newest_revision()]:
            return
    from broker.database.upgrade import upgrade  # noqa: PLC0415

    upgrade(connection)


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ConfigError("The database's address is not a URL.", remedy=_REMEDY) from error
    if parsed.drivername not in DRIVERS:
        raise ConfigError(f"{parsed.drivername!r} is not a database that we know.", remedy=_REMEDY)
    return parsed


_REMEDY = f"Set [database] url to one that begins with {' or '.join(f'{one}://' for one in DRIVERS)}."


def set_wal(path: str) -> None:
    """Make a SQLite file where there is none, readable by nobody else, and have it keep a write-ahead log."""
    # Once, here, and not per connection: of two processes that set it at once, one is told "locked"
    # whatever its busy timeout. It then finds that the other has done it. The standard library's
    # driver, because the asynchronous one leaves a thread behind when a file can't be opened.
    # SQLite makes files that everybody may read, and gives -wal and -shm the mode of the file itself.
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    with closing(sqlite3.connect(path)) as connection:
        for tries_left in reversed(range(WAL_TRIES)):
            try:
                connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if not tries_left or error.sqlite_errorcode not in {
                    sqlite3.SQLITE_BUSY,
                    sqlite3.SQLITE_LOCKED,
                }:
                    raise
                sleep(WAL_PAUSE_S)
            else:
                return


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # The driver's own BEGIN comes too late and without IMMEDIATE; _begin_sqlite issues ours.
    connection.isolation_level = None
    cursor = connection.cursor()
    try:
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA synchronous = FULL")
    finally:
        cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    looks = connection.get_execution_options().get(LOOKS, False)
    connection.exec_driver_sql("BEGIN" if looks else "BEGIN IMMEDIATE")
