"""Signing in, driven by an asyncssh client; stock clients are in tests/peers."""

import asyncssh
import pytest

from tests.peers.gate import PeerGate
from tests.peers.guests import enter, reading


async def test_a_sign_in_that_can_not_be_kept_lets_nobody_in(gate: PeerGate) -> None:
    client = gate.person("ana")
    gate.leaves.down = True
    with pytest.raises((asyncssh.Error, OSError)):
        await enter(gate, "ana", [reading(client)], gate.code("ana"))
    gate.leaves.down = False
    assert not gate.leaves.events or type(gate.leaves.events[0]).__name__ == "SignInFailed"


async def test_who_leaves_in_the_middle_is_one_failure_and_no_longer_waits(gate: PeerGate) -> None:
    client = gate.person("ana")
    with pytest.raises(asyncssh.PermissionDenied):
        await asyncssh.connect(
            gate.host,
            gate.port,
            config=None,
            known_hosts=str(gate.known_hosts),
            username="ana",
            client_keys=[reading(client)],
            agent_path=None,
            preferred_auth="publickey",
        )
    (failed,) = await gate.seen("SignInFailed")
    assert (failed.claimed, failed.code, failed.source) == ("ana", "no_code", "127.0.0.1")
    assert gate.door.unauthenticated == 0
