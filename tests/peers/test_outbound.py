"""A conduit that only lets bytes out, seen from both its ends: a stock OpenSSH client, a real TCP server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from ipaddress import ip_address

import pytest

from domain.access import Action, Grant
from domain.ids import ConduitId, PermitId
from domain.plant import Direction, Endpoint, Protocol
from tests.peers.gate import CONDUIT, PeerGate, with_changes

READING = b"level 4.21 m\n"
PUSHED = [
    pytest.param(b"w", id="one byte"),
    pytest.param(b"\x00\x01\x00\x00\x00\x06\x01\x06\x00\x01\x00\x03", id="a Modbus write"),
    pytest.param(bytes(200_000), id="more than a window holds"),
]


@dataclass
class Meter:
    """An asset that says its reading to whoever connects, and counts what it is told."""

    endpoint: Endpoint
    received: bytearray = field(default_factory=bytearray)
    told_end: bool = False


@asynccontextmanager
async def meter(*, hangs_up: bool) -> AsyncIterator[Meter]:
    made: list[Meter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(READING)
        await writer.drain()
        if hangs_up:
            await asyncio.sleep(0.3)
            writer.close()
            return
        try:
            while data := await reader.read(65536):
                made[0].received += data
            made[0].told_end = True
        except ConnectionResetError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    made.append(Meter(Endpoint(Protocol.TCP, ip_address("127.0.0.1"), port)))
    async with server:
        yield made[0]


def outbound(gate: PeerGate, asset: Meter) -> PermitId:
    """Make the gate's one conduit outbound, place the meter, and let Ana look at it."""
    charter = gate.plant.charter
    way = replace(
        charter.conduits[ConduitId(CONDUIT)],
        direction=Direction.OUTBOUND,
        carries={Protocol.TCP: frozenset({Action.VIEW})},
    )
    gate.plant.charter = with_changes(charter, conduits={way.id: way})
    gate.place("meter-1", asset.endpoint)
    permit = gate.permit("ana", "meter-1", grants=frozenset({Grant.of(f"forward:{asset.endpoint.port}")}))
    filed = gate.plant.filed[permit]
    less = replace(filed.permit, direction=Direction.OUTBOUND, actions=frozenset({Action.VIEW}))
    gate.plant.filed[permit] = replace(filed, permit=less)
    return permit


async def test_what_the_asset_sends_comes_out_and_not_even_the_end_of_the_stream_goes_in(
    gate: PeerGate,
) -> None:
    """C09, S-26: OT to IT with no reverse path."""
    async with meter(hangs_up=True) as asset:
        ana = gate.person("ana")
        outbound(gate, asset)
        result = await ana.ssh("ana", options=["-W", f"meter-1:{asset.endpoint.port}"])
    assert result.out == READING
    assert asset.received == b""
    assert not asset.told_end
    assert await gate.seen("SessionEnded")
    assert not [one for one in gate.leaves.events if type(one).__name__ == "InwardRefused"]


@pytest.mark.parametrize("pushed", PUSHED)
async def test_of_what_a_client_pushes_in_not_one_byte_is_delivered_and_an_alert_is_kept(
    gate: PeerGate, pushed: bytes
) -> None:
    """C09: push bytes inward: 0 delivered, alert."""
    async with meter(hangs_up=False) as asset:
        ana = gate.person("ana")
        outbound(gate, asset)
        await ana.ssh("ana", options=["-W", f"meter-1:{asset.endpoint.port}"], given=pushed)
        (alert,) = await gate.seen("InwardRefused")
        await gate.seen("SessionEnded")
    assert asset.received == b""
    assert (alert.asset, alert.conduit) == ("meter-1", CONDUIT)
    assert 0 < alert.dropped_bytes <= len(pushed)


async def test_a_shell_over_an_outbound_conduit_is_refused_before_anything_opens(gate: PeerGate) -> None:
    """S-26: what would have to send something in is not even begun."""
    async with meter(hangs_up=True) as asset:
        ana = gate.person("ana")
        outbound(gate, asset)
        result = await ana.ssh("ana+meter-1", "id")
    assert result.status == 77
    assert b"penstock: refused [" in result.err
    assert asset.received == b""
