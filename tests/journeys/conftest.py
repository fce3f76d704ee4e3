"""One browser for all the journeys of a worker: each visit has a context of its own, as a fresh profile is."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.clock import FrozenClock
from tests.journeys.browsing import Site, launched, open_site


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every journey in the browser's own loop."""
    journeys = f"{Path(__file__).parent}/"
    for item in items:
        if str(item.path).startswith(journeys):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium, up until the worker ends."""
    async with launched() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def site(tmp_path: Path, clock: FrozenClock, browser: Browser) -> AsyncIterator[Site]:
    async with open_site(tmp_path, clock, browser) as one:
        yield one
