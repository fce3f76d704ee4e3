"""Signing in, driven by an asyncssh client; stock clients are in tests/peers."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from approvals.proofs.webauthn import assertion_options, proof_of
from approvals.trust import Trust
from broker.browser_statement import BrowserStatement
from broker.door.browser_sign_ins import BrowserSignIns, challenge_of
from broker.door.limits import PERSONS, SOURCES
from domain.errors import DecisionError
from domain.ids import PersonId
from domain.proof import PasskeyProof
from tests.approvals.authenticator import Authenticator
from tests.broker.door.test_browser_sign_ins import ORIGIN, passkey_of
from tests.peers.gate import PeerGate, peer_gate
from tests.peers.guests import enter, reading
from tests.programs import needs


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


@pytest.fixture
async def browsing(tmp_path: Path) -> AsyncIterator[tuple[PeerGate, BrowserSignIns, Authenticator]]:
    """A gate at which Ana's passkey may stand in for her code."""
    device = Authenticator(ORIGIN)
    trust = Trust("localhost", (ORIGIN,)).with_passkey(PersonId("ana"), passkey_of(device))
    made: list[BrowserSignIns] = []

    def browser(leaves: Any, clock: Any) -> BrowserSignIns:
        made.append(BrowserSignIns(f"{ORIGIN}/device", lambda: trust, clock, leaves.append))
        return made[0]

    async with peer_gate(tmp_path, browser=browser) as running:
        yield running, made[0], device


async def waiting_in(browser: BrowserSignIns) -> BrowserStatement:
    async with asyncio.timeout(20):
        while not browser._waiting:
            await asyncio.sleep(0.02)
    (waiting,) = browser._waiting.values()
    return waiting.statement


def signature(device: Authenticator, statement: BrowserStatement) -> PasskeyProof:
    nonce = secrets.token_bytes(32)
    trust = Trust("localhost", (ORIGIN,))
    return proof_of(device.get(assertion_options(trust, (), challenge_of(statement, nonce))), nonce)


@needs("ssh")
async def test_a_stock_client_waits_for_the_browser_and_goes_on_once_it_is_confirmed(
    browsing: tuple[PeerGate, BrowserSignIns, Authenticator],
) -> None:
    gate, browser, device = browsing
    client = gate.person("ana")
    running = asyncio.create_task(replace(client, code=lambda: "").ssh("ana", "help"))
    statement = await waiting_in(browser)
    assert (statement.person, statement.source, statement.asked) == ("ana", "127.0.0.1", "ana")
    await browser.confirm_sign_in(PersonId("ana"), statement.code, signature(device, statement), "127.0.0.1")
    result = await running
    assert (result.status, result.out[:7]) == (0, b"permits"), result.complaint
    assert f"Open {ORIGIN}/device and type the code {statement.code}" in result.complaint
    (entered,) = await gate.seen("SignedIn")
    assert entered.factors == ("publickey", "passkey")
    (shown,) = await gate.seen("BrowserSignInShown")
    assert (shown.connection, shown.key[:7]) == (statement.connection, "SHA256:")
    assert [one.outcome for one in await gate.seen("BrowserSignInEnded")] == ["confirmed"]


@needs("ssh")
async def test_what_its_person_refuses_does_not_get_in_and_a_code_still_does(
    browsing: tuple[PeerGate, BrowserSignIns, Authenticator],
) -> None:
    gate, browser, _device = browsing
    client = gate.person("ana")
    running = asyncio.create_task(replace(client, code=lambda: "").ssh("ana", "help"))
    statement = await waiting_in(browser)
    await browser.refuse_sign_in(PersonId("ana"), statement.code, "192.0.2.9")
    assert (await running).status == 255
    (failed,) = await gate.seen("SignInFailed")
    assert failed.code == "browser_refused"
    assert [one.outcome for one in await gate.seen("BrowserSignInEnded")] == ["refused"]
    assert (await client.ssh("ana", "help")).status == 0


async def test_a_client_that_leaves_while_it_waits_leaves_nothing_to_confirm(
    browsing: tuple[PeerGate, BrowserSignIns, Authenticator],
) -> None:
    gate, browser, device = browsing
    client = replace(gate.person("ana"), code=lambda: "")
    process = await asyncio.create_subprocess_exec(
        *client.command("ana", "help"),
        env=client.environment(),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    statement = await waiting_in(browser)
    process.kill()
    await process.wait()
    assert [one.outcome for one in await gate.seen("BrowserSignInEnded")] == ["left"]
    with pytest.raises(DecisionError):
        await browser.confirm_sign_in(PersonId("ana"), statement.code, signature(device, statement), "x")
    assert gate.door.unauthenticated == 0
    assert not [one for one in gate.leaves.events if type(one).__name__ == "SignedIn"]


async def test_who_has_no_passkey_is_asked_for_a_code_and_nothing_else(
    browsing: tuple[PeerGate, BrowserSignIns, Authenticator],
) -> None:
    gate, browser, _device = browsing
    bo = gate.person("bo")
    assert (await replace(bo, code=lambda: "").ssh("bo", "help")).status == 255
    assert browser._waiting == {}
    assert (await bo.ssh("bo", "help")).status == 0
