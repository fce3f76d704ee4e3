"""The real gate with a real sshd behind it, as a browser's tab reaches them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncssh
import pytest

from tests.peers.gate import PeerGate, peer_gate
from tests.peers.guests import enter, reading
from tests.sshd import Sshd, sshd


@pytest.fixture
async def gate(tmp_path: Path) -> AsyncIterator[PeerGate]:
    async with peer_gate(tmp_path) as running:
        yield running


@pytest.fixture
async def asset(tmp_path: Path, gate: PeerGate) -> AsyncIterator[Sshd]:
    async with sshd(tmp_path / "sshd") as running:
        gate.place_sshd("eng-ws-1", running)
        yield running


@asynccontextmanager
async def ana_at(gate: PeerGate, **permit: object) -> AsyncIterator[asyncssh.SSHClientConnection]:
    """Her connection under a permit for eng-ws-1, signed in with her own key: whole nodes show the browser's."""
    client = gate.person("ana")
    name = f"permit-{gate.permit('ana', 'eng-ws-1', **permit)}"  # type: ignore[arg-type]
    async with await enter(gate, name, [reading(client)], gate.code("ana")) as connection:
        yield connection
