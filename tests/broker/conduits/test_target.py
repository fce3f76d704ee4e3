import asyncio
import subprocess
from dataclasses import dataclass, replace
from ipaddress import ip_address
from pathlib import Path

import asyncssh
import pytest

from broker.clock import SystemClock
from broker.conduits.target import HostKeyError, Target, UnreachableError, connect, reach, wait_closed
from broker.demo.ports import free_port
from broker.vault.sealed import Credential
from domain.plant import Endpoint, Protocol
from tests.programs import program
from tests.sshd import Sshd, sshd

LOOPBACK = ip_address("127.0.0.1")


def endpoint(running: Sshd) -> Endpoint:
    return Endpoint(Protocol.SSH, LOOPBACK, running.port, (running.host_key,))


def credential(running: Sshd) -> Credential:
    return Credential(running.user, private_key_pem=running.private_key)


async def connected(to: Endpoint, by: Credential, name: str = "eng-ws-1") -> Target:
    return await connect(to, by, name, SystemClock().now())


def other_key() -> str:
    return " ".join(
        asyncssh.generate_private_key("ssh-ed25519").export_public_key("openssh").decode().split()[:2]
    )


async def test_a_pinned_key_and_a_good_credential_open_a_connection(tmp_path: Path) -> None:
    async with sshd(tmp_path / "sshd") as running:
        target = await connected(endpoint(running), credential(running))
        assert not target.closed()
        target.abort()
        await wait_closed(target)
        assert target.closed()


async def test_abuse_26_another_key_is_refused_and_named_and_nothing_is_sent(tmp_path: Path) -> None:
    async with sshd(tmp_path / "sshd") as running:
        changed = replace(endpoint(running), host_keys=(other_key(),))
        with pytest.raises(HostKeyError) as caught:
            await connected(changed, credential(running))
        shown = asyncssh.import_public_key(running.host_key).get_fingerprint()
        assert caught.value.shown == shown
        assert not running.said("publickey")


async def test_one_of_several_pinned_keys_is_enough(tmp_path: Path) -> None:
    async with sshd(tmp_path / "sshd") as running:
        several = replace(endpoint(running), host_keys=(other_key(), running.host_key))
        (await connected(several, credential(running))).abort()


@pytest.mark.parametrize("keys", [(), ("ssh-ed25519 nonsense",)])
async def test_without_a_readable_pin_nothing_is_even_connected(
    tmp_path: Path, keys: tuple[str, ...]
) -> None:
    async with sshd(tmp_path / "sshd") as running:
        with pytest.raises(HostKeyError):
            await connected(replace(endpoint(running), host_keys=keys), credential(running))
        assert not running.said("Connection from")


async def test_a_key_of_another_kind_is_a_mismatch(tmp_path: Path) -> None:
    rsa = asyncssh.generate_private_key("ssh-rsa").export_public_key("openssh").decode()
    async with sshd(tmp_path / "sshd") as running:
        with pytest.raises(HostKeyError):
            await connected(replace(endpoint(running), host_keys=(rsa,)), credential(running))


async def test_a_credential_that_the_asset_does_not_take_is_said_so(tmp_path: Path) -> None:
    stranger = asyncssh.generate_private_key("ssh-ed25519").export_private_key("openssh").decode()
    async with sshd(tmp_path / "sshd") as running:
        with pytest.raises(UnreachableError, match="did not accept the credential"):
            await connected(endpoint(running), Credential(running.user, private_key_pem=stranger))


async def test_weak_algorithms_of_an_asset_are_refused(tmp_path: Path) -> None:
    """C17: the asset's leg."""
    async with sshd(tmp_path / "sshd", "KexAlgorithms diffie-hellman-group14-sha1") as running:
        with pytest.raises((HostKeyError, UnreachableError), match="strong algorithm"):
            await connected(endpoint(running), credential(running))
        assert not running.said("publickey")


async def test_nobody_at_home_is_unreachable() -> None:
    with pytest.raises(UnreachableError, match="can't be reached"):
        await reach(Endpoint(Protocol.TCP, LOOPBACK, free_port()))


async def test_somebody_who_hangs_up_is_unreachable() -> None:
    def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        with pytest.raises(UnreachableError):
            await connected(
                Endpoint(Protocol.SSH, LOOPBACK, port, (other_key(),)), Credential("x", password="x")
            )


@dataclass
class Passwords(asyncssh.SSHServer):
    """An asset that takes a password, and remembers what it saw."""

    seen: list[str]

    def begin_auth(self, username: str) -> bool:
        self.seen.append(username)
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == ("operator", "not-shown")


async def test_a_password_from_the_vault_opens_too() -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    seen: list[str] = []
    server = await asyncssh.create_server(lambda: Passwords(seen), "127.0.0.1", 0, server_host_keys=[key])
    line = " ".join(key.export_public_key("openssh").decode().split()[:2])
    async with server:
        where = Endpoint(Protocol.SSH, LOOPBACK, server.get_port(), (line,))
        target = await connected(where, Credential("operator", password="not-shown"))
        target.abort()
        await wait_closed(target)
    assert seen == ["operator"]


def certified(folder: Path, running: Sshd, authority: asyncssh.SSHKey, *options: str) -> Endpoint:
    """The endpoint by its authority alone, with what ``ssh-keygen -s`` made of the sshd's key beside it."""
    (folder / "authority").write_bytes(authority.export_private_key("openssh"))
    (folder / "authority").chmod(0o600)
    (folder / "shown.pub").write_text(f"{running.host_key}\n")
    line = [program("ssh-keygen"), "-q", "-s", "authority", "-I", "id", *options, "shown.pub"]
    subprocess.run(line, cwd=folder, check=True, capture_output=True)
    (folder / "sshd" / "host-cert.pub").write_bytes((folder / "shown-cert.pub").read_bytes())
    return replace(endpoint(running), host_keys=())


async def test_a_host_certificate_of_the_pinned_authority_counts_for_its_own_name_alone(
    tmp_path: Path,
) -> None:
    """C05, A08: wrong name, nobody's name, wrong authority, expired, a person's: each refused, and nothing is sent."""
    authority, other = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    line = f"HostCertificate {tmp_path / 'sshd' / 'host-cert.pub'}"
    (tmp_path / "sshd").mkdir()
    (tmp_path / "sshd" / "host-cert.pub").touch()
    async with sshd(tmp_path / "sshd", line) as running:
        for signer, options, counts in (
            (authority, ("-h", "-n", "eng-ws-1,eng-ws-1.plant.example"), True),
            (authority, ("-h", "-n", "eng-ws-2"), False),
            (authority, ("-h", "-n", "127.0.0.1"), False),
            (authority, ("-h",), False),
            (other, ("-h", "-n", "eng-ws-1"), False),
            (authority, ("-h", "-n", "eng-ws-1", "-V", "-2h:-1h"), False),
            (authority, ("-h", "-n", "eng-ws-1", "-V", "+1h:+2h"), False),
        ):
            to = certified(tmp_path, running, signer, *options)
            to = replace(to, host_authority=certified_by(authority))
            if counts:
                (await connected(to, credential(running))).abort()
                continue
            with pytest.raises(HostKeyError) as caught:
                await connected(to, credential(running))
            assert caught.value.shown, options
        assert sum("Accepted publickey" in one for one in running.log) <= 1


def certified_by(authority: asyncssh.SSHKey) -> str:
    return " ".join(authority.export_public_key("openssh").decode().split()[:2])
