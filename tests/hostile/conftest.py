"""The gate that hostile peers meet."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.peers.gate import PeerGate, peer_gate


@pytest.fixture
async def gate(tmp_path: Path) -> AsyncIterator[PeerGate]:
    async with peer_gate(tmp_path) as running:
        yield running
