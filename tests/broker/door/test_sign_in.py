"""Signing in, driven by an asyncssh client; stock clients are in tests/peers."""

from dataclasses import replace

import asyncssh
import pytest

from broker.door.limits import PERSONS, SOURCES
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


async def test_wrong_codes_lock_a_person_at_the_door_and_the_wait_is_said_and_told(gate: PeerGate) -> None:
    """A10: failures per person at the SSH door are limited, with an alarm; the client reads how long and whom to call."""
    client = gate.person("ana")
    wrong = replace(client, code=lambda: "000000")
    for _ in range(PERSONS.free):
        assert (await wrong.ssh("ana", "help")).status == 255
    (locked,) = await gate.seen("SignInLocked")
    assert (locked.subject, locked.door, locked.failures, locked.source) == (
        "person:ana",
        "ssh",
        3,
        "127.0.0.1",
    )
    held = await client.ssh("ana", "help")
    assert held.status == 255
    assert "Too many wrong codes: the next one is looked at in " in held.complaint
    assert "call your contact at the plant" in held.complaint
    gate.door.lift("person:ana")
    assert (await client.ssh("ana", "help")).status == 0


async def test_an_address_that_goes_on_failing_is_locked_and_told(gate: PeerGate) -> None:
    """A10: failures per address at the SSH door are limited, with an alarm; lifting it lets others in again."""
    stranger = gate.person("ana", enrolled=False)
    client = gate.person("ana")
    sources = gate.door._house.sources
    for _ in range(SOURCES.free + 1):
        sources.failed("127.0.0.1", gate.plant.clock.boottime_s() - SOURCES.longest_lock_s)
    assert (await stranger.ssh("ana", "help")).status == 255
    (locked,) = await gate.seen("SignInLocked")
    assert (locked.subject, locked.door) == ("source:127.0.0.1", "ssh")
    assert (await client.ssh("ana", "help")).status == 255
    gate.door.lift("source:127.0.0.1")
    assert (await client.ssh("ana", "help")).status == 0
