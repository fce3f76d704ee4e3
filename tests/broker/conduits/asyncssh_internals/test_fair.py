"""Memory stays flat whoever stops reading."""

from typing import Any

import asyncssh
import pytest
from asyncssh.constants import MSG_CHANNEL_OPEN_CONFIRMATION, MSG_IGNORE

from tests.broker.conduits.asyncssh_internals.holding import ONE_SESSION_BYTES, settled
from tests.peers.gate import PeerGate
from tests.peers.guests import enter, inside, reading
from tests.sshd import Sshd

WHERE = "ana+eng-ws-1"


async def test_abuse_27_a_client_with_a_huge_window_that_stops_reading_costs_a_bounded_amount(
    gate: PeerGate, asset: Sshd
) -> None:
    async with inside(gate) as conn:
        channel, _ = await conn.create_session(
            asyncssh.SSHClientSession, "cat /dev/zero", encoding=None, window=2**31 - 1
        )
        conn._transport.pause_reading()
        assert await settled(gate) <= ONE_SESSION_BYTES
        conn._transport.resume_reading()
        channel.abort()


async def test_abuse_27_an_asset_that_stops_reading_costs_a_bounded_amount(
    gate: PeerGate, asset: Sshd
) -> None:
    async with inside(gate) as conn:
        channel, _ = await conn.create_session(asyncssh.SSHClientSession, "sleep 60", encoding=None)
        channel.write(bytes(16 * 1024 * 1024))
        assert await settled(gate) <= ONE_SESSION_BYTES
        channel.abort()


async def test_no_empty_packet_goes_before_each_that_is_sent(
    gate: PeerGate, asset: Sshd, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = gate.person("ana")
    gate.permit("ana", "eng-ws-1")
    got: list[int] = []

    def note(self: Any, pkttype: int, pktid: int, packet: Any, note: str = "") -> None:
        got.append(pkttype)

    monkeypatch.setattr(asyncssh.connection.SSHClientConnection, "log_received_packet", note)
    async with await enter(gate, WHERE, [reading(client)], gate.code("ana")) as conn:
        ran = await conn.run("echo there")
        assert ran.stdout == "there\n"
    assert MSG_CHANNEL_OPEN_CONFIRMATION in got
    assert MSG_IGNORE not in got
