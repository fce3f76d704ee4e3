"""What asyncssh alone would get wrong: identity, memory, and who may speak when."""

import asyncio
import struct
from functools import partial
from ipaddress import ip_address
from typing import Any

import asyncssh
import pytest
from asyncssh.constants import MSG_CHANNEL_OPEN_CONFIRMATION, MSG_IGNORE, MSG_USERAUTH_REQUEST
from asyncssh.packet import Boolean, String

from broker.conduits import asyncssh_internals
from broker.conduits.asyncssh_internals import LEAST_PACKET_BYTES, REPLIES_BYTES, WINDOW_BYTES, check_version
from broker.door.limits import UNAUTHENTICATED_PER_SOURCE
from broker.vault.sealed import Credential
from domain.errors import ConfigError
from domain.ids import AssetId
from domain.plant import Endpoint, Protocol
from tests.peers.gate import PeerGate
from tests.peers.test_ssh_sign_in import Guest, enter, reading
from tests.sshd import Sshd

WHERE = "ana+eng-ws-1"
ONE_SESSION_BYTES = 1024 * 1024 + 512 * 1024


def test_another_version_of_asyncssh_opens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    check_version()
    monkeypatch.setattr(asyncssh, "__version__", "2.24.0")
    with pytest.raises(ConfigError, match=r"asyncssh is 2\.24\.0"):
        check_version()


async def _legs(gate: PeerGate) -> tuple[Any, Any]:
    """The gate's two connections of its only client, once the session runs."""
    await gate.seen("PassageOpened")
    connection = next(iter(gate.door._house.connections))
    seat = next(iter(connection.entry._seats.values()))
    async with asyncio.timeout(20):
        while seat.target is None:
            await asyncio.sleep(0.01)
    return connection._ssh, seat.target.connection


def _held_bytes(*legs: Any) -> int:
    """What the gate holds of one client's bytes, in all the places where it could."""
    channels = [channel for leg in legs for channel in leg._channels.values()]
    waiting = sum(len(data) for channel in channels for data, _ in channel._recv_buf)
    return waiting + sum(one._send_buf_len for one in channels) + sum(leg.unsent_bytes() for leg in legs)


async def _settled(gate: PeerGate) -> int:
    """The most that was held until nothing moved any more."""
    legs = await _legs(gate)
    most = 0
    still = 0
    last = -1
    async with asyncio.timeout(60):
        while still < 20:
            await asyncio.sleep(0.05)
            most = max(most, _held_bytes(*legs))
            view = gate.supervisor.sessions()[0]
            moved = view.bytes_to_vendor + view.bytes_to_asset
            still = still + 1 if moved == last else 0
            last = moved
    return most


async def test_abuse_27_a_client_with_a_huge_window_that_stops_reading_costs_a_bounded_amount(
    gate: PeerGate, asset: Sshd
) -> None:
    client = gate.person("ana")
    gate.permit("ana", "eng-ws-1")
    async with await enter(gate, WHERE, [reading(client)], gate.code("ana")) as conn:
        channel, _ = await conn.create_session(
            asyncssh.SSHClientSession, "cat /dev/zero", encoding=None, window=2**31 - 1
        )
        conn._transport.pause_reading()
        assert await _settled(gate) <= ONE_SESSION_BYTES
        conn._transport.resume_reading()
        channel.abort()


async def test_abuse_27_an_asset_that_stops_reading_costs_a_bounded_amount(
    gate: PeerGate, asset: Sshd
) -> None:
    client = gate.person("ana")
    gate.permit("ana", "eng-ws-1")
    async with await enter(gate, WHERE, [reading(client)], gate.code("ana")) as conn:
        channel, _ = await conn.create_session(asyncssh.SSHClientSession, "sleep 60", encoding=None)
        channel.write(bytes(16 * 1024 * 1024))
        assert await _settled(gate) <= ONE_SESSION_BYTES
        channel.abort()


async def test_what_was_held_back_arrives_once_the_client_reads_again(gate: PeerGate, asset: Sshd) -> None:
    client = gate.person("ana")
    gate.permit("ana", "eng-ws-1")
    size = 8 * 1024 * 1024
    async with await enter(gate, WHERE, [reading(client)], gate.code("ana")) as conn:
        process = await conn.create_process(
            f"head -c {size} /dev/zero; exit 9", encoding=None, window=2**31 - 1
        )
        conn._transport.pause_reading()
        await _settled(gate)
        conn._transport.resume_reading()
        out = await process.stdout.read()
        await process.wait_closed()
    assert (len(out), process.exit_status) == (size, 9)


@pytest.mark.parametrize("during", ["the code", "the leaf"])
@pytest.mark.parametrize("jitter", [0, 0.01, 0.05, 0.2])
async def test_abuse_14_a_name_changed_in_flight_never_becomes_somebody_else(
    gate: PeerGate, monkeypatch: pytest.MonkeyPatch, jitter: float, during: str
) -> None:
    # Both awaits of a sign-in made slow in turn: the other name arrives before, inside or after each.
    codes, leaves = gate.door._house.parts.codes, gate.leaves
    slow = codes.check if during == "the code" else leaves.append

    async def slowly(*given: Any) -> Any:
        await asyncio.sleep(0.1)
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
    assert entered == (5 if jitter > 0.1 else 0)
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


@pytest.mark.parametrize("length", [0x7FFFFFFF, 0xFFFFFFFF, 1024 * 1024])
async def test_abuse_17_a_giant_packet_before_sign_in_ends_the_connection(
    gate: PeerGate, length: int
) -> None:
    reader, writer = await asyncio.open_connection(gate.host, gate.port)
    await reader.readline()
    writer.write(b"SSH-2.0-Flood\r\n" + struct.pack(">I", length) + bytes(64))
    async with asyncio.timeout(10):
        while await reader.read(65536):
            pass
    writer.close()


async def test_abuse_17_a_flood_before_sign_in_ends_the_connection(gate: PeerGate) -> None:
    reader, writer = await asyncio.open_connection(gate.host, gate.port)
    chunk = bytes(65536)
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        for _ in range(1024):
            writer.write(b"SSH-2.0-Flood\r\n" + chunk)
            await writer.drain()
        await reader.readexactly(1 << 30)
    writer.close()


async def test_abuse_17_idle_newcomers_are_turned_away_and_somebody_signed_in_stays(
    gate: PeerGate, asset: Sshd
) -> None:
    client = gate.person("ana")
    gate.permit("ana", "eng-ws-1")
    async with await enter(gate, WHERE, [reading(client)], gate.code("ana")) as conn:
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


async def test_abuse_27_degenerate_sizes_neither_crash_nor_pass(gate: PeerGate, asset: Sshd) -> None:
    client = gate.person("ana")
    gate.permit("ana", "eng-ws-1")
    async with await enter(gate, WHERE, [reading(client)], gate.code("ana")) as conn:
        process = await conn.create_process(
            "stty size; read x; stty size", term_type="xterm", term_size=(2**32 - 1, 2**32 - 1, 0, 0)
        )
        assert (await process.stdout.readline()).strip() == "1000 1000"
        for number in range(2000):
            process.channel.change_terminal_size(number % 7, 2**32 - 1, 2**32 - 1, 0)
        process.channel.change_terminal_size(90, 30)
        await asyncio.sleep(0.3)
        process.stdin.write("\n")
        rest = await process.stdout.read()
    assert rest.split("\n")[-2].strip() == "30 90"


@pytest.mark.parametrize("size", [1, LEAST_PACKET_BYTES - 1])
async def test_abuse_27_a_client_that_takes_a_byte_at_a_time_gets_no_channel(
    gate: PeerGate, asset: Sshd, size: int
) -> None:
    client = gate.person("ana")
    gate.permit("ana", "eng-ws-1")
    async with await enter(gate, WHERE, [reading(client)], gate.code("ana")) as conn:
        with pytest.raises(asyncssh.ChannelOpenError, match="Not permitted"):
            await conn.create_session(
                asyncssh.SSHClientSession, "cat /dev/zero", encoding=None, max_pktsize=size
            )
        assert (await conn.run("echo here", max_pktsize=LEAST_PACKET_BYTES)).stdout == "here\n"
    assert not asset.said("/dev/zero")


async def test_abuse_27_an_asset_that_takes_a_byte_at_a_time_is_left_alone(gate: PeerGate) -> None:
    started: list[str] = []

    class Open(asyncssh.SSHServer):
        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            return (username, password) == ("ops", "x")

    async def program(process: asyncssh.SSHServerProcess[str]) -> None:
        started.append(process.command or "")
        process.exit(0)

    key = asyncssh.generate_private_key("ssh-ed25519")
    pinned = " ".join(key.export_public_key("openssh").decode().split()[:2])
    client = gate.person("ana")
    hostile = await asyncssh.listen(
        "127.0.0.1", 0, server_host_keys=[key], server_factory=Open, process_factory=program, max_pktsize=1
    )
    async with hostile:
        gate.place("eng-ws-1", Endpoint(Protocol.SSH, ip_address("127.0.0.1"), hostile.get_port(), (pinned,)))
        gate.credentials[AssetId("eng-ws-1")] = Credential("ops", password="x")
        gate.permit("ana", "eng-ws-1")
        result = await client.ssh(WHERE, "true")
    assert "its packets are too small" in result.complaint
    assert (result.status, started) == (69, [])


async def test_a_connection_has_a_limit_of_channels(gate: PeerGate, asset: Sshd) -> None:
    client = gate.person("ana")
    gate.permit("ana", "eng-ws-1")
    async with await enter(gate, WHERE, [reading(client)], gate.code("ana")) as conn:
        opened = 0
        with pytest.raises(asyncssh.ChannelOpenError, match="Too many"):
            for _ in range(asyncssh_internals.MOST_CHANNELS + 1):
                await conn.create_session(asyncssh.SSHClientSession, "sleep 30", encoding=None)
                opened += 1
    assert opened == asyncssh_internals.MOST_CHANNELS


def test_the_bounds_stand_in_the_relation_that_they_need() -> None:
    assert 0 < WINDOW_BYTES <= REPLIES_BYTES


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
