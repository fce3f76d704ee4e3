"""Stock programs that tunnel inside a port which nobody reads: cut where they begin, and told, or named by the charter."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

from broker.clock import SystemClock
from domain.access import Action
from domain.exceptions import GrantedException, Liftable
from domain.ids import ExceptionId, PersonId
from domain.plant import Protocol, Tunnel
from domain.window import TimeWindow
from recorder.format.frame import Kind
from tests.openssh import Client
from tests.peers.gate import CONDUIT, PeerGate, with_changes
from tests.peers.tunnel import tunnel
from tests.sshd import Sshd

OPERATE = frozenset({Action.OPERATE})


NOW = SystemClock().now()

EXCEPTED = GrantedException(
    ExceptionId("EX-7"),
    PersonId("olga"),
    PersonId("petra"),
    "The maker's tool speaks nothing else",
    "Somebody of the plant sits beside it",
    frozenset({Liftable.TUNNEL}),
    str(CONDUIT),
    TimeWindow(NOW - timedelta(days=1), NOW + timedelta(days=30)),
)


def allow(gate: PeerGate, *tunnels: Tunnel) -> None:
    charter = gate.plant.charter
    conduit = replace(charter.conduits[CONDUIT], not_recordable=frozenset(tunnels))
    gate.plant.charter = with_changes(charter, conduits={CONDUIT: conduit}, exceptions=(EXCEPTED,))


async def through(gate: PeerGate, asset: Sshd, local: int) -> tuple[int, bytes]:
    """A stock ssh to the asset's own sshd, by the forward: its status, and what came back."""
    key = gate.folder / "inner"
    key.write_text(asset.private_key)
    key.chmod(0o600)
    known = gate.folder / "inner-hosts"
    known.write_text(f"[127.0.0.1]:{local} {asset.host_key}\n")
    client = Client(gate.folder, "127.0.0.1", local, key, known, lambda: "")
    done = await client.ssh(asset.user, "echo inside")
    return done.status, done.out


async def test_ssh_inside_an_unread_port_is_cut_and_told_unless_it_is_named(
    gate: PeerGate, asset: Sshd
) -> None:
    """C05, D16: nested SSH is blocked, with a leaf, and runs by an exception alone, which says not recordable. C04: no jump onwards by a port."""
    async with tunnel(gate, Protocol.TCP, asset.port, OPERATE) as local:
        assert (await through(gate, asset, local))[0] == 255
        refused = (await gate.seen("PassageRefused"))[0]
        assert (refused.code, refused.asset) == ("unrecordable_inner_tunnel", "plc-07")
        allow(gate, Tunnel.SSH)
        gate.plant.charter = with_changes(gate.plant.charter, exceptions=())
        assert (await through(gate, asset, local))[0] == 255, "named, and no exception is in force"
        allow(gate, Tunnel.TLS)
        assert (await through(gate, asset, local))[0] == 255
        allow(gate, Tunnel.SSH)
        assert await through(gate, asset, local) == (0, b"inside\n")
    opened = [one.detail for one in await gate.seen("PassageOpened", 5)]
    assert [one.partition(" (")[2] for one in opened[-3:]] == [
        "",
        "not recordable: tls)",
        "not recordable: ssh)",
    ]
    (frames,) = await gate.recorded()
    marks = [bytes(one.payload).decode() for one in frames if one.kind is Kind.MARK]
    assert any('"not_recordable":["ssh"]' in one for one in marks), marks


@asynccontextmanager
async def upper() -> AsyncIterator[tuple[int, bytearray]]:
    """A device of its maker's own protocol: it says every line back in capitals, and remembers what it was sent."""
    heard = bytearray()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            heard.extend(line)
            writer.write(line.upper())
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], heard


async def test_an_upgrade_to_tls_in_mid_stream_is_cut_and_what_was_said_before_has_passed(
    gate: PeerGate,
) -> None:
    """C05: a later beginning is looked at too; the hand-shake never reaches the device whole."""
    async with upper() as (port, heard), tunnel(gate, Protocol.TCP, port, OPERATE) as local:
        reader, writer = await asyncio.open_connection("127.0.0.1", local)
        writer.write(b"starttls\n")
        assert await reader.readline() == b"STARTTLS\n"
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        hello = context.wrap_bio(incoming, outgoing)
        try:
            hello.do_handshake()
        except ssl.SSLWantReadError:
            writer.write(outgoing.read())
        assert await reader.read() == b""
        writer.close()
        assert bytes(heard) == b"starttls\n"
    refused = (await gate.seen("PassageRefused"))[0]
    assert refused.code == "unrecordable_inner_tunnel"
    assert "(tls)" in refused.sentence
