"""What asyncssh alone would get wrong: identity, and who may speak when."""

import asyncio
from functools import partial
from typing import Any

import asyncssh
import pytest
from asyncssh.constants import MSG_USERAUTH_REQUEST
from asyncssh.packet import Boolean, String

from broker.conduits.asyncssh_internals.bounds import (
    LEAST_PACKET_BYTES,
    MOST_CHANNELS,
)
from broker.door.limits import UNAUTHENTICATED_PER_SOURCE
from tests.peers.gate import PeerGate
from tests.peers.guests import Guest, enter, inside, reading
from tests.sshd import Sshd


@pytest.mark.parametrize("during", ["the code", "the leaf"])
@pytest.mark.parametrize("jitter", [0, 0.01, 0.05, 0.6])
async def test_abuse_14_a_name_changed_in_flight_never_becomes_somebody_else(
    gate: PeerGate, monkeypatch: pytest.MonkeyPatch, jitter: float, during: str
) -> None:
    # Both awaits of a sign-in made slow in turn: the other name arrives before, inside or after each.
    codes, leaves = gate.door._house.parts.codes, gate.leaves
    slow = codes.check if during == "the code" else leaves.append

    async def slowly(*given: Any) -> Any:
        await asyncio.sleep(0.3)
        return await slow(*given)

    where, what = (codes, "check") if during == "the code" else (leaves, "append")
    monkeypatch.setattr(where, what, slowly)
    ana = gate.person("ana")
    gate.person("bo")
    code = gate.code("ana")

    class Pipelining(Guest):
        def connection_made(self, conn: Any) -> None:
            self.conn = conn

        def kbdint_challenge_received(self, *given: Any) -> list[str]:
            # bo's request goes out with, or just behind, the answer that completes ana's.
            def switch() -> None:
                self.conn.send_packet(
                    MSG_USERAUTH_REQUEST,
                    String("bo"),
                    String("ssh-connection"),
                    String(b"keyboard-interactive"),
                    String(""),
                    String(""),
                )

            if jitter:
                asyncio.get_running_loop().call_later(jitter, switch)
            else:
                asyncio.get_running_loop().call_soon(switch)
            return super().kbdint_challenge_received(*given)

    entered = 0
    for _ in range(5):
        try:
            conn = await asyncssh.connect(
                gate.host,
                gate.port,
                config=None,
                known_hosts=str(gate.known_hosts),
                username="ana",
                client_keys=[reading(ana)],
                agent_path=None,
                client_factory=partial(Pipelining, code),
            )
        except (asyncssh.Error, OSError):
            pass
        else:
            entered += 1
            conn.abort()
            await conn.wait_closed()
        code = gate.code("ana")
    # Behind the whole sign-in the other name changes nothing; anywhere before, it ends the connection.
    assert entered == (5 if jitter > 0.3 else 0)
    failed = await gate.seen("SignInFailed", 5 - entered)
    assert {one.code for one in failed} <= {"name_changed", "left", "no_code"}
    assert {one.person for one in gate.leaves.events if type(one).__name__ == "SignedIn"} <= {"ana"}


async def test_abuse_13_a_request_for_success_before_any_proof_gets_none(gate: PeerGate) -> None:
    client = gate.person("ana")
    key = reading(client)
    offer = [String(b"publickey"), Boolean(False), String(key.get_algorithm()), String(key.public_data)]

    class Offering(asyncssh.SSHClient):
        def connection_made(self, conn: Any) -> None:
            self.conn = conn

        def public_key_auth_requested(self) -> Any:
            # Instead of signing, offer again and again.
            for _ in range(3):
                self.conn.send_packet(MSG_USERAUTH_REQUEST, String("ana"), String("ssh-connection"), *offer)
            return None

    with pytest.raises((asyncssh.Error, OSError)):
        await asyncssh.connect(
            gate.host,
            gate.port,
            config=None,
            known_hosts=str(gate.known_hosts),
            username="ana",
            agent_path=None,
            client_keys=[],
            client_factory=Offering,
        )
    assert not [one for one in gate.leaves.events if type(one).__name__ == "SignedIn"]


async def test_a_client_without_strict_key_exchange_is_refused(
    gate: PeerGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = asyncssh.connection.SSHConnection._get_extra_kex_algs

    def without(self: Any) -> list[bytes]:
        return [one for one in original(self) if self.is_server() or not one.startswith(b"kex-strict")]

    monkeypatch.setattr(asyncssh.connection.SSHConnection, "_get_extra_kex_algs", without)
    client = gate.person("ana")
    with pytest.raises(asyncssh.KeyExchangeFailed, match="Strict key exchange"):
        await enter(gate, "ana", [reading(client)], gate.code("ana"))


async def test_abuse_17_idle_newcomers_are_turned_away_and_somebody_signed_in_stays(
    gate: PeerGate, asset: Sshd
) -> None:
    async with inside(gate) as conn:
        idle = [
            await asyncio.open_connection(gate.host, gate.port) for _ in range(UNAUTHENTICATED_PER_SOURCE + 5)
        ]
        async with asyncio.timeout(10):
            lines = await asyncio.gather(*(reader.readline() for reader, _ in idle), return_exceptions=True)
        answered = [line for line in lines if line == b"SSH-2.0-Penstock\r\n"]
        assert len(answered) == UNAUTHENTICATED_PER_SOURCE
        assert gate.door.unauthenticated == UNAUTHENTICATED_PER_SOURCE
        assert (await conn.run("echo here")).stdout == "here\n"
        for _, writer in idle:
            writer.close()


@pytest.mark.parametrize("size", [1, LEAST_PACKET_BYTES - 1])
async def test_abuse_27_a_client_that_takes_a_byte_at_a_time_gets_no_channel(
    gate: PeerGate, asset: Sshd, size: int
) -> None:
    async with inside(gate) as conn:
        with pytest.raises(asyncssh.ChannelOpenError, match="Not permitted"):
            await conn.create_session(
                asyncssh.SSHClientSession, "cat /dev/zero", encoding=None, max_pktsize=size
            )
        assert (await conn.run("echo here", max_pktsize=LEAST_PACKET_BYTES)).stdout == "here\n"
    assert not asset.said("/dev/zero")


async def test_a_connection_has_a_limit_of_channels(gate: PeerGate, asset: Sshd) -> None:
    async with inside(gate) as conn:
        opened = 0
        with pytest.raises(asyncssh.ChannelOpenError, match="Too many"):
            for _ in range(MOST_CHANNELS + 1):
                await conn.create_session(asyncssh.SSHClientSession, "sleep 30", encoding=None)
                opened += 1
    assert opened == MOST_CHANNELS
