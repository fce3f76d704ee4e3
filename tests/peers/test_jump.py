"""``ssh -J gate asset`` with the stock clients: ended at the gate, recorded, and governed like any other way in."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import asyncssh
import pytest

from broker.door.connection import MOST_JUMPS
from domain.access import Grant, PassageKind
from recorder.format.frame import Kind
from tests.openssh import Client, Result
from tests.peers.gate import PeerGate
from tests.peers.guests import enter, reading
from tests.programs import program
from tests.sshd import Sshd


@dataclass(frozen=True, slots=True)
class Jumper:
    """Somebody who has never heard of user names with a plus in them: one ssh_config, as for any jump host."""

    client: Client
    folder: Path

    async def run(self, name: str, *arguments: str, jump: str = "ana", given: bytes = b"") -> Result:
        config = self.folder / "config"
        config.write_text(
            "Host *\n"
            f"  UserKnownHostsFile {self.client.known_hosts}\n"
            "  GlobalKnownHostsFile none\n  StrictHostKeyChecking yes\n  IdentityAgent none\n"
            f"  IdentityFile {self.client.key}\n  IdentitiesOnly yes\n"
            "  PreferredAuthentications publickey,keyboard-interactive\n"
            "Host gate\n"
            f"  HostName {self.client.host}\n  Port {self.client.port}\n"
        )
        line = [program(name), "-F", str(config), "-o", f"ProxyJump={jump}@gate", *arguments]
        return await self.client.run(line, given=given)


@pytest.fixture
async def ana(gate: PeerGate, asset: Sshd, tmp_path: Path) -> AsyncIterator[Jumper]:
    """With a permit, and the line of the plant's host authority, as the lobby gives it, in her known_hosts."""
    client = gate.person("ana")
    gate.permit("ana", "eng-ws-1")
    told = await client.ssh("ana", "known-hosts")
    assert told.status == 0
    assert told.out.startswith(b"@cert-authority eng-ws-1 ssh-ed25519 ")
    client.known_hosts.write_bytes(client.known_hosts.read_bytes() + told.out)
    yield Jumper(client, tmp_path)


async def test_a_jump_runs_what_is_permitted_and_all_of_it_is_recorded(
    gate: PeerGate, asset: Sshd, ana: Jumper
) -> None:
    result = await ana.run("ssh", "eng-ws-1", "cat; echo there >&2; exit 7", given=b"\x00\xffhere")
    assert (result.status, result.out) == (7, b"\x00\xffhere")
    assert result.err.decode().splitlines()[-1] == "there"
    (frames,) = await gate.recorded()
    assert b"".join(one.payload for one in frames if one.kind is Kind.TO_ASSET) == b"\x00\xffhere"
    opened = (await gate.seen("SessionOpened"))[0]
    assert (opened.person, opened.asset) == ("ana", "eng-ws-1")
    # One sign-in, by both factors, and none that the inner connection would have had for nothing.
    assert [one.factors for one in await gate.seen("SignedIn", 2)][1:] == [("publickey", "code")]


async def test_files_go_through_a_jump_both_ways(
    gate: PeerGate, asset: Sshd, ana: Jumper, tmp_path: Path
) -> None:
    (tmp_path / "in").write_bytes(bytes(range(256)) * 4096)
    done = await ana.run("sftp", "-o", "BatchMode=no", "-b", "-", "eng-ws-1", given=(
        f"put {tmp_path / 'in'} {tmp_path / 'there'}\nget {tmp_path / 'there'} {tmp_path / 'out'}\n"
    ).encode())  # fmt: skip
    assert done.status == 0, done.complaint
    assert (tmp_path / "out").read_bytes() == (tmp_path / "in").read_bytes()
    copied = await ana.run("scp", "-O", str(tmp_path / "in"), f"eng-ws-1:{tmp_path / 'copy'}")
    assert copied.status == 0, copied.complaint
    assert (tmp_path / "copy").read_bytes() == (tmp_path / "in").read_bytes()


async def test_a_name_that_the_plants_authority_did_not_sign_for_is_refused_by_the_client(
    gate: PeerGate, asset: Sshd, ana: Jumper
) -> None:
    by_its_port = await ana.run("ssh", "-p", str(asset.port), "eng-ws-1", "true")
    assert by_its_port.status == 0
    lines = ana.client.known_hosts.read_text().splitlines()
    stranger = asyncssh.generate_private_key("ssh-ed25519").export_public_key("openssh").decode()
    ana.client.known_hosts.write_text(f"{lines[0]}\n@cert-authority eng-ws-1 {stranger}")
    for port in ("22", str(asset.port)):
        refused = await ana.run("ssh", "-p", port, "eng-ws-1", "true")
        assert refused.status == 255
        assert "Host key verification failed" in refused.complaint
    assert len(await gate.seen("SessionOpened")) == 1


async def test_without_a_permit_a_jump_says_so_and_reaches_nothing(
    gate: PeerGate, asset: Sshd, ana: Jumper
) -> None:
    gate.plant.filed.clear()
    refused = await ana.run("ssh", "eng-ws-1", "true")
    assert refused.status == 77
    assert "penstock: refused [no_permit]: " in refused.complaint
    assert not asset.said("Connection from")
    left = (await gate.seen("PassageRefused"))[0]
    assert (left.passage, left.asset, left.code) == ("exec", "eng-ws-1", "no_permit")


async def test_a_kind_of_passage_without_a_grant_is_refused_inside_a_jump(
    gate: PeerGate, asset: Sshd, ana: Jumper
) -> None:
    gate.plant.filed.clear()
    gate.permit("ana", "eng-ws-1", grants=frozenset({Grant(PassageKind.SHELL)}))
    refused = await ana.run("ssh", "eng-ws-1", "id")
    assert refused.status == 77
    assert "penstock: refused [" in refused.complaint


async def test_a_pinned_permit_holds_inside_a_jump(gate: PeerGate, asset: Sshd, ana: Jumper) -> None:
    permit = next(iter(gate.plant.filed))
    done = await ana.run("ssh", "eng-ws-1", "echo by it", jump=f"permit-{permit}")
    assert (done.status, done.out) == (0, b"by it\n")


async def test_abuse_21_what_reaches_back_is_refused_inside_a_jump_as_well(
    gate: PeerGate, asset: Sshd, ana: Jumper
) -> None:
    done = await ana.run("ssh", "-A", "-o", "ForwardX11=yes", "-R", "0:127.0.0.1:9", "eng-ws-1", "true")
    assert done.status == 0
    refused = {one.passage for one in await gate.seen("PassageRefused", 1)}
    assert "reverse-forward" in refused


async def test_from_inside_a_jump_there_is_no_further_one(gate: PeerGate, asset: Sshd, ana: Jumper) -> None:
    """C04: nothing lies behind an asset."""
    client = ana.client
    async with (
        await enter(gate, "ana", [reading(client)], gate.code("ana")) as outer,
        asyncssh.connect(
            "eng-ws-1",
            tunnel=outer,
            config=None,
            known_hosts=str(client.known_hosts),
            username="x",
            client_keys=[],
        ) as inner,
    ):
        assert (await inner.run("echo here")).stdout == "here\n"
        for port in (22, asset.port):
            with pytest.raises(asyncssh.ChannelOpenError, match="jump_refused"):
                await inner.open_connection("eng-ws-1", port, encoding=None)
        with pytest.raises(asyncssh.ChannelOpenError, match="not_available"):
            await inner.open_connection("localhost", 80, encoding=None)
    refused = (await gate.seen("PassageRefused"))[0]
    assert (refused.passage, refused.asset) == ("jump", "eng-ws-1")


async def test_one_connection_jumps_a_few_times(gate: PeerGate, asset: Sshd, ana: Jumper) -> None:
    async with await enter(gate, "ana", [reading(ana.client)], gate.code("ana")) as outer:
        for _ in range(MOST_JUMPS):
            _, writer = await outer.open_connection("eng-ws-1", 22, encoding=None)
            writer.close()
        with pytest.raises(asyncssh.ChannelOpenError, match="too_many_jumps"):
            await outer.open_connection("eng-ws-1", 22, encoding=None)


async def test_bytes_that_are_no_ssh_end_the_jump_and_nothing_else(
    gate: PeerGate, asset: Sshd, ana: Jumper
) -> None:
    async with await enter(gate, "ana", [reading(ana.client)], gate.code("ana")) as outer:
        reader, writer = await outer.open_connection("eng-ws-1", 22, encoding=None)
        assert (await reader.readline()).startswith(b"SSH-2.0-Penstock")
        writer.write(b"GET / HTTP/1.0\r\n" * 5000)
        async with asyncio.timeout(10):
            await reader.read()
        assert (await outer.run("assets")).exit_status == 0


async def test_peer_t38_a_session_that_is_stopped_ends_inside_a_jump_with_a_message(
    gate: PeerGate, asset: Sshd, ana: Jumper
) -> None:
    gate.plant.filed.clear()
    gate.permit("ana", "eng-ws-1", for_s=4)
    result = await ana.run("ssh", "eng-ws-1", "echo started; sleep 60")
    assert result.out == b"started\n"
    assert result.status != 0
    assert "penstock: " in result.complaint
