from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from broker.database.engine import migrate, open_engine


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'penstock.db'}"
    await migrate(url)
    opened = open_engine(url)
    yield opened
    await opened.dispose()
