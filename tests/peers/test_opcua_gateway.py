"""A stock OPC UA client and a real server that both insist on encryption, with a stock OpenSSH and the gate between them."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from asyncua import Client, Server, ua
from asyncua.common.node import Node
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.server.user_managers import UserManager
from cryptography.hazmat.primitives.serialization import Encoding

from broker.demo.ports import free_port
from broker.reading.transactions import transactions
from domain.access import Action
from domain.plant import Protocol
from recorder.format.frame import Kind
from tests.broker.conduits.opcua_gateway.keys import as_files, identity
from tests.broker.running import crossed
from tests.peers.gate import PeerGate
from tests.peers.tunnel import tunnel

VIEW = frozenset({Action.VIEW})
SECRET = "a-password-that-nobody-sees"
POLICIES = [
    ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt,
    ua.SecurityPolicyType.Aes128Sha256RsaOaep_SignAndEncrypt,
    ua.SecurityPolicyType.Aes256Sha256RsaPss_SignAndEncrypt,
]


class People(UserManager):
    """Lets one person in, and keeps who came."""

    def __init__(self) -> None:
        self.came: list[tuple[str | None, str | None]] = []

    def get_user(
        self,
        iserver: object,
        username: str | None = None,
        password: str | None = None,
        certificate: object = None,
    ) -> User | None:
        self.came.append((username, password))
        return User(role=UserRole.Admin) if username is None or password == SECRET else None


@dataclass
class Device:
    port: int
    speed: Node
    people: People

    @property
    def pinned(self) -> str:
        return b64encode(identity("plc").der).decode()


@asynccontextmanager
async def device(folder: Path) -> AsyncIterator[Device]:
    """A server with one writable number that answers encrypted channels; without encryption only who looks for it."""
    key, certificate = as_files(folder, "plc", identity("plc"))
    server, port, people = Server(), free_port(), People()
    await server.init()
    await server.set_application_uri("urn:plc")
    server.set_endpoint(f"opc.tcp://127.0.0.1:{port}")
    server.set_security_policy(POLICIES)
    server.iserver.user_manager = people
    await server.load_certificate(str(certificate))
    await server.load_private_key(str(key))
    speed = await server.nodes.objects.add_variable(ua.NodeId("Speed", 2), "Speed", 17.0)
    await speed.set_writable()
    async with server:
        yield Device(port, speed, people)


async def tool(
    port: int, folder: Path, policy: str = "Basic256Sha256", mode: str = "SignAndEncrypt"
) -> Client:
    """Ana's client, with a key of its own, and as yet without a session."""
    key, certificate = as_files(folder, "tool", identity("tool"))
    one = Client(f"opc.tcp://127.0.0.1:{port}", timeout=20)
    one.application_uri = "urn:tool"
    await one.set_security_string(f"{policy},{mode},{certificate},{key}")
    return one


@pytest.fixture
def gateway(gate: PeerGate, tmp_path: Path) -> PeerGate:
    """The gate, with a key for OPC UA."""
    pair = identity("gate")
    as_files(gate.folder, "opc_ua", pair)[0].rename(gate.folder / "opc_ua.key")
    (gate.folder / "opc_ua.crt").write_bytes(pair.certificate.public_bytes(Encoding.PEM))
    return gate


async def test_what_is_encrypted_on_both_sides_is_read_judged_and_recorded_in_between(
    gateway: PeerGate, tmp_path: Path
) -> None:
    """C11, D13, S-05: by service, by node and by value; the channel is renewed, a password handed on, and nothing of it is in the clear."""
    limits = frozenset(
        {
            'opc-ua read nodes "ns=2;s=Speed"',
            'opc-ua read nodes "i=2259"',
            'opc-ua write nodes "ns=2;s=Speed" between 0 and 350',
        }
    )
    actions = VIEW | {Action.OPERATE}
    async with device(tmp_path) as plc:
        async with tunnel(gateway, Protocol.OPC_UA, plc.port, actions, limits, plc.pinned) as local:
            client = await tool(local, tmp_path)
            client.set_user("ana")
            client.set_password(SECRET)
            assert client.security_policy.peer_certificate == identity("gate").der, (
                "the tool sees the gate's key"
            )
            async with client:
                speed = client.get_node(plc.speed.nodeid)
                assert await speed.read_value() == 17.0
                await speed.write_value(350.0)
                for _ in range(3):
                    await client.open_secure_channel(renew=True)
                    assert await speed.read_value() == 350.0
                for asking, shows in (
                    (speed.write_value(350.5), ua.uaerrors.BadOutOfRange),
                    (client.nodes.server.read_browse_name(), ua.uaerrors.BadUserAccessDenied),
                    (client.delete_nodes([speed]), ua.uaerrors.BadUserAccessDenied),
                ):
                    with pytest.raises(shows):
                        await asking
                assert await speed.read_value() == 350.0, "the way is as open as before"
        assert await plc.speed.read_value() == 350.0
        assert plc.people.came == [("ana", SECRET)]
    leaves = await gateway.seen("PassageRefused", 3)
    assert [leaf.code for leaf in leaves] == [
        "opc_ua_value_not_permitted", "opc_ua_node_not_permitted", "opc_ua_service_not_permitted",
    ]  # fmt: skip
    recorded = await gateway.recorded()
    told = [row.what for frames in recorded for row in transactions(frames) if row.outcome == "done"]
    assert "write, ns=2;s=Speed = 350, was 17" in told
    assert "read, ns=2;s=Speed: 17" in told
    assert all(SECRET.encode() not in crossed(frames, Kind.TO_ASSET) for frames in recorded)


async def test_every_policy_that_does_not_rest_on_sha_1_is_spoken(gateway: PeerGate, tmp_path: Path) -> None:
    async with device(tmp_path) as plc:
        async with tunnel(gateway, Protocol.OPC_UA, plc.port, VIEW, frozenset(), plc.pinned) as local:
            for policy in ("Aes128Sha256RsaOaep", "Aes256Sha256RsaPss"):
                async with await tool(local, tmp_path, policy) as client:
                    speed = client.get_node(plc.speed.nodeid)
                    assert await speed.read_value() == 17.0
                    with pytest.raises(ua.uaerrors.BadUserAccessDenied):
                        await speed.write_value(1.0)
        assert await plc.speed.read_value() == 17.0


async def test_what_is_not_encrypted_may_look_for_the_server_and_no_more(
    gateway: PeerGate, tmp_path: Path
) -> None:
    async with device(tmp_path) as plc:
        async with tunnel(gateway, Protocol.OPC_UA, plc.port, VIEW, frozenset(), plc.pinned) as local:
            plain = Client(f"opc.tcp://127.0.0.1:{local}", timeout=20)
            offered = await plain.connect_and_get_server_endpoints()
            assert {one.ServerCertificate for one in offered} == {identity("gate").der}
            assert {one.SecurityMode for one in offered} == {ua.MessageSecurityMode.SignAndEncrypt}
            assert {one.EndpointUrl for one in offered} == {f"opc.tcp://127.0.0.1:{local}"}
            with pytest.raises((ConnectionError, asyncio.TimeoutError, ua.UaError)):
                await plain.connect()
        assert plc.people.came == []
    (cut,) = await gateway.seen("PassageRefused", 1)
    assert cut.code == "opc_ua_channel"
    assert "set it to SignAndEncrypt" in cut.sentence


async def test_a_gate_without_a_key_says_so_and_lets_nothing_through(gate: PeerGate, tmp_path: Path) -> None:
    async with (
        device(tmp_path) as plc,
        tunnel(gate, Protocol.OPC_UA, plc.port, VIEW, frozenset(), plc.pinned) as local,
    ):
        reader, writer = await asyncio.open_connection("127.0.0.1", local)
        assert await reader.read() == b""
        writer.close()
    refused, *_tried_again = await gate.seen("PassageRefused", 1)
    assert refused.code == "opc_ua_gateway_unusable"
    assert "has no key for OPC UA" in refused.sentence
