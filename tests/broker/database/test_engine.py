import asyncio
import sqlite3
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import SQLModel

from approvals.lifecycle import rows
from approvals.transactions import looking
from broker.database.engine import migrate, open_engine
from broker.database.upgrade import alembic_config
from domain.errors import ConfigError

PERMIT = text(
    "INSERT INTO permit (id, document, digest, state, version, person, vendor, asset, window_start_us,"
    " window_end_us, filed_us, door) VALUES (:id, :document, :id, :state, 1, 'ana', 'acme', 'eng-ws-1',"
    " 0, 1, 0, 'console')"
)
HISTORY = text(
    "INSERT INTO permit_history (permit, version, before, event, after, by, reason, at_us)"
    " VALUES ('p', 2, :before, :event, :after, 'bea', '', 0)"
)


TABLES = ("approvals.tables", "broker.people.ceremonies", "broker.people.tables")


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[AsyncEngine]:
    engine = open_engine(url)
    try:
        yield engine
    finally:
        await engine.dispose()


def differences(connection: Connection) -> list[object]:
    for module in TABLES:
        import_module(module)
    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "compare_server_default": True}
    )
    return list(compare_metadata(context, SQLModel.metadata))


async def test_the_migrations_lead_to_exactly_the_tables_that_the_code_declares(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_migrating_again_changes_nothing(database_url: str, engine: AsyncEngine) -> None:
    await migrate(database_url)
    async with engine.connect() as connection:
        found = await connection.execute(text("SELECT count(*) FROM permit_transition"))
        assert found.scalar_one() == len(rows())


async def test_every_revision_can_be_taken_back_and_made_again(
    database_url: str, engine: AsyncEngine
) -> None:
    async with engine.begin() as connection:
        await connection.run_sync(lambda sync: command.downgrade(alembic_config(sync), "base"))
        left = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    assert left == ["alembic_version"]
    await migrate(database_url)
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_two_nodes_may_migrate_at_the_same_time(database_url: str) -> None:
    await asyncio.gather(*(migrate(database_url) for _ in range(4)))
    async with opened(database_url) as engine, engine.connect() as connection:
        found = await connection.execute(text("SELECT count(*) FROM permit_transition"))
        assert found.scalar_one() == len(rows())


async def test_the_database_s_edges_are_the_table_s(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        found = await connection.execute(text("SELECT before, event, after FROM permit_transition"))
        assert {tuple(row) for row in found} == rows()


@pytest.mark.parametrize(
    ("before", "event", "after"),
    [
        pytest.param("requested", "activate", "active", id="use without approval"),
        pytest.param("requested", "approve", "active", id="approval that skips a state"),
        pytest.param("refused", "approve", "approved", id="approval of what was refused"),
        pytest.param("revoked", "activate", "active", id="use of what was revoked"),
        pytest.param("requested", "wave-through", "approved", id="an event nobody knows"),
    ],
)
async def test_the_database_itself_refuses_an_edge_that_is_not_in_the_table(
    engine: AsyncEngine, before: str, event: str, after: str
) -> None:
    async with engine.begin() as connection:
        await connection.execute(PERMIT, {"id": "p", "document": b"{}", "state": "requested"})
    with pytest.raises(IntegrityError):
        async with engine.begin() as connection:
            await connection.execute(HISTORY, {"before": before, "event": event, "after": after})
    async with engine.begin() as connection:
        await connection.execute(HISTORY, {"before": "requested", "event": "approve", "after": "approved"})


async def test_the_database_refuses_a_state_that_nobody_knows(engine: AsyncEngine) -> None:
    with pytest.raises(IntegrityError):
        async with engine.begin() as connection:
            await connection.execute(PERMIT, {"id": "p", "document": b"{}", "state": "waved-through"})


async def test_who_only_looks_does_not_wait_for_a_writer_and_sees_one_moment(engine: AsyncEngine) -> None:
    count = text("SELECT count(*) FROM permit")
    async with looking(engine).connect() as reader:
        assert (await reader.execute(count)).scalar_one() == 0
        async with engine.begin() as writer:
            await writer.execute(PERMIT, {"id": "p", "document": b"{}", "state": "requested"})
        assert (await reader.execute(count)).scalar_one() == 0
    async with looking(engine).connect() as reader:
        assert (await reader.execute(count)).scalar_one() == 1


async def test_reading_first_and_writing_later_never_fails_among_many(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(PERMIT, {"id": "p", "document": b"{}", "state": "requested"})

    async def raise_version() -> None:
        async with engine.begin() as connection:
            lock = "" if engine.dialect.name == "sqlite" else " FOR UPDATE"
            found = await connection.execute(text(f"SELECT version FROM permit WHERE id = 'p'{lock}"))
            await connection.execute(text("UPDATE permit SET version = :v"), {"v": found.scalar_one() + 1})

    await asyncio.gather(*(raise_version() for _ in range(40)))
    async with engine.connect() as connection:
        assert (await connection.execute(text("SELECT version FROM permit"))).scalar_one() == 41


async def test_sqlite_is_opened_so_that_it_keeps_what_it_was_given(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'penstock.db'}"
    await migrate(url)
    async with opened(url) as engine, engine.connect() as connection:
        settings = {
            name: (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
        }
    assert settings == {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 2, "busy_timeout": 30_000}


async def test_only_its_owner_reads_a_sqlite_file_and_what_lies_beside_it(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'penstock.db'}"
    await migrate(url)
    engine = open_engine(url)
    async with engine.begin() as connection:
        await connection.execute(text("DELETE FROM permit"))
        modes = {one.name: stat.S_IMODE(one.stat().st_mode) for one in tmp_path.iterdir()}
    await engine.dispose()
    assert modes == dict.fromkeys(("penstock.db", "penstock.db-wal", "penstock.db-shm"), 0o600)


async def test_a_sqlite_transaction_takes_the_write_lock_when_it_begins(tmp_path: Path) -> None:
    path = tmp_path / "penstock.db"
    url = f"sqlite+aiosqlite:///{path}"
    await migrate(url)
    async with opened(url) as engine, engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
        with (
            sqlite3.connect(path, timeout=0) as other,
            pytest.raises(sqlite3.OperationalError, match="locked"),
        ):
            other.execute("BEGIN IMMEDIATE")
        other.close()


async def test_a_transaction_that_only_looks_can_not_write_on_postgresql(engine: AsyncEngine) -> None:
    if engine.dialect.name == "sqlite":
        async with looking(engine).connect() as connection:
            assert (await connection.execute(text("SELECT 1"))).scalar_one() == 1
        return
    with pytest.raises(Exception, match="read-only"):
        async with looking(engine).begin() as connection:
            await connection.execute(PERMIT, {"id": "p", "document": b"{}", "state": "requested"})


@pytest.mark.parametrize(
    ("url", "fact"),
    [
        pytest.param("", "not a URL", id="nothing"),
        pytest.param("mysql://localhost/x", "not a database", id="another database"),
        pytest.param("sqlite:///x.db", "not a database", id="a driver that blocks"),
        pytest.param("sqlite+aiosqlite://", "in memory", id="in memory"),
        pytest.param("sqlite+aiosqlite:///:memory:", "in memory", id="in memory by name"),
    ],
)
def test_an_address_that_will_not_do_is_refused_with_its_remedy(url: str, fact: str) -> None:
    with pytest.raises(ConfigError, match=fact) as raised:
        open_engine(url)
    assert raised.value.remedy


async def test_a_folder_that_is_not_there_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="can't be opened"):
        await migrate(f"sqlite+aiosqlite:///{tmp_path / 'missing' / 'penstock.db'}")


async def test_a_file_that_is_no_database_is_a_configuration_error_and_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "penstock.db"
    path.write_bytes(b"A letter to the plant manager. " * 40)
    before = path.read_bytes()
    with pytest.raises(ConfigError, match="can't be opened"):
        await migrate(f"sqlite+aiosqlite:///{path}")
    assert path.read_bytes() == before


async def test_a_database_from_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'penstock.db'}"
    await migrate(url)
    async with opened(url) as engine, engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999_later'"))
    with pytest.raises(ConfigError, match="does not fit"):
        await migrate(url)


async def test_a_path_with_a_percent_sign_is_only_a_path(tmp_path: Path) -> None:
    folder = tmp_path / "50%done"
    folder.mkdir()
    await migrate(f"sqlite+aiosqlite:///{folder / 'penstock.db'}")
    assert (folder / "penstock.db").exists()
