"""The gate that stock clients meet, and a real asset behind it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.peers.direct import Pair, straight
from tests.peers.gate import PeerGate, peer_gate
from tests.sshd import Sshd, sshd


@pytest.fixture
async def gate(tmp_path: Path) -> AsyncIterator[PeerGate]:
    async with peer_gate(tmp_path) as running:
        yield running


@pytest.fixture
async def asset(tmp_path: Path, gate: PeerGate) -> AsyncIterator[Sshd]:
    """A real sshd, in the plant as ``eng-ws-1``."""
    async with sshd(tmp_path / "sshd") as running:
        gate.place_sshd("eng-ws-1", running)
        yield running


@pytest.fixture
def pair(gate: PeerGate, asset: Sshd, tmp_path: Path) -> Pair:
    """Ana at the gate with an approved permit for the asset, and the asset without a gate."""
    client = gate.person("ana")
    gate.permit("ana", "eng-ws-1")
    return Pair(client, straight(asset, tmp_path / "straight"), "ana+eng-ws-1", asset.user)
