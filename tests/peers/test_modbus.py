"""A stock Modbus client and a real Modbus server, with a stock OpenSSH and the gate between them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.pdu import ModbusPDU
from pymodbus.pdu.diag_message import DiagnosticBase
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from broker.conduits.modbus.functions import FUNCTIONS, SUB_FUNCTIONS
from broker.reading.transactions import transactions
from domain.access import Action
from domain.plant import Protocol
from recorder.format.frame import Kind
from recorder.format.payloads import read
from tests.broker.running import crossed
from tests.peers.gate import PeerGate
from tests.peers.tunnel import tunnel as forwarded

BEFORE = [17] * 100


@dataclass
class Device:
    """A controller with a hundred holding registers, all 17."""

    port: int
    log: list[tuple[int, str, str, tuple[int, ...]]]
    """Its own, as it answered: the unit, the function, the first address, and what was written."""

    async def registers(self) -> list[int]:
        """Its own state, asked past the gate."""
        client = AsyncModbusTcpClient("127.0.0.1", port=self.port)
        assert await client.connect()
        found = await client.read_holding_registers(0, count=100, device_id=1)
        client.close()
        return list(found.registers)


@asynccontextmanager
async def device() -> AsyncIterator[Device]:
    held = [SimData(0, values=BEFORE, datatype=DataType.REGISTERS)]
    log: list[tuple[int, str, str, tuple[int, ...]]] = []

    def asked(sending: bool, pdu: ModbusPDU) -> ModbusPDU:
        if not sending:
            log.append(_logged(pdu))
        return pdu

    server = ModbusTcpServer(SimDevice(1, simdata=held), address=("127.0.0.1", 0), trace_pdu=asked)
    await server.serve_forever(background=True)
    try:
        assert isinstance(server.transport, asyncio.Server)
        yield Device(server.transport.sockets[0].getsockname()[1], log)
    finally:
        await server.shutdown()


def _logged(pdu: ModbusPDU) -> tuple[int, str, str, tuple[int, ...]]:
    if isinstance(pdu, DiagnosticBase):
        return pdu.dev_id, SUB_FUNCTIONS[pdu.sub_function_code].name, "", ()
    function = FUNCTIONS[pdu.function_code]
    written = tuple(pdu.registers) if function.writes else ()
    return pdu.dev_id, function.name, str(pdu.address), written


@asynccontextmanager
async def tunnel(
    gate: PeerGate, to: Device, actions: frozenset[Action], limits: frozenset[str] = frozenset()
) -> AsyncIterator[AsyncModbusTcpClient]:
    """Ana's Modbus client, at the near end of her ``ssh -L``, by a permit for ``actions`` within ``limits``."""
    async with forwarded(gate, Protocol.MODBUS, to.port, actions, limits) as local:
        client = AsyncModbusTcpClient("127.0.0.1", port=local, timeout=10, retries=0)
        assert await client.connect()
        yield client
        client.close()


def refused(answer: ModbusPDU) -> bool:
    """Whether the client was told "illegal function", as a device would."""
    return answer.isError() and getattr(answer, "exception_code", None) == 1


async def test_under_view_a_client_reads_and_every_way_to_write_is_refused_at_the_device(
    gate: PeerGate,
) -> None:
    """C05, C11, D13, S-27: the device's own registers are unchanged, and the tool shows a normal error."""
    async with device() as plc:
        async with tunnel(gate, plc, frozenset({Action.VIEW})) as client:
            found = await client.read_holding_registers(40, count=2, device_id=1)
            assert found.registers == [17, 17]
            assert refused(await client.write_register(40, 350, device_id=1))
            assert refused(await client.write_registers(40, [1, 2], device_id=1))
            assert refused(await client.write_coil(3, value=True, device_id=1))
            assert refused(await client.write_coils(3, [True, False], device_id=1))
            assert refused(await client.mask_write_register(address=40, and_mask=0, or_mask=9, device_id=1))
            assert refused(
                await client.readwrite_registers(read_address=0, read_count=1, address=40, values=[5], device_id=1)
            )  # fmt: skip
            found = await client.read_holding_registers(40, count=1, device_id=1)
            assert found.registers == [17], "after six refusals the way is as open as before"
        assert await plc.registers() == BEFORE
    leaves = await gate.seen("PassageRefused", 6)
    assert {leaf.code for leaf in leaves} == {"modbus_function_not_permitted"}
    assert "write single register, holding register 40" in leaves[0].sentence
    frames = (await gate.recorded())[0]
    marks = [read(frame.payload) for frame in frames if frame.kind is Kind.MARK]
    assert [mark["code"] for mark in marks if mark.get("mark") == "answered"] == [leaves[0].code] * 6
    listed = transactions(frames)
    assert [row.outcome for row in listed] == ["done", *[f"refused: {leaves[0].code}"] * 6, "done"]
    assert listed[0].what == "unit 1: read holding registers, holding registers 40 to 41: 17, 17"


async def test_under_operate_the_write_reaches_the_device_and_a_restart_does_not(gate: PeerGate) -> None:
    """C11, S-27: what is above the permit's actions stays refused."""
    async with device() as plc:
        async with tunnel(gate, plc, frozenset({Action.VIEW, Action.OPERATE})) as client:
            assert not (await client.write_register(40, 350, device_id=1)).isError()
            assert refused(await client.diag_restart_communication(toggle=False, device_id=1))
        assert (await plc.registers())[40] == 350


async def test_within_limits_each_register_and_each_value_is_held_and_the_device_shows_it(
    gate: PeerGate,
) -> None:
    """C11, D13: read 0 to 49, write 40 to 43 between 0 and 500; everything else is refused at the device."""
    limits = {
        "modbus read holding registers 0-49 of unit 1",
        "modbus write holding registers 40-43 of unit 1 between 0 and 500",
    }
    async with device() as plc:
        async with tunnel(gate, plc, frozenset({Action.VIEW, Action.OPERATE}), frozenset(limits)) as client:
            assert (await client.read_holding_registers(40, count=10, device_id=1)).registers == [17] * 10
            assert not (await client.write_registers(40, [0, 500], device_id=1)).isError()
            mixed = await client.readwrite_registers(
                read_address=0, read_count=1, write_address=43, values=[7], device_id=1
            )
            assert mixed.registers == [17]
            for answer, exception in (
                (await client.read_holding_registers(40, count=11, device_id=1), 2),
                (await client.read_coils(0, count=1, device_id=1), 2),
                (await client.write_register(44, 1, device_id=1), 2),
                (await client.write_registers(42, [1, 2, 3], device_id=1), 2),
                (await client.write_register(42, 501, device_id=1), 3),
                (await client.write_registers(41, [1, 501], device_id=1), 3),
                (await client.mask_write_register(address=42, and_mask=0, or_mask=9, device_id=1), 3),
                (await client.readwrite_registers(read_address=50, read_count=1, write_address=42, values=[5], device_id=1), 2),
                (await client.read_device_information(device_id=1), 1),
            ):  # fmt: skip
                assert answer.isError()
                assert getattr(answer, "exception_code", None) == exception
        after = await plc.registers()
    assert (after[40:44], after[:40], after[44:]) == ([0, 500, 17, 7], BEFORE[:40], BEFORE[44:])
    leaves = await gate.seen("PassageRefused", 9)
    assert [leaf.code for leaf in leaves].count("modbus_value_not_permitted") == 3
    assert any("holding register 42 = 501" in leaf.sentence for leaf in leaves)
    marks = [read(frame.payload) for frame in (await gate.recorded())[0] if frame.kind is Kind.MARK]
    assert next(one for one in marks if one.get("mark") == "filter")["limits"] == sorted(limits)


async def test_a_maintenance_job_is_listed_as_the_device_itself_logged_it(gate: PeerGate) -> None:
    """C11: diagnostics, a set-point within its bounds and beyond, a restart; both ways, no line more and none less."""
    limits = {
        "modbus use return query data of unit 1",
        "modbus use restart communications of unit 1",
        "modbus read holding registers 0-49 of unit 1",
        "modbus write holding registers 40-43 of unit 1 between 0 and 500",
    }
    granted = frozenset({Action.VIEW, Action.OPERATE, Action.OVERRIDE})
    async with device() as plc, tunnel(gate, plc, granted, frozenset(limits)) as client:
        await client.diag_query_data(b"\x12\x34", device_id=1)
        await client.read_holding_registers(40, count=2, device_id=1)
        assert (await client.write_register(40, 501, device_id=1)).isError()
        await client.write_register(40, 350, device_id=1)
        await client.write_registers(41, [1, 2], device_id=1)
        assert (await client.diag_clear_counters(device_id=1)).isError()
        await client.diag_restart_communication(toggle=False, device_id=1)
        await client.read_holding_registers(40, count=3, device_id=1)
    listed = transactions((await gate.recorded())[0])
    ours = [
        (
            int(one.unit),
            one.function,
            one.address,
            tuple(map(int, one.values)) if "write" in one.function else (),
        )
        for one in (row.done for row in listed)
        if one is not None
    ]
    assert ours == plc.log
    assert [row.outcome for row in listed if row.done is None] == [
        "refused: modbus_value_not_permitted",
        "refused: modbus_function_not_permitted",
    ]
    assert [row.what for row in listed if row.done is not None][2:4] == [
        "unit 1: write single register, holding register 40 = 350, was 17",
        "unit 1: write multiple registers, holding registers 41 to 42 = 1, 2, was 17, ?",
    ]


async def test_a_maker_s_own_function_is_answered_and_ends_the_connection(gate: PeerGate) -> None:
    """C11: what nobody can judge does not pass, whatever the permit is for."""
    program = bytes.fromhex("0001 0000 0004 01 5a 00 02")
    async with device() as plc:
        async with tunnel(gate, plc, frozenset(Action)) as client:
            reader, writer = await asyncio.open_connection("127.0.0.1", client.comm_params.port)
            writer.write(program)
            assert await reader.read() == bytes.fromhex("0001 0000 0003 01 da 01")
            writer.close()
        assert await plc.registers() == BEFORE
    (told, _cut) = await gate.seen("PassageRefused", 2)
    assert told.code == "modbus_function_unknown"
    assert crossed((await gate.recorded())[0], Kind.TO_ASSET) == b""
