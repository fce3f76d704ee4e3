"""A stock OPC UA client and a real server, with a stock OpenSSH and the gate between them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from asyncua import Client, Server, ua, uamethod
from asyncua.common.callback import CallbackType
from asyncua.common.node import Node

from broker.conduits.transaction import Transaction
from broker.demo.ports import free_port
from broker.reading.transactions import transactions
from domain.access import Action
from domain.plant import Protocol
from tests.peers.gate import PeerGate
from tests.peers.tunnel import tunnel

VIEW = frozenset({Action.VIEW})


@dataclass
class Device:
    """A server with one writable number and a method; ``started`` is its own log of what was called."""

    port: int
    speed: Node
    start: Node
    parent: Node
    started: list[int] = field(default_factory=list)
    log: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = field(default_factory=list)
    """Its own, of whoever came over the network: the service, the nodes, and what was written or given."""

    async def children(self) -> int:
        return len(await self.parent.get_children())


@asynccontextmanager
async def device() -> AsyncIterator[Device]:
    server, port = Server(), free_port()
    await server.init()
    server.set_endpoint(f"opc.tcp://127.0.0.1:{port}")
    server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
    space = await server.register_namespace("urn:plant")
    line = await server.nodes.objects.add_object(space, "Line")
    speed = await line.add_variable(ua.NodeId("Speed", space), "Speed", 17.0)
    await speed.set_writable()
    started: list[int] = []
    log: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = []

    @uamethod
    def begin(_parent: object, count: int) -> int:
        started.append(count)
        log.append(("call", ("ns=2;s=Start",), ()))
        return count

    def read(event: Any, _service: object) -> None:
        if event.is_external:
            log.append(
                ("read", tuple(one.NodeId.to_string() for one in event.request_params.NodesToRead), ())
            )

    def wrote(event: Any, _service: object) -> None:
        given = event.request_params.NodesToWrite
        if event.is_external:
            values = tuple(f"{one.Value.Value.Value:.10g}" for one in given)
            log.append(("write", tuple(one.NodeId.to_string() for one in given), values))

    server.subscribe_server_callback(CallbackType.PostRead, read)
    server.subscribe_server_callback(CallbackType.PostWrite, wrote)

    start = await line.add_method(
        ua.NodeId("Start", space), "Start", begin, [ua.VariantType.Int64], [ua.VariantType.Int64]
    )
    async with server:
        yield Device(port, speed, start, line, started, log)


@asynccontextmanager
async def client(port: int) -> AsyncIterator[Client]:
    async with Client(f"opc.tcp://127.0.0.1:{port}", timeout=20) as one:
        yield one


async def test_under_view_a_client_reads_and_every_way_to_change_something_is_refused_at_the_server(
    gate: PeerGate,
) -> None:
    """C11, D13, C05: the server's own values and nodes are unchanged, and the client shows a normal error."""
    async with device() as plc:
        nodes = await plc.children()
        async with tunnel(gate, Protocol.OPC_UA, plc.port, VIEW) as local, client(local) as ana:
            speed, line = ana.get_node(plc.speed.nodeid), ana.get_node(plc.parent.nodeid)
            assert await speed.read_value() == 17.0
            assert len(await line.get_children()) == nodes
            for change in (
                speed.write_value(350.0),
                line.call_method(plc.start.nodeid, 1),
                line.add_variable(plc.speed.nodeid.NamespaceIndex, "New", 1),
                ana.delete_nodes([speed]),
            ):
                with pytest.raises(ua.uaerrors.BadUserAccessDenied):
                    await change
            assert await speed.read_value() == 17.0, "after four refusals the way is as open as before"
        assert (await plc.speed.read_value(), plc.started, await plc.children()) == (17.0, [], nodes)
    leaves = await gate.seen("PassageRefused", 4)
    assert {leaf.code for leaf in leaves} == {"opc_ua_service_not_permitted"}
    assert "which is to operate: write, ns=2;s=Speed." in leaves[0].sentence
    rows = [row.what for frames in await gate.recorded() for row in transactions(frames)]
    assert "read, ns=2;s=Speed: 17" in rows


async def test_under_operate_the_write_and_the_call_reach_the_server_and_a_new_node_does_not(
    gate: PeerGate,
) -> None:
    """C11: a subscription works as well; what is above the permit's actions stays refused."""
    async with device() as plc:
        nodes = await plc.children()
        actions = VIEW | {Action.OPERATE}
        async with tunnel(gate, Protocol.OPC_UA, plc.port, actions) as local, client(local) as ana:
            seen: asyncio.Queue[float] = asyncio.Queue()
            subscription = await ana.create_subscription(50, _Told(seen))
            speed, line = ana.get_node(plc.speed.nodeid), ana.get_node(plc.parent.nodeid)
            await subscription.subscribe_data_change(speed)
            assert await asyncio.wait_for(seen.get(), 20) == 17.0
            await speed.write_value(350.0)
            assert await asyncio.wait_for(seen.get(), 20) == 350.0
            assert await line.call_method(plc.start.nodeid, 5) == 5
            with pytest.raises(ua.uaerrors.BadUserAccessDenied):
                await line.add_variable(plc.speed.nodeid.NamespaceIndex, "New", 1)
        assert (await plc.speed.read_value(), plc.started, await plc.children()) == (350.0, [5], nodes)
    rows = [row for frames in await gate.recorded() for row in transactions(frames)]
    done = [row.what for row in rows if row.outcome == "done" and row.what.startswith(("write", "call"))]
    assert done == ["write, ns=2;s=Speed = 350", "call, ns=2;s=Start of ns=2;i=1"]


async def test_what_lies_outside_the_limits_is_refused_at_the_server(gate: PeerGate) -> None:
    """S-05: by node, by value, by method; the client shows an error and the server stays as it was."""
    limits = frozenset(
        {
            'opc-ua read nodes "ns=2;s=Speed"',
            'opc-ua read nodes "i=2259"',
            'opc-ua write nodes "ns=2;s=Speed" between -10.5 and 350',
            'opc-ua use methods "ns=2;s=Start of ns=2;i=1"',
        }
    )
    async with device() as plc:
        actions = VIEW | {Action.OPERATE}
        async with tunnel(gate, Protocol.OPC_UA, plc.port, actions, limits) as local, client(local) as ana:
            speed, line = ana.get_node(plc.speed.nodeid), ana.get_node(plc.parent.nodeid)
            seen: asyncio.Queue[float] = asyncio.Queue()
            subscription = await ana.create_subscription(50, _Told(seen))
            await subscription.subscribe_data_change(speed)
            assert await asyncio.wait_for(seen.get(), 20) == 17.0
            await speed.write_value(350.0)
            assert await asyncio.wait_for(seen.get(), 20) == 350.0
            assert await line.call_method(plc.start.nodeid, 5) == 5
            for asking, shows in (
                (speed.write_value(350.5), ua.uaerrors.BadOutOfRange),
                (line.call_method(ua.NodeId("Stop", 2)), ua.uaerrors.BadUserAccessDenied),
                (line.read_browse_name(), ua.uaerrors.BadUserAccessDenied),
                (subscription.subscribe_data_change(line), ua.uaerrors.BadUserAccessDenied),
                (line.get_children(), ua.uaerrors.BadUserAccessDenied),
            ):
                with pytest.raises(shows):
                    await asking
            assert await speed.read_value() == 350.0
        assert (await plc.speed.read_value(), plc.started) == (350.0, [5])
    leaves = await gate.seen("PassageRefused", 5)
    assert [leaf.code.removeprefix("opc_ua_").removesuffix("_not_permitted") for leaf in leaves] == [
        "value", "node", "node", "node", "service",
    ]  # fmt: skip
    assert leaves[0].sentence == "The permit's limits do not allow this value: write, ns=2;s=Speed = 350.5."


async def test_a_maintenance_job_is_listed_as_the_server_itself_logged_it(gate: PeerGate) -> None:
    """C11: diagnostics, a set-point within its bounds and beyond, a start; both ways, no line more and none less."""
    limits = {
        'opc-ua read nodes "i=2256"',
        'opc-ua read nodes "i=2259"',
        'opc-ua read nodes "ns=2;s=Speed"',
        'opc-ua write nodes "ns=2;s=Speed" between 0 and 350',
        'opc-ua use methods "ns=2;s=Start"',
    }
    actions = VIEW | {Action.OPERATE}
    async with (
        device() as plc,
        tunnel(gate, Protocol.OPC_UA, plc.port, actions, frozenset(limits)) as local,
        client(local) as ana,
    ):
        speed, line = ana.get_node(plc.speed.nodeid), ana.get_node(plc.parent.nodeid)
        await ana.get_node("i=2256").read_value()
        assert await speed.read_value() == 17.0
        with pytest.raises(ua.uaerrors.BadOutOfRange):
            await speed.write_value(350.5)
        await speed.write_value(350.0)
        assert await line.call_method(plc.start.nodeid, 5) == 5
        with pytest.raises(ua.uaerrors.BadUserAccessDenied):
            await ana.delete_nodes([speed])
        assert await speed.read_value() == 350.0
    listed = [row for frames in await gate.recorded() for row in transactions(frames)]
    ours = [
        (
            one.function,
            tuple(node.partition(" of ")[0] for node in _nodes(one)),
            one.values if one.writes else (),
        )
        for one in (row.done for row in listed)
        if one is not None and one.function in {"read", "write", "call"}
    ]
    assert ours == plc.log
    assert [row.outcome for row in listed if row.done is None] == [
        "refused: opc_ua_value_not_permitted",
        "refused: opc_ua_service_not_permitted",
    ]
    assert "write, ns=2;s=Speed = 350, was 17" in [row.what for row in listed]


def _nodes(one: Transaction) -> list[str]:
    """What a transaction names, from its words."""
    return one.what.removeprefix(one.function).removeprefix(", ").split(", ")


class _Told:
    """Whoever is told of a changed value."""

    def __init__(self, seen: asyncio.Queue[float]) -> None:
        self._seen = seen

    def datachange_notification(self, _node: Node, value: float, _data: object) -> None:
        self._seen.put_nowait(value)
