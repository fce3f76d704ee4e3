from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.broker.console.house import House, house_at
from tests.clock import FrozenClock


@pytest.fixture
async def house(tmp_path: Path, clock: FrozenClock) -> AsyncIterator[House]:
    async with house_at(tmp_path, clock) as one:
        yield one
