"""One node for all the files of tests: a test that breaks it mends it again, or its file has a node of its own."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.matrix.plant import Yard, yard
from tests.node import Node, node


@pytest_asyncio.fixture(scope="session", loop_scope="session", name="yard")
async def targets(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Yard]:
    """What stands in the node's zone for the matrix."""
    async with yard(tmp_path_factory.mktemp("yard")) as standing:
        yield standing


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def plant(tmp_path_factory: pytest.TempPathFactory, yard: Yard) -> AsyncIterator[Node]:
    """A composed node that is up. Its tests are marked ``asyncio(loop_scope="session")``."""
    async with node(tmp_path_factory.mktemp("plant"), written=yard.written) as running:
        yield running
