"""What a stock client gets through the gate is what it would get without it (PEERS.md section 11, A)."""

import asyncio
import hashlib
from ipaddress import ip_address
from pathlib import Path

import pexpect
import pytest

from broker.demo.ports import free_port
from domain.access import Grant, PassageKind
from domain.plant import Endpoint, Protocol
from recorder.format.frame import Kind
from recorder.format.payloads import read
from tests.broker.running import crossed
from tests.openssh import Client
from tests.peers.gate import FORWARD, PeerGate
from tests.programs import program
from tests.sshd import Sshd

WHERE = "ana+eng-ws-1"
NOISE = bytes(range(256)) * 4096
CHANNELS = 20


@pytest.fixture
def ana(gate: PeerGate, asset: Sshd) -> Client:
    """Ana, with an approved permit for the asset."""
    client = gate.person("ana")
    gate.permit("ana", "eng-ws-1")
    return client


async def spawn(client: Client, *arguments: str, options: tuple[str, ...] = ("-tt",)) -> "pexpect.spawn[str]":
    """A stock client on a terminal of its own."""
    line = client.command(WHERE, *arguments, options=options)
    return await asyncio.to_thread(
        pexpect.spawn,
        line[0],
        line[1:],
        env=client.environment(),
        encoding="utf-8",
        timeout=30,
        dimensions=(24, 80),
    )


async def expect(child: "pexpect.spawn[str]", *words: str) -> None:
    for word in words:
        await asyncio.to_thread(child.expect, word)


async def test_peer_t01_stdout_and_stderr_stay_apart_to_the_byte(ana: Client) -> None:
    result = await ana.ssh(WHERE, r"printf '\001\377out'; printf '\002err\n' >&2; exit 7")
    assert (result.status, result.out, result.err.splitlines()[-1]) == (7, b"\x01\xffout", b"\x02err")


async def test_binary_input_of_a_megabyte_comes_back_to_the_byte(gate: PeerGate, ana: Client) -> None:
    result = await ana.ssh(WHERE, "cat", given=NOISE)
    assert result.status == 0
    assert hashlib.sha256(result.out).digest() == hashlib.sha256(NOISE).digest()
    frames = (await gate.recorded())[0]
    assert crossed(frames, Kind.TO_ASSET) == NOISE
    assert crossed(frames, Kind.TO_VENDOR) == NOISE


async def test_each_direction_ends_on_its_own(ana: Client) -> None:
    result = await ana.ssh(WHERE, "exec 1>&-; cat >/dev/null; echo late >&2; exit 3", given=b"x" * 100_000)
    assert (result.status, result.complaint) == (3, "late")


async def test_peer_t02_a_command_with_a_forced_terminal_gets_its_line_ends(ana: Client) -> None:
    result = await ana.ssh(WHERE, "tty; echo done", options=["-tt"])
    assert result.status == 0
    assert result.out.endswith(b"done\r\n")
    assert b"/dev/pts/" in result.out


async def test_peer_t03_death_by_a_signal_reaches_the_client(ana: Client) -> None:
    result = await ana.ssh(WHERE, "kill -TERM $$")
    assert result.status not in (0, 77)


@pytest.mark.parametrize("status", [0, 1, 42, 127, 255])
async def test_every_exit_status_arrives(ana: Client, status: int) -> None:
    assert (await ana.ssh(WHERE, f"exit {status}")).status == status


async def test_peer_t04_an_interactive_shell_prompts_obeys_and_ends(ana: Client) -> None:
    child = await spawn(ana)
    await asyncio.to_thread(child.sendline, "PS1='ready> '")
    await expect(child, "ready> ", "ready> ")
    await asyncio.to_thread(child.sendline, "echo $((6*7))-and-nothing-else")
    await expect(child, "42-and-nothing-else", "ready> ")
    await asyncio.to_thread(child.sendline, "exit 5")
    await expect(child, pexpect.EOF)
    await asyncio.to_thread(child.close)
    assert child.exitstatus == 5


async def test_peer_t05_sftp_reads_and_writes_through_its_subsystem_alone(
    gate: PeerGate, ana: Client, tmp_path: Path
) -> None:
    source, target, back = tmp_path / "source", tmp_path / "target", tmp_path / "back"
    source.write_bytes(NOISE)
    result = await ana.sftp(WHERE, f"put {source} {target}\nget {target} {back}\n")
    assert result.status == 0, result.complaint
    assert back.read_bytes() == NOISE
    assert [one.passage for one in await gate.seen("PassageOpened")] == ["sftp"]


@pytest.mark.parametrize("legacy", [(), ("-O",)], ids=["sftp protocol", "scp protocol"])
async def test_peer_t14_scp_copies_both_ways_and_ends(
    gate: PeerGate, ana: Client, tmp_path: Path, legacy: tuple[str, ...]
) -> None:
    source, target, back = tmp_path / "source", tmp_path / "target", tmp_path / "back"
    source.write_bytes(NOISE)
    up = await ana.scp(str(source), f"{WHERE}@{{gate}}:{target}", *legacy)
    assert (up.status, target.read_bytes() == NOISE) == (0, True)
    down = await ana.scp(f"{WHERE}@{{gate}}:{target}", str(back), *legacy)
    assert (down.status, back.read_bytes() == NOISE) == (0, True)
    opened = {one.passage for one in await gate.seen("PassageOpened", 2)}
    assert opened == ({"scp:put", "scp:get"} if legacy else {"sftp"})


async def test_peer_t14_scp_of_a_missing_file_fails_as_it_would_at_the_asset(
    ana: Client, tmp_path: Path
) -> None:
    result = await ana.scp(f"{WHERE}@{{gate}}:{tmp_path}/missing", str(tmp_path / "x"), "-O")
    assert result.status == 1
    assert "No such file" in result.complaint


async def test_rsync_runs_under_a_grant_of_its_own(gate: PeerGate, ana: Client, tmp_path: Path) -> None:
    program("rsync")
    source, target = tmp_path / "from", tmp_path / "to"
    source.mkdir()
    (source / "a").write_bytes(NOISE)
    shell = " ".join([program("ssh"), *ana.options("-p", str(ana.port))])
    line = [program("rsync"), "-a", "-e", shell, f"{source}/", f"{WHERE}@{ana.host}:{target}/"]
    result = await ana.run(line)
    assert result.status == 0, result.complaint
    assert (target / "a").read_bytes() == NOISE
    assert [one.passage for one in await gate.seen("PassageOpened")] == ["rsync:put"]


async def test_peer_t06_an_unknown_asset_is_refused_in_one_line(gate: PeerGate, ana: Client) -> None:
    result = await ana.ssh("ana+nowhere", "true")
    assert result.status == 77
    assert result.complaint.startswith("penstock: refused [not_available]: ")
    assert len(result.complaint.splitlines()) == 1
    refused = (await gate.seen("PassageRefused"))[0]
    assert (refused.person, refused.asset, refused.passage) == ("ana", "nowhere", "exec")


async def test_peer_t06_an_asset_that_is_off_gives_its_own_status(gate: PeerGate, asset: Sshd) -> None:
    client = gate.person("ana")
    gate.permit("ana", "eng-ws-2")
    gate.place_sshd("eng-ws-2", Sshd(free_port(), asset.user, asset.host_key, asset.private_key))
    result = await client.ssh("ana+eng-ws-2", "true")
    assert result.status == 69
    assert "penstock: refused [asset_unreachable]: " in result.complaint


async def test_peer_t12_terminal_modes_arrive_byte_for_byte(gate: PeerGate, ana: Client) -> None:
    child = await spawn(ana, "stty -a; echo over")
    await asyncio.to_thread(child.expect, "over\r\n")
    seen = child.before
    await asyncio.to_thread(child.close)
    assert "rows 24; columns 80" in seen
    frames = (await gate.recorded())[0]
    first = next(read(frame.payload) for frame in frames if frame.kind is Kind.RESIZE)
    assert first == {"columns": 80, "rows": 24}


async def test_peer_t20_a_window_that_changes_is_passed_on_and_recorded(gate: PeerGate, ana: Client) -> None:
    child = await spawn(ana, "trap 'stty size; exit' WINCH; echo waiting; while :; do sleep 0.1; done")
    await expect(child, "waiting")
    await asyncio.to_thread(child.setwinsize, 50, 132)
    await expect(child, "50 132", pexpect.EOF)
    await asyncio.to_thread(child.close)
    frames = (await gate.recorded())[0]
    sizes = [read(frame.payload) for frame in frames if frame.kind is Kind.RESIZE]
    assert sizes[-1] == {"columns": 132, "rows": 50}


async def test_a_password_typed_while_the_asset_does_not_echo_is_not_in_the_evidence(
    gate: PeerGate, ana: Client
) -> None:
    child = await spawn(
        ana, "read -p 'Password: ' -s p; echo; echo got ${#p}; read -p 'name: ' n; echo hello $n"
    )
    await expect(child, "Password: ")
    for letter in "canary-7":
        await asyncio.to_thread(child.send, letter)
    await asyncio.to_thread(child.send, "\r")
    await expect(child, "got 8", "name: ")
    for letter in "ana":
        await asyncio.to_thread(child.send, letter)
        await expect(child, letter)
    await asyncio.to_thread(child.send, "\r")
    await expect(child, "hello ana", pexpect.EOF)
    await asyncio.to_thread(child.close)
    frames = (await gate.recorded())[0]
    typed = crossed(frames, Kind.TO_ASSET)
    assert b"canary" not in b"".join(frame.payload for frame in frames)
    assert not set(b"cry-7") & set(typed)
    assert typed.strip() == b"ana"
    assert sum(int(str(read(one.payload)["bytes"])) for one in frames if one.kind is Kind.HIDDEN) >= 9


async def test_several_channels_of_one_connection_share_one_session(
    gate: PeerGate, ana: Client, tmp_path: Path
) -> None:
    control = tmp_path / "control"
    options = ["-o", f"ControlPath={control}"]
    master = await asyncio.create_subprocess_exec(
        *ana.command(WHERE, options=[*options, "-M", "-N"]),
        env=ana.environment(),
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(20):
            while not control.exists():
                await asyncio.sleep(0.05)
        runs = [
            ana.ssh(WHERE, f"cat; exit {n}", options=options, given=b"%d" % n) for n in range(1, CHANNELS + 1)
        ]
        results = await asyncio.gather(*runs)
    finally:
        master.terminate()
        await master.wait()
    assert [(one.status, one.out) for one in results] == [(n, b"%d" % n) for n in range(1, CHANNELS + 1)]
    assert len(await gate.seen("SignedIn")) == 1
    assert len(await gate.seen("SessionOpened")) == 1
    assert len(await gate.seen("PassageOpened", CHANNELS)) == CHANNELS


async def test_peer_t08_a_forward_leads_to_the_endpoint_that_the_permit_names(gate: PeerGate) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write((await reader.read())[::-1])  # only once the client has ended its side
        writer.write_eof()
        writer.close()

    device = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = device.sockets[0].getsockname()[1]
    local = free_port()
    client = gate.person("ana")
    gate.place("plc-07", Endpoint(Protocol.TCP, ip_address("127.0.0.1"), port))
    gate.permit("ana", "plc-07", grants=frozenset({FORWARD}))
    forward = ["-N", "-L", f"127.0.0.1:{local}:plc-07:{port}", "-o", "ExitOnForwardFailure=yes"]
    async with device:
        ssh = await asyncio.create_subprocess_exec(
            *client.command("ana", options=forward),
            env=client.environment(),
            stdin=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        try:
            sent = NOISE
            got = await _through(local, sent)
        finally:
            ssh.terminate()
            await ssh.wait()
    assert got == sent[::-1]
    frames = (await gate.recorded())[0]
    assert crossed(frames, Kind.TO_ASSET) == sent
    assert crossed(frames, Kind.TO_VENDOR) == sent[::-1]
    assert [one.passage for one in await gate.seen("PassageOpened")] == [
        str(Grant(PassageKind.FORWARD, port))
    ]


async def _through(local: int, sent: bytes) -> bytes:
    async with asyncio.timeout(20):
        while True:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", local)
                break
            except OSError:
                await asyncio.sleep(0.05)
        writer.write(sent)
        writer.write_eof()
        got = await reader.read()
        writer.close()
        await writer.wait_closed()
        return got
