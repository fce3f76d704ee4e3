"""What an asset may send that means harm (SECURITY.md section 3, cases 23 and 26 to 29)."""

import asyncio

import asyncssh
import pytest

from broker.exit_status import REFUSED, UNREACHABLE
from domain.events import document
from recorder.format.frame import Kind
from tests.broker.running import crossed
from tests.hostile.targets import ACTS, HOSTILE, Server, inert_line, raw_target, ssh_target
from tests.openssh import Client, Result
from tests.peers.gate import PeerGate

WHERE = "ana+eng-ws-1"
MIB = 1024 * 1024


@pytest.fixture
def ana(gate: PeerGate) -> Client:
    person = gate.person("ana")
    gate.permit("ana", "eng-ws-1")
    return person


async def quiet(process: asyncssh.SSHServerProcess) -> None:
    process.stdout.write(b"done\n")
    process.exit(0)


def kept(gate: PeerGate) -> str:
    """All leaves as text: nothing in them may act either, and each must fit into one."""
    lines = [ascii(document(event)) for event in gate.leaves.events]
    for event in gate.leaves.events:
        for value in document(event).values():
            for act in ACTS:
                assert act not in str(value), document(event)
            assert len(str(value)) < 2000
    return "\n".join(lines)


async def refused(gate: PeerGate, ana: Client, status: int, code: str) -> str:
    """A refusal in one inert line, with its exit status, and its leaf."""
    result = await ana.ssh(WHERE, "true")
    line = inert_line(result.err)
    assert (result.status, result.out) == (status, b""), result
    assert f"refused [{code}]" in line
    assert [one.code for one in await gate.seen("PassageRefused")] == [code]
    kept(gate)
    return line


# -- before SSH begins ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "first",
    [
        pytest.param(HOSTILE.encode() * 30_000 + b"\n", id="a megabyte before its version"),
        pytest.param(b"\n".join([b"hello" * 10] * 30_000), id="thirty thousand lines"),
        pytest.param(b"SSH-2.0-" + HOSTILE.encode() + b"\r\n", id="a hostile version"),
        pytest.param(b"SSH-2.0-" + b"x" * MIB + b"\r\n", id="a version of a megabyte"),
        pytest.param(b"SSH-1.5-old\r\n", id="another protocol"),
        pytest.param(b"HTTP/1.1 400 Bad Request\r\n\r\n", id="a web server"),
        pytest.param(bytes(range(256)) * 4096, id="noise"),
        pytest.param(b"SSH-2.0-x\r\n" + b"\xff\xff\xff\xff" * 1000, id="a packet of four gigabytes"),
        pytest.param(b"SSH-2.0-x\r\n" + b"\x00" * 1000, id="an empty packet"),
        pytest.param(b"", id="nothing"),
    ],
)
async def test_abuse_27_what_speaks_no_ssh_is_unreachable_in_one_line(
    gate: PeerGate, ana: Client, first: bytes
) -> None:
    async def speak(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(first)
        await writer.drain()
        writer.close()

    with raw_target(gate, speak):
        await refused(gate, ana, UNREACHABLE, "asset_unreachable")


async def test_a_reason_of_two_hundred_kilobytes_with_escapes_is_one_short_line(
    gate: PeerGate, ana: Client
) -> None:
    class Leaving(Server):
        def begin_auth(self, username: str) -> bool:
            self.connection.disconnect(asyncssh.DISC_BY_APPLICATION, HOSTILE * 8_000)
            return True

    with ssh_target(gate, quiet, factory=Leaving):
        await refused(gate, ana, UNREACHABLE, "asset_unreachable")


async def test_a_reason_given_when_the_program_should_start_is_one_short_line(
    gate: PeerGate, ana: Client
) -> None:
    class Refusing(Server):
        def begin_auth(self, username: str) -> bool:
            return False

        def session_requested(self) -> bool:
            raise asyncssh.ChannelOpenError(2, HOSTILE * 8_000)

    with ssh_target(gate, quiet, factory=Refusing):
        await refused(gate, ana, UNREACHABLE, "asset_unreachable")


# -- signing in ----------------------------------------------------------------------------------


async def test_abuse_29_a_notice_at_sign_in_does_not_reach_the_vendor_and_stops_nothing(
    gate: PeerGate, ana: Client
) -> None:
    with ssh_target(gate, quiet, banner=HOSTILE * 3_000):
        result = await ana.ssh(WHERE, "true")
    assert (result.status, result.out) == (0, b"done\n")
    assert not any(act.encode() in result.err for act in ACTS)


async def test_abuse_26_another_host_key_is_refused_before_the_credential_is_sent(
    gate: PeerGate, ana: Client
) -> None:
    with ssh_target(gate, quiet, pinned=asyncssh.generate_private_key("ssh-ed25519")) as seen:
        line = await refused(gate, ana, REFUSED, "host_key_mismatch")
    assert "is not the pinned one" in line
    assert seen in ([], ["connected"]), "nobody was named, no password given"
    assert len(await gate.seen("HostKeyMismatch")) == 1


async def test_abuse_26_a_host_key_that_changes_between_two_connections_is_refused(
    gate: PeerGate, ana: Client
) -> None:
    first = asyncssh.generate_private_key("ssh-ed25519")
    with ssh_target(gate, quiet, host_key=first):
        assert (await ana.ssh(WHERE, "true")).status == 0
    with ssh_target(gate, quiet, pinned=first) as seen:
        await refused(gate, ana, REFUSED, "host_key_mismatch")
    assert seen in ([], ["connected"])


@pytest.mark.parametrize(
    "weak",
    [
        {"kex_algs": ["diffie-hellman-group1-sha1"]},
        {"encryption_algs": ["3des-cbc"]},
        {"mac_algs": ["hmac-md5"], "encryption_algs": ["aes128-cbc"]},
    ],
    ids=["key exchange", "cipher", "mac"],
)
async def test_peer_t10_an_asset_with_weak_algorithms_only_is_refused_and_nothing_sent(
    gate: PeerGate, ana: Client, weak: dict[str, list[str]]
) -> None:
    with ssh_target(gate, quiet, **weak) as seen:
        result = await ana.ssh(WHERE, "true")
    line = inert_line(result.err)
    assert result.status in (UNREACHABLE, REFUSED)
    assert "algorithm" in line or "Connection lost" in line, "whoever of the two is faster says it"
    assert seen in ([], ["connected"])


# -- while a program runs ------------------------------------------------------------------------


async def lasting(gate: PeerGate, result: Result) -> bytes:
    """What went to the vendor is what was recorded, byte for byte; the recorded output."""
    frames = (await gate.recorded())[0]
    assert crossed(frames, Kind.TO_VENDOR) == result.out
    assert result.err.endswith(crossed(frames, Kind.TO_VENDOR_ERR))
    kept(gate)
    return crossed(frames, Kind.TO_VENDOR)


async def test_abuse_29_raw_bytes_pass_and_are_kept_as_they_were(gate: PeerGate, ana: Client) -> None:
    data = HOSTILE.encode() + bytes(range(256)) * 64

    async def program(process: asyncssh.SSHServerProcess) -> None:
        process.stdout.write(data)
        process.stderr.write(data)
        process.exit(0)

    with ssh_target(gate, program):
        result = await ana.ssh(WHERE, "true")
    assert result.status == 0
    assert await lasting(gate, result) == data


async def test_abuse_27_a_flood_on_both_outputs_arrives_whole(gate: PeerGate, ana: Client) -> None:
    async def program(process: asyncssh.SSHServerProcess) -> None:
        for _ in range(8):
            process.stdout.write(b"o" * MIB)
            process.stderr.write(b"e" * MIB)
            await process.stdout.drain()
            await process.stderr.drain()
        process.exit(3)

    with ssh_target(gate, program):
        result = await ana.ssh(WHERE, "true")
    assert (result.status, len(result.out)) == (3, 8 * MIB)
    assert await lasting(gate, result) == b"o" * 8 * MIB


async def test_output_without_end_ends_with_its_client_and_is_kept(gate: PeerGate, ana: Client) -> None:
    async def program(process: asyncssh.SSHServerProcess) -> None:
        while True:
            process.stdout.write(b"endless\n" * 1000)
            await process.stdout.drain()

    with ssh_target(gate, program):
        process = await asyncio.create_subprocess_exec(
            *ana.command(WHERE, "true"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=ana.environment(),
            start_new_session=True,
        )
        assert process.stdout is not None
        got = await process.stdout.readexactly(2 * MIB)
        process.kill()
        await process.communicate()
        frames = (await gate.recorded())[0]
    assert crossed(frames, Kind.TO_VENDOR).startswith(got)


@pytest.mark.parametrize("second", ["status", "signal"])
async def test_abuse_27_an_exit_told_twice_is_told_once(gate: PeerGate, ana: Client, second: str) -> None:
    async def program(process: asyncssh.SSHServerProcess) -> None:
        channel = process.channel
        send = channel._send_request
        send(b"exit-status", asyncssh.packet.UInt32(5))
        if second == "status":
            send(b"exit-status", asyncssh.packet.UInt32(6))
            process.exit(2**32 - 1)
        else:
            process.exit_with_signal("KILL", False, HOSTILE, "en")

    with ssh_target(gate, program):
        result = await ana.ssh(WHERE, "true")
    assert result.status in (5, 6, 255)
    assert "Traceback" not in result.complaint
    assert len([one for one in (await gate.recorded())[0] if one.kind is Kind.EXIT]) == 1
    kept(gate)


async def test_an_exit_by_a_signal_of_no_known_name_ends_the_client(gate: PeerGate, ana: Client) -> None:
    async def program(process: asyncssh.SSHServerProcess) -> None:
        process.channel._send_request(
            b"exit-signal",
            asyncssh.packet.String(b"EVIL@\x1b[2J"),
            asyncssh.packet.Boolean(False),
            asyncssh.packet.String(HOSTILE),
            asyncssh.packet.String(b"en"),
        )
        process.close()

    with ssh_target(gate, program):
        result = await ana.ssh(WHERE, "true")
    assert result.status not in (0, -1)
    assert not any(act.encode() in result.err for act in ACTS)
    kept(gate)


async def test_a_target_that_leaves_in_the_middle_is_said_so_and_nothing_is_lost(
    gate: PeerGate, ana: Client
) -> None:
    async def program(process: asyncssh.SSHServerProcess) -> None:
        process.stdout.write(b"half")
        await process.stdout.drain()
        await asyncio.sleep(0.2)
        process.channel._conn._transport.abort()

    with ssh_target(gate, program):
        result = await ana.ssh(WHERE, "true")
    assert (result.status, result.out) == (UNREACHABLE, b"half")
    assert "the connection to the asset was lost" in result.complaint
    assert crossed((await gate.recorded())[0], Kind.TO_VENDOR) == b"half"


async def test_a_trickle_arrives_byte_by_byte(gate: PeerGate, ana: Client) -> None:
    async def program(process: asyncssh.SSHServerProcess) -> None:
        for letter in b"slowly":
            process.stdout.write(bytes([letter]))
            await asyncio.sleep(0.05)
        process.exit(0)

    with ssh_target(gate, program):
        result = await ana.ssh(WHERE, "true")
    assert (result.status, result.out) == (0, b"slowly")
    assert await lasting(gate, result) == b"slowly"


async def test_abuse_21_channels_that_a_target_opens_are_refused(gate: PeerGate, ana: Client) -> None:
    """C04: from the target nothing leads on through the gate: forward, socket, agent."""
    answers: list[str] = []

    async def program(process: asyncssh.SSHServerProcess) -> None:
        connection = process.channel.get_connection()
        for open_one in (
            lambda: connection.create_connection(asyncssh.SSHTCPSession, "127.0.0.1", 22),
            lambda: connection.create_unix_connection(asyncssh.SSHUNIXSession, "/run/x"),
            connection.open_agent_connection,
        ):
            try:
                await open_one()
                answers.append("opened")
            except (asyncssh.Error, OSError) as error:
                answers.append(type(error).__name__)
        process.exit(0)

    with ssh_target(gate, program):
        assert (await ana.ssh(WHERE, "true")).status == 0
    assert len(answers) == 3
    assert "opened" not in answers
