"""One node for each file of tests: a test that breaks it mends it again, or has a file of its own."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.node import Node, node


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def plant(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Node]:
    """A composed node that is up."""
    async with node(tmp_path_factory.mktemp("plant")) as running:
        yield running
