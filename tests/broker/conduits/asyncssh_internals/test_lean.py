"""Packets that are not plain data go to asyncssh, in their order, whatever is under way."""

import asyncio
import hashlib
import random
from typing import Any

import asyncssh
import pytest
from asyncssh.constants import MSG_IGNORE, MSG_KEXINIT

from broker.conduits.asyncssh_internals.bounds import PACKET_BYTES
from broker.conduits.asyncssh_internals.cipher import Gcm
from broker.conduits.asyncssh_internals.lean import _LONGEST_BYTES, _inbox, _opened
from broker.conduits.company import ALONE_BYTES
from recorder.format.frame import Kind
from tests.broker.conduits.asyncssh_internals.holding import ONE_SESSION_BYTES, legs, settled
from tests.peers.gate import PeerGate
from tests.peers.guests import enter, inside, reading
from tests.sshd import Sshd, sshd

WHERE = "ana+eng-ws-1"
SIZE = 12 * 1024 * 1024


async def _there_and_back(conn: asyncssh.SSHClientConnection) -> bool:
    data = random.Random(7).randbytes(SIZE)
    process = await conn.create_process("cat", encoding=None)

    async def feed() -> None:
        for start in range(0, SIZE, 100_000):
            process.stdin.write(data[start : start + 100_000])
            await process.stdin.drain()
        process.stdin.write_eof()

    out, _ = await asyncio.gather(process.stdout.read(), feed())
    status = (await process.wait()).exit_status
    return status == 0 and hashlib.sha256(out).digest() == hashlib.sha256(data).digest()


@pytest.mark.parametrize("who", ["the vendor", "the gate to the vendor", "the gate to the asset", "all"])
async def test_new_keys_in_the_middle_of_a_transfer_lose_nothing(
    gate: PeerGate, asset: Sshd, who: str
) -> None:
    often = {"rekey_bytes": 1_000_000} if who in ("the vendor", "all") else {}
    async with inside(gate, **often) as conn:
        opening = await conn.create_process("cat")
        vendor, target = await legs(gate)
        before = {leg: leg._recv_encryption for leg in (vendor, target)}
        if who in ("the gate to the vendor", "all"):
            vendor._rekey_bytes = 1_000_000
        if who in ("the gate to the asset", "all"):
            target._rekey_bytes = 1_000_000
        assert await _there_and_back(conn)
        changed = [leg._recv_encryption is not before[leg] for leg in (vendor, target)]
        assert changed == [who != "the gate to the asset", who in ("the gate to the asset", "all")]
        assert all(isinstance(leg._recv_encryption, Gcm) for leg in (vendor, target))
        opening.close()


async def test_an_asset_that_asks_for_new_keys_in_the_middle_gets_them(gate: PeerGate, tmp_path: Any) -> None:
    async with sshd(tmp_path / "often", "RekeyLimit 1M") as asset:
        gate.place_sshd("eng-ws-1", asset)
        async with inside(gate) as conn:
            assert await _there_and_back(conn)


async def test_abuse_27_new_keys_that_are_asked_for_and_never_agreed_cost_a_bounded_amount(
    gate: PeerGate, asset: Sshd
) -> None:
    async with inside(gate) as conn:
        channel, _ = await conn.create_session(
            asyncssh.SSHClientSession, "cat /dev/zero", encoding=None, window=2**31 - 1
        )
        conn._send_kexinit()
        conn._recv_handler = lambda: False  # and never a word more
        assert await settled(gate) <= ONE_SESSION_BYTES
        channel.abort()
        conn.abort()


async def test_packets_of_other_kinds_between_data_change_nothing(gate: PeerGate, asset: Sshd) -> None:
    async with inside(gate) as conn:
        process = await conn.create_process("cat", encoding=None)
        sent = b""
        for number in range(300):
            piece = bytes([number % 256]) * (number * 37 % 5000 + 1)
            process.stdin.write(piece)
            sent += piece
            if number % 3 == 0:
                conn.send_packet(MSG_IGNORE, b"\0\0\0\4abcd")
            if number % 50 == 0:
                process.channel.change_terminal_size(80, 24)
        process.stdin.write_eof()
        assert await process.stdout.read() == sent


async def test_a_packet_that_was_tampered_with_ends_the_connection_and_passes_nothing(
    gate: PeerGate, asset: Sshd
) -> None:
    client = gate.person("ana")
    gate.permit("ana", "eng-ws-1")
    conn = await enter(gate, WHERE, [reading(client)], gate.code("ana"))
    process = await conn.create_process("cat", encoding=None)
    process.stdin.write(b"sound")
    assert await process.stdout.readexactly(5) == b"sound"
    whole = conn._send

    def spoilt(data: bytes) -> None:
        whole(data[:-1] + bytes([data[-1] ^ 1]))

    conn._send = spoilt  # type: ignore[method-assign]
    process.stdin.write(b"spoilt")
    with pytest.raises(asyncssh.MACError):  # the gate's last word
        await process.stdout.read()
    await conn.wait_closed()
    frames = (await gate.recorded())[0]
    assert b"".join(frame.payload for frame in frames if frame.kind is Kind.TO_ASSET) == b"sound"


def test_the_places_hold_what_one_reading_can_bring() -> None:
    assert PACKET_BYTES + 64 <= _LONGEST_BYTES
    assert len(_inbox) == ALONE_BYTES + _LONGEST_BYTES
    assert len(_opened) >= ALONE_BYTES + 2 * _LONGEST_BYTES
    assert MSG_KEXINIT < 80, "a change of keys is no data"
