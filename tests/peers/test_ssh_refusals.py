"""What is refused, in which words, and what it leaves in the ledger (SECURITY.md section 3, cases 18 to 28)."""

import asyncio
from ipaddress import ip_address
from pathlib import Path

import asyncssh
import pytest

from broker.demo.ports import free_port
from broker.door.connection import MOST_LEAVES
from domain.access import Grant, PassageKind
from domain.events import RequestRefused
from domain.permit import PermitState
from domain.plant import Endpoint, Protocol
from policies.start_notice import StartTerms, Unheard
from tests.openssh import Client
from tests.peers.gate import FORWARD, PeerGate, with_changes
from tests.peers.guests import enter, reading
from tests.sshd import Sshd

WHERE = "ana+eng-ws-1"


@pytest.fixture
def ana(gate: PeerGate, asset: Sshd) -> Client:
    client = gate.person("ana")
    gate.permit("ana", "eng-ws-1")
    return client


async def test_without_a_permit_nothing_is_reached(gate: PeerGate, asset: Sshd) -> None:
    """C12: shut at the gate itself while no permit lives."""
    client = gate.person("ana")
    result = await client.ssh(WHERE, "true")
    assert result.status == 77
    assert result.complaint.startswith("penstock: refused [no_permit]: ")
    assert "What to do: " in result.complaint
    assert not asset.said("Connection from")


async def test_abuse_18_every_kind_of_passage_needs_its_own_grant(
    gate: PeerGate, asset: Sshd, tmp_path: Path
) -> None:
    client = gate.person("ana")
    gate.permit("ana", "eng-ws-1", grants=frozenset({Grant(PassageKind.SHELL)}))
    (tmp_path / "x").write_bytes(b"x")
    runs = [
        await client.ssh(WHERE, "id"),
        await client.ssh(WHERE, "scp -t /tmp; id"),
        await client.sftp(WHERE, "ls\n"),
        await client.scp(str(tmp_path / "x"), f"{WHERE}@{{gate}}:/tmp/penstock-x", "-O"),
        await client.ssh(WHERE, "rsync --server -re.x . /tmp/penstock-x"),
        await client.ssh(WHERE, "netconf", options=["-s"]),
    ]
    assert all(run.status != 0 for run in runs)
    assert all("penstock: refused [" in run.complaint for run in runs)
    refused = await gate.seen("PassageRefused", 6)
    kinds = ["exec", "exec", "sftp", "scp:put", "rsync:put", "subsystem"]
    assert [one.passage for one in refused] == kinds
    assert not asset.said("Starting session")


async def test_abuse_18_a_channel_runs_one_program(gate: PeerGate, ana: Client, asset: Sshd) -> None:
    async with await enter(gate, WHERE, [reading(ana)], gate.code("ana")) as conn:
        channel, _ = await conn.create_session(asyncssh.SSHClientSession, "sleep 1", encoding=None)
        assert not await channel._make_request(b"exec", asyncssh.packet.String("reboot"))
        await channel.wait_closed()
    assert not asset.said("reboot")
    refused = (await gate.seen("PassageRefused"))[0]
    assert (refused.passage, refused.detail) == ("other", "second exec")


@pytest.mark.parametrize(
    ("options", "passage", "code"),
    [
        pytest.param(["-R", "0:127.0.0.1:22"], "reverse-forward", "reverse_forwarding_refused", id="reverse"),
        pytest.param(
            ["-R", "/tmp/penstock-no.sock:127.0.0.1:22"],
            "streamlocal",
            "streamlocal_refused",
            id="reverse socket",
        ),
    ],
)
async def test_abuse_21_what_reaches_back_is_refused_and_recorded(
    gate: PeerGate, ana: Client, options: list[str], passage: str, code: str
) -> None:
    """C04: what would lead back over the vendor's machine is refused."""
    result = await ana.ssh(WHERE, "echo still here", options=options)
    assert (result.status, result.out) == (0, b"still here\n")
    refused = (await gate.seen("PassageRefused"))[0]
    assert (refused.passage, refused.code) == (passage, code)


async def test_abuse_21_agent_x11_tunnel_and_sockets_are_refused_and_recorded(
    gate: PeerGate, ana: Client
) -> None:
    """C04: agent, X11, sockets and network tunnels are refused."""
    async with await enter(gate, WHERE, [reading(ana)], gate.code("ana")) as conn:
        with pytest.raises(asyncssh.ChannelOpenError):
            await conn.open_unix_connection("/run/docker.sock", encoding=None)
        with pytest.raises(asyncssh.ChannelOpenError):
            await conn.create_tun(asyncssh.SSHTunTapSession)
        with pytest.raises(asyncssh.ChannelOpenError):
            await conn.create_tap(asyncssh.SSHTunTapSession)
        channel, _ = await conn.create_session(asyncssh.SSHClientSession, "sleep 1", encoding=None)
        strings = [asyncssh.packet.String("MIT-MAGIC-COOKIE-1"), asyncssh.packet.String("00" * 16)]
        x11 = (asyncssh.packet.Boolean(False), *strings, asyncssh.packet.UInt32(0))
        assert not await channel._make_request(b"x11-req", *x11)
        assert not await channel._make_request(b"auth-agent-req@openssh.com")
        assert not await channel._make_request(b"frobnicate@example.com")
        kind, _ = await conn._make_global_request(b"hostkeys-prove-00@openssh.com", b"")
        assert kind == asyncssh.constants.MSG_REQUEST_FAILURE
        await channel.wait_closed()
    codes = {one.code for one in await gate.seen("PassageRefused", 6)}
    assert codes >= {
        "streamlocal_refused",
        "tun_refused",
        "x11_forwarding_refused",
        "agent_forwarding_refused",
        "unknown_passage_refused",
    }


async def test_abuse_22_only_a_language_and_a_terminal_pass_into_the_environment(
    gate: PeerGate, ana: Client
) -> None:
    hostile = [
        "LD_PRELOAD=/tmp/x.so",
        "BASH_ENV=/tmp/x",
        "GIT_SSH_COMMAND=id",
        "LC_ALL=C;id",
        f"LC_TIME={'x' * 300}",
    ]
    options = [
        part for one in [*hostile, "LC_NAME=de_DE.UTF-8", "LANG=C.UTF-8"] for part in ("-o", f"SetEnv={one}")
    ]
    # ssh(1) takes the first SetEnv line only, so all go into one.
    options = ["-o", "SetEnv=" + " ".join(f'"{one}"' for one in [*hostile, "LC_NAME=de_DE.UTF-8"])]
    result = await ana.ssh(WHERE, "env", options=options)
    assert result.status == 0
    names = {line.partition(b"=")[0] for line in result.out.splitlines()}
    assert b"LC_NAME" in names
    assert not names & {b"LD_PRELOAD", b"BASH_ENV", b"GIT_SSH_COMMAND", b"LC_ALL", b"LC_TIME"}
    refused = await gate.seen("PassageRefused", 2)
    assert [one.passage for one in refused] == ["environment", "environment"]
    assert refused[1].detail.startswith("5 times: LD_PRELOAD, BASH_ENV")


async def test_abuse_22_ten_thousand_variables_leave_two_leaves(gate: PeerGate, ana: Client) -> None:
    many = {f"X_{number}": "y" for number in range(10_000)}
    async with await enter(gate, WHERE, [reading(ana)], gate.code("ana")) as conn:
        assert (await conn.run("true", env=many)).exit_status == 0
    refused = await gate.seen("PassageRefused", 2)
    assert len(refused) == 2
    assert refused[1].detail.startswith("10000 times: ")


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "0", "127.1", "2130706433", "0x7f.1", "::ffff:127.0.0.1", "127。0。0。1"],
)
async def test_abuse_19_a_forward_to_an_address_connects_nowhere(gate: PeerGate, host: str) -> None:
    """C04: an address is no asset, however it is written."""
    reached = []
    device = await asyncio.start_server(lambda *_: reached.append(host), "127.0.0.1", 0)
    port = device.sockets[0].getsockname()[1]
    client = gate.person("ana")
    gate.place("plc-07", Endpoint(Protocol.TCP, ip_address("127.0.0.1"), port))
    gate.permit("ana", "plc-07", grants=frozenset({FORWARD}))
    async with device, await enter(gate, "ana", [reading(client)], gate.code("ana")) as conn:
        with pytest.raises(asyncssh.ChannelOpenError, match=r"penstock: refused \[bad_destination\]"):
            await conn.open_connection(host, port, encoding=None)
    assert not reached
    assert (await gate.seen("PassageRefused"))[0].code == "bad_destination"


async def test_a_flood_of_refused_forwards_does_not_fill_the_ledger(gate: PeerGate) -> None:
    client = gate.person("ana")
    async with await enter(gate, "ana", [reading(client)], gate.code("ana")) as conn:
        for number in range(MOST_LEAVES + 100):
            with pytest.raises(asyncssh.ChannelOpenError, match="bad_destination"):
                await conn.open_connection("192.0.2.1", 1 + number, encoding=None)
    refused = await gate.seen("PassageRefused", MOST_LEAVES + 1)
    assert len(refused) == MOST_LEAVES + 1
    assert refused[-1].code == "refused_repeatedly"
    assert refused[-1].detail.startswith(f"100 times: 192.0.2.1:{MOST_LEAVES + 1}, ")


async def test_peer_t08_a_dynamic_forward_reaches_nothing_and_says_why(gate: PeerGate, ana: Client) -> None:
    """C04: SOCKS leads nowhere."""
    local = free_port()
    ssh = await asyncio.create_subprocess_exec(
        *ana.command("ana", options=["-N", "-D", f"127.0.0.1:{local}"]),
        env=ana.environment(),
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        assert await _socks(local, "127.0.0.1", 22) != 0
        assert await _socks(local, "example.com", 443) != 0
    finally:
        ssh.terminate()
        said = (await ssh.communicate())[1].decode()
    assert said.count("penstock: refused [") == 2
    refused = await gate.seen("PassageRefused", 2)
    assert [(one.code, one.detail) for one in refused] == [
        ("bad_destination", "127.0.0.1:22"),
        ("bad_destination", "example.com:443"),
    ]


async def _socks(local: int, host: str, port: int) -> int:
    """What a SOCKS 5 proxy answers to a wish for ``host``: 0 is yes (RFC 1928, section 6)."""
    async with asyncio.timeout(20):
        while True:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", local)
                break
            except OSError:
                await asyncio.sleep(0.02)
        writer.write(b"\x05\x01\x00")
        await reader.readexactly(2)
        name = host.encode()
        writer.write(b"\x05\x01\x00\x03" + bytes([len(name)]) + name + port.to_bytes(2, "big"))
        answer = await reader.read(2)
        writer.close()
    return answer[1] if len(answer) == 2 else -1


async def test_abuse_26_peer_t28_a_changed_host_key_is_refused_before_any_credential(
    gate: PeerGate, asset: Sshd
) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key("openssh").decode()
    gate.place_sshd("eng-ws-1", asset, host_key=" ".join(other.split()[:2]))
    client = gate.person("ana")
    gate.permit("ana", "eng-ws-1")
    result = await client.ssh(WHERE, "true")
    assert result.status == 77
    assert "penstock: refused [host_key_mismatch]: " in result.complaint
    mismatch = (await gate.seen("HostKeyMismatch"))[0]
    assert mismatch.asset == "eng-ws-1"
    assert mismatch.shown.startswith("SHA256:")
    assert not asset.said("publickey")


async def test_an_asset_without_a_pinned_key_is_not_connected_to(gate: PeerGate, asset: Sshd) -> None:
    client = gate.person("ana")
    gate.place("eng-ws-1", Endpoint(Protocol.SSH, ip_address("127.0.0.1"), asset.port))
    gate.permit("ana", "eng-ws-1")
    result = await client.ssh(WHERE, "true")
    assert (result.status, "host_key_mismatch" in result.complaint) == (77, True)
    assert not asset.said("Connection from")


async def test_a_client_is_held_while_its_permit_waits_and_let_in_when_it_is_approved(
    gate: PeerGate, asset: Sshd
) -> None:
    client = gate.person("ana")
    permit = gate.permit("ana", "eng-ws-1", approved=False)
    run = asyncio.gather(client.ssh(WHERE, "cat", given=b"typed early"))
    while not gate.plant.asked:
        await asyncio.sleep(0.05)
    gate.decide(permit, yes=True)
    result = (await run)[0]
    assert (result.status, result.out) == (0, b"typed early")
    assert "penstock: waiting for Petra Holt, until " in result.complaint


async def test_a_client_is_held_until_somebody_of_the_plant_has_heard_of_the_start(
    gate: PeerGate, asset: Sshd
) -> None:
    """B06: where the charter says block_start; with nobody there to hold, it is told to come again."""
    client = gate.person("ana")
    terms = StartTerms(gate.plant.charter.organisation.id, unheard=Unheard.BLOCK_START)
    gate.plant.charter = with_changes(gate.plant.charter, start_terms=(terms,))
    permit = gate.permit("ana", "eng-ws-1")
    run = asyncio.gather(client.ssh(WHERE, "cat", given=b"typed early"))
    while not gate.plant.asked:
        await asyncio.sleep(0.05)
    assert not await gate.seen("SessionOpened", 0)
    gate.plant.heard = frozenset({permit})
    gate.door.permit_changed()
    result = (await run)[0]
    assert (result.status, result.out) == (0, b"typed early")
    assert "penstock: approved; waiting until somebody of the plant has confirmed" in result.complaint


async def test_a_client_that_waited_for_a_refused_permit_is_told(gate: PeerGate, asset: Sshd) -> None:
    client = gate.person("ana")
    permit = gate.permit("ana", "eng-ws-1", approved=False)
    run = asyncio.gather(client.ssh(WHERE, "cat"))
    while not gate.plant.asked:
        await asyncio.sleep(0.05)
    gate.decide(permit, yes=False)
    result = (await run)[0]
    assert result.status == 77
    assert "penstock: refused [permit_refused]: " in result.complaint
    assert not asset.said("Connection from")


async def test_a_permit_is_pinned_by_its_id(gate: PeerGate, asset: Sshd) -> None:
    """D07: only an id that the plant made opens something; a guess does not."""
    client = gate.person("ana")
    permit = gate.permit("ana", "eng-ws-1")
    assert (await client.ssh(f"permit-{permit}", "exit 4")).status == 4
    missing = await client.ssh(f"permit-{'a' * 26}", "true")
    assert (missing.status, "no_permit" in missing.complaint) == (77, True)


async def test_peer_t38_the_end_of_the_window_cuts_with_a_message(gate: PeerGate, asset: Sshd) -> None:
    client = gate.person("ana")
    gate.permit("ana", "eng-ws-1", for_s=4)
    result = await client.ssh(WHERE, "echo in; sleep 60; echo never", options=["-tt"])
    assert result.status == 77
    assert b"in" in result.out
    assert b"never" not in result.out
    ended = (await gate.seen("SessionEnded"))[0]
    assert (ended.cause, ended.verified) == ("window_end", True)


async def test_when_evidence_can_not_be_kept_nothing_opens(gate: PeerGate, ana: Client, asset: Sshd) -> None:
    """H06, S-29: what fails, fails shut."""
    async with await enter(gate, WHERE, [reading(ana)], gate.code("ana")) as conn:
        gate.leaves.down = True
        result = await conn.run("true")
        gate.leaves.down = False
    assert result.exit_status == 77
    assert "evidence_unavailable" in str(result.stderr)
    assert not asset.said("Starting session")


async def test_the_lobby_asks_lists_waits_and_withdraws(gate: PeerGate, asset: Sshd) -> None:
    client = gate.person("ana")
    asked = await client.ssh(
        "ana", "ask eng-ws-1 --for 2h --purpose replace the drive's profile --work-order W-7"
    )
    assert asked.status == 0, asked.complaint
    permit = next(iter(gate.plant.filed.values()))
    assert permit.state is PermitState.REQUESTED
    assert permit.permit.purpose == "replace the drive's profile"
    assert (await client.ssh("ana", "permits", "--json")).out.startswith(
        b'[{"permit": "' + permit.permit.id.encode()
    )
    gate.decide(permit.permit.id, yes=True)
    assert (await client.ssh("ana", f"wait {permit.permit.id}")).status == 0
    assert (await client.ssh("ana", f"withdraw {permit.permit.id}")).status == 0
    assert gate.plant.filed[permit.permit.id].state is PermitState.WITHDRAWN
    assert (await client.ssh("ana", "rm -rf /")).status == 64
    assert max(map(len, (await client.ssh("ana", "help")).out.splitlines())) <= 80


async def test_a_vendor_can_not_extend_and_is_told_to_ask_anew(gate: PeerGate, asset: Sshd) -> None:
    """D02: the vendor's call for more time is refused, is a leaf, and moves nothing."""
    client = gate.person("ana")
    permit = gate.permit("ana", "eng-ws-1")
    end = gate.plant.filed[permit].permit.window.end
    said = await client.ssh("ana", f"extend {permit} 2h")
    assert said.status == 77
    assert "refused [no_extension]" in said.complaint
    assert gate.plant.filed[permit].permit.window.end == end
    assert "no_extension" in {one.code for one in gate.leaves.of(RequestRefused)}


async def test_the_lobby_takes_commands_line_by_line_without_a_terminal(gate: PeerGate) -> None:
    client = gate.person("ana")
    result = await client.ssh("ana", given=b"permits\n\x1b]0;title\x07nonsense\nquit\n")
    assert result.out == b"You have no permits. Say 'help' for how to ask for one.\n"
    assert b"\x1b" not in result.err


async def test_sftp_to_the_lobby_is_told_to_name_an_asset(gate: PeerGate) -> None:
    result = await gate.person("ana").sftp("ana", "ls\n")
    assert "penstock: refused [no_asset]: " in result.complaint
