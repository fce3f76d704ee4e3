"""Fixtures for whatever runs on both databases: ``from tests.databases import ...`` in a conftest."""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from broker.database.engine import migrate, open_engine
from tests.postgres import Cluster, cluster


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
    """A migrated SQLite file to copy: faster than migrating one for each example."""
    import asyncio  # noqa: PLC0415  # only here, where no loop runs yet

    path = tmp_path_factory.mktemp("template") / "penstock.db"
    asyncio.run(migrate(f"sqlite+aiosqlite:///{path}"))
    return path


def copy_of(template: Path, folder: Path) -> str:
    """The URL of a copy of ``template`` in ``folder``."""
    return f"sqlite+aiosqlite:///{shutil.copy(template, folder / 'penstock.db')}"
