"""The gate and the console that hostile peers meet."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.broker.console.house import House, house_at
from tests.clock import FrozenClock
from tests.peers.gate import PeerGate, peer_gate


@pytest.fixture
async def gate(tmp_path: Path) -> AsyncIterator[PeerGate]:
    async with peer_gate(tmp_path) as running:
        yield running


@pytest.fixture
async def house(tmp_path: Path, clock: FrozenClock) -> AsyncIterator[House]:
    async with house_at(tmp_path, clock) as one:
        yield one
