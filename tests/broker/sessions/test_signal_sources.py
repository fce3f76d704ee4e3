"""Real servers on this machine: a Modbus server of pymodbus, an OPC UA server of asyncua."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import IPv4Address

import pytest
import pytest_asyncio
from asyncua import Node, Server, ua
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from broker.clock import SystemClock
from broker.sessions.plant_signals import PlantSignals
from broker.sessions.signal_sources import ModbusCoil, OpcUaNode, source_of
from domain.canonical import Json
from domain.errors import PeerError
from domain.ids import ZoneId
from domain.plant import OperatingState
from policies.plant_signal import PlantSignal, SignalKind

SHARED = pytest.mark.asyncio(loop_scope="module")


def signal_at(
    port: int, kind: SignalKind = SignalKind.MODBUS_COIL, point: str = "0", unit: int = 1
) -> PlantSignal:
    return PlantSignal(
        ZoneId("pumping"), "Key switch", kind, IPv4Address("127.0.0.1"), port, point, unit,
        frozenset({OperatingState.MAINTENANCE}), OperatingState.RUNNING, 0.05, 0.5, 0.1,
    )  # fmt: skip


@asynccontextmanager
async def modbus(*, on: bool, port: int = 0) -> AsyncIterator[tuple[ModbusTcpServer, int]]:
    coils = [SimData(0, values=[on] * 16, datatype=DataType.BITS)]
    server = ModbusTcpServer(SimDevice(1, simdata=coils), address=("127.0.0.1", port))
    await server.serve_forever(background=True)
    try:
        listening: asyncio.Server = server.transport  # type: ignore[assignment]
        yield server, int(listening.sockets[0].getsockname()[1])
    finally:
        await server.shutdown()  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("on", [True, False])
async def test_a_coil_says_what_it_is(on: bool) -> None:
    async with modbus(on=on) as (_, port):
        source = ModbusCoil(signal_at(port))
        assert await source.read() is on
        await source.close()


async def test_an_exception_of_the_device_is_no_value() -> None:
    async with modbus(on=True) as (_, port):
        source = ModbusCoil(signal_at(port, point="60000"))
        with pytest.raises(PeerError):
            await source.read()
        await source.close()


async def test_a_device_that_is_not_there_is_no_value() -> None:
    async with modbus(on=True) as (_, port):
        pass
    with pytest.raises(PeerError):
        await ModbusCoil(signal_at(port)).read()


async def test_a_signal_on_permits_and_a_killed_server_is_the_safe_side_within_the_stale_limit() -> None:
    async def tell(_: object) -> dict[str, Json]:
        return {"ok": True}

    async with modbus(on=True) as (server, port):
        signal = signal_at(port)
        signals = PlantSignals([signal], SystemClock(), tell, source_of)
        async with asyncio.TaskGroup() as group:
            task = group.create_task(signals.run())
            async with asyncio.timeout(20):
                while not signals.permits(signal):
                    await asyncio.sleep(0.02)
                await server.shutdown()  # type: ignore[no-untyped-call]
                while signals.permits(signal):
                    await asyncio.sleep(0.02)
                async with modbus(on=True, port=port):
                    while not signals.permits(signal):  # it comes back by itself, and steadily
                        await asyncio.sleep(0.02)
            task.cancel()


async def new_server() -> Server:
    server = Server()
    await server.init()
    server.set_endpoint("opc.tcp://127.0.0.1:0")
    server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
    return server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def opc_ua() -> AsyncIterator[Server]:
    """An OPC UA server that is up; every test has a node of its own in it."""
    async with await new_server() as server:
        yield server


async def variable(server: Server, value: object, kind: ua.VariantType) -> tuple[Node, int, str]:
    index = await server.register_namespace("urn:plant")
    name = f"Permissive {secrets.token_hex(4)}"
    node = await server.nodes.objects.add_variable(index, name, value, kind)
    return node, int(server.bserver._server.sockets[0].getsockname()[1]), node.nodeid.to_string()


async def test_a_node_says_what_it_is_and_only_a_boolean_true_is_a_yes() -> None:
    async with await new_server() as server:
        node, port, point = await variable(server, True, ua.VariantType.Boolean)
        source = OpcUaNode(signal_at(port, SignalKind.OPC_UA_NODE, point))
        assert await source.read() is True
        await node.write_value(False)
        assert await source.read() is False
        await source.close()
    with pytest.raises(PeerError):
        await source.read()


@SHARED
async def test_a_node_of_another_type_is_read_as_it_is_and_never_as_true(opc_ua: Server) -> None:
    _, port, point = await variable(opc_ua, 1, ua.VariantType.Int32)
    source = OpcUaNode(signal_at(port, SignalKind.OPC_UA_NODE, point))
    value = await source.read()
    assert (value, value is True) == (1, False)
    await source.close()


@SHARED
async def test_a_value_that_the_server_is_not_sure_of_is_no_value(opc_ua: Server) -> None:
    node, port, point = await variable(opc_ua, True, ua.VariantType.Boolean)
    bad = ua.DataValue(
        ua.Variant(True, ua.VariantType.Boolean),
        StatusCode=ua.StatusCode(ua.StatusCodes.BadSensorFailure),
    )
    await node.write_value(bad)
    source = OpcUaNode(signal_at(port, SignalKind.OPC_UA_NODE, point))
    with pytest.raises(PeerError, match="not sure"):
        await source.read()
    await source.close()


@SHARED
async def test_a_node_that_is_not_there_is_no_value(opc_ua: Server) -> None:
    _, port, _point = await variable(opc_ua, True, ua.VariantType.Boolean)
    source = OpcUaNode(signal_at(port, SignalKind.OPC_UA_NODE, "ns=2;s=Nothing"))
    with pytest.raises(PeerError):
        await source.read()
    await source.close()


async def test_each_kind_has_its_place() -> None:
    assert isinstance(source_of(signal_at(1)), ModbusCoil)
    assert isinstance(source_of(signal_at(1, SignalKind.OPC_UA_NODE, "i=1")), OpcUaNode)
