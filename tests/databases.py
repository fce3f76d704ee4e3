"""Fixtures for whatever runs on both databases: ``from tests.databases import ...`` in a conftest."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy.engine.url import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from broker.database.engine import migrate, open_engine
from tests.postgres import Cluster, cluster

T = TypeVar("T")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """One PostgreSQL for the whole run; each test asks it for a database of its own."""
    with cluster() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
async def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'penstock.db'}"
    server: Cluster = request.getfixturevalue("postgres")
    return await server.new_database()


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """A migrated database, open."""
    await migrate(database_url)
    opened = open_engine(database_url)
    yield opened
    await opened.dispose()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy: faster than migrating one for each test."""
    path = tmp_path_factory.mktemp("template") / "penstock.db"
    run_apart(migrate(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def migrated_database(postgres: Cluster) -> str:
    """The name of a migrated PostgreSQL database to copy."""

    async def make() -> str:
        url = await postgres.new_database()
        await migrate(url)
        return make_url(url).database or ""

    return run_apart(make())


@pytest.fixture(params=["sqlite", "postgresql"])
async def plant(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    """A migrated database of the test's own, open: once SQLite, once PostgreSQL."""
    if request.param == "sqlite":
        url = copy_of(request.getfixturevalue("migrated_file"), tmp_path)
    else:
        server: Cluster = request.getfixturevalue("postgres")
        url = await server.new_database(request.getfixturevalue("migrated_database"))
    opened = open_engine(url)
    yield opened
    await opened.dispose()


def run_apart(work: Coroutine[Any, Any, T]) -> T:
    """The result of ``work``, run in a loop and a thread of its own: a session fixture has no loop."""
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(asyncio.run, work).result()


def copy_of(template: Path, folder: Path) -> str:
    """The URL of a copy of ``template`` in ``folder``."""
    return f"sqlite+aiosqlite:///{shutil.copy(template, folder / 'penstock.db')}"
