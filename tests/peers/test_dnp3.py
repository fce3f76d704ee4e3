"""A stock DNP3 master and a real outstation, with a stock OpenSSH and the gate between them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from dnp3.application.builder import build_cold_restart_request
from dnp3.application.fragment import RequestFragment, ResponseFragment
from dnp3.application.parser import parse_request, parse_response
from dnp3.core.flags import IIN
from dnp3.database import AnalogOutputConfig, BinaryInputConfig, BinaryOutputConfig, Database
from dnp3.master import DefaultSOEHandler, Master, MasterConfig, MasterTcpRunner
from dnp3.master.commands import ControlOperation, DirectOperateTask, OperateTask, SelectTask
from dnp3.master.handler import ResponseInfo
from dnp3.outstation import (
    CommandResult,
    DefaultCommandHandler,
    Outstation,
    OutstationConfig,
    OutstationTcpRunner,
)

from broker.conduits.dnp3.answers import OUT_OF_RANGE
from broker.conduits.dnp3.functions import FUNCTIONS
from broker.reading.transactions import transactions
from domain.access import Action
from domain.plant import Protocol
from recorder.format.frame import Kind
from tests.broker.conduits.dnp3.samples import asked, told
from tests.broker.running import crossed
from tests.peers.gate import PeerGate
from tests.peers.tunnel import tunnel

NOT_AUTHORISED = 9
VIEW = frozenset({Action.VIEW})


class Relays(DefaultCommandHandler):
    """What drives the outstation's outputs; ``done`` is what it was told to do, its own log."""

    def __init__(self) -> None:
        self.done: list[tuple[str, int, float]] = []

    def select_binary_output(self, **_given: object) -> CommandResult:
        return CommandResult.success()

    def operate_binary_output(self, index: int, code: int, **_given: object) -> CommandResult:
        self.done.append(("binary", index, code))
        return CommandResult.success()

    def direct_operate_binary_output(self, index: int, code: int, **given: object) -> CommandResult:
        return self.operate_binary_output(index, code, **given)

    def direct_operate_analog_output(self, index: int, value: float) -> CommandResult:
        self.done.append(("analog", index, value))
        return CommandResult.success()

    def cold_restart(self) -> int:
        self.done.append(("restart", 0, 0))
        return 5000


class Logged(Outstation):
    """An outstation that keeps what it was asked for, by its own reading."""

    asked: list[tuple[int, tuple[int, ...]]]
    """The function, and the group of each object."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.asked = []

    def process_request(self, data: bytes, *, peer: Any = None) -> list[ResponseFragment]:
        request = parse_request(data)
        groups = tuple(int(one.header.group) for one in request.objects)
        self.asked.append((int(request.header.function), groups))
        return super().process_request(data, peer=peer)


@dataclass
class Device:
    """An outstation with two binary inputs, outputs, and what was done to it."""

    port: int
    relays: Relays
    database: Database
    asked: list[tuple[int, tuple[int, ...]]]


@asynccontextmanager
async def device() -> AsyncIterator[Device]:
    database, relays = Database(), Relays()
    for index in range(2):
        database.add_binary_input(index, BinaryInputConfig())
        database.add_binary_output(index, BinaryOutputConfig())
        database.add_analog_output(index, AnalogOutputConfig())
    database.update_binary_input(1, value=True)
    outstation = Logged(database=database, config=OutstationConfig(address=10), handler=relays)
    runner = OutstationTcpRunner(outstation=outstation, host="127.0.0.1", port=0)
    running = asyncio.create_task(runner.run())
    try:
        async with asyncio.timeout(10):
            while runner.local_address is None:
                await asyncio.sleep(0.01)
        yield Device(runner.local_address[1], relays, database, outstation.asked)
    finally:
        await runner.stop()
        await running


@dataclass
class Seen(Master):
    """A stock master that remembers the status of what it commanded."""

    statuses: list[int] = field(default_factory=list)

    def process_response(self, data: bytes) -> ResponseInfo | None:
        for block in parse_response(data).objects:
            if block.header.group in {12, 41}:
                self.statuses.append(block.data[-1])
        return super().process_response(data)


@asynccontextmanager
async def master(at: int) -> AsyncIterator[tuple[MasterTcpRunner, Seen, DefaultSOEHandler]]:
    told = DefaultSOEHandler()
    one = Seen(handler=told, config=MasterConfig(address=1, outstation_address=10))
    async with MasterTcpRunner(master=one, host="127.0.0.1", port=at) as runner:
        yield runner, one, told


LATCH = [ControlOperation(1)]
SET = [ControlOperation(0, analog_value=350, is_analog=True)]


async def unsupported(runner: MasterTcpRunner, request: RequestFragment) -> bool:
    """Whether the master was told that the outstation has no such function."""
    (answer,) = await runner.request(request)
    return bool(answer.iin & IIN.NO_FUNC_CODE_SUPPORT)


async def test_under_view_a_master_polls_and_every_command_is_refused_at_the_outstation(
    gate: PeerGate,
) -> None:
    """C11, D13, C05: the outstation's own log is empty, and the master shows a normal error."""
    async with device() as rtu:
        async with tunnel(gate, Protocol.DNP3, rtu.port, VIEW) as local, master(local) as (runner, one, told):
            await runner.integrity_poll()
            assert told.binary_inputs[1].value is True
            await runner.request(one.build_select(SelectTask(LATCH)))
            await runner.request(one.build_operate(OperateTask(LATCH)))
            await runner.request(one.build_direct_operate(DirectOperateTask(LATCH)))
            await runner.request(one.build_direct_operate(DirectOperateTask(SET)))
            assert one.statuses == [NOT_AUTHORISED] * 4
            assert await unsupported(runner, one.build_disable_unsolicited())
            assert await unsupported(runner, build_cold_restart_request(one.next_request_sequence()))
            (answer,) = await runner.class_poll()
            assert not answer.iin & IIN.NO_FUNC_CODE_SUPPORT, (
                "after six refusals the way is as open as before"
            )
        assert rtu.relays.done == []
    leaves = await gate.seen("PassageRefused", 6)
    assert {leaf.code for leaf in leaves} == {"dnp3_function_not_permitted"}
    assert "outstation 10: direct operate, binary output 1" in leaves[2].sentence
    listed = transactions((await gate.recorded())[0])
    refused = f"refused: {leaves[0].code}"
    assert [row.outcome for row in listed] == ["done", *[refused] * 6, "done"]


async def test_under_operate_a_command_reaches_the_outstation_and_a_restart_does_not(gate: PeerGate) -> None:
    """C11: the case file's list is the outstation's own log, and what is above the permit's actions stays refused."""
    async with device() as rtu:
        actions = frozenset({Action.VIEW, Action.OPERATE})
        async with (
            tunnel(gate, Protocol.DNP3, rtu.port, actions) as local,
            master(local) as (runner, one, _told),
        ):
            await runner.request(one.build_select(SelectTask(LATCH)))
            await runner.request(one.build_operate(OperateTask(LATCH)))
            await runner.request(one.build_direct_operate(DirectOperateTask(SET)))
            assert one.statuses == [0, 0, 0]
            assert await unsupported(runner, build_cold_restart_request(one.next_request_sequence()))
        assert rtu.relays.done == [("binary", 1, 3), ("analog", 0, 350)]
    listed = transactions((await gate.recorded())[0])
    assert [row.what for row in listed if row.outcome == "done"] == [
        "outstation 10: select, binary output 1 = latch on",
        "outstation 10: operate, binary output 1 = latch on",
        "outstation 10: direct operate, analog output 0 = 350",
    ]


async def test_a_maintenance_job_is_listed_as_the_outstation_itself_logged_it(gate: PeerGate) -> None:
    """C11: diagnostics, a set-point within its bounds and beyond, a restart; both ways, no line more and none less."""
    limits = {
        "dnp3 use read of outstation 10",
        "dnp3 write analog outputs 0 of outstation 10 between 0 and 350",
        "dnp3 write binary outputs 1 of outstation 10",
        "dnp3 use cold restart of outstation 10",
    }
    beyond = [ControlOperation(0, analog_value=351, is_analog=True)]
    async with (
        device() as rtu,
        tunnel(gate, Protocol.DNP3, rtu.port, frozenset(Action), frozenset(limits)) as local,
        master(local) as (runner, one, _told),
    ):
        await runner.integrity_poll()
        await runner.request(one.build_direct_operate(DirectOperateTask(beyond)))
        await runner.request(one.build_direct_operate(DirectOperateTask(SET)))
        await runner.request(one.build_select(SelectTask(LATCH)))
        await runner.request(one.build_operate(OperateTask(LATCH)))
        assert await unsupported(runner, one.build_disable_unsolicited())
        await runner.request(build_cold_restart_request(one.next_request_sequence()))
        assert one.statuses[:1] == [OUT_OF_RANGE]
        assert rtu.relays.done == [("analog", 0, 350), ("binary", 1, 3), ("restart", 0, 0)]
    listed = transactions((await gate.recorded())[0])
    ours = [one.function for one in (row.done for row in listed) if one is not None]
    assert ours == [FUNCTIONS[code].name for code, _groups in rtu.asked]
    assert len(ours) == 5
    assert [row.outcome for row in listed if row.done is None] == [
        "refused: dnp3_value_not_permitted",
        "refused: dnp3_function_not_permitted",
    ]
    done = [row.what for row in listed if row.done is not None]
    assert done[1:] == [
        "outstation 10: direct operate, analog output 0 = 350",
        "outstation 10: select, binary output 1 = latch on",
        "outstation 10: operate, binary output 1 = latch on",
        "outstation 10: cold restart: 5000",
    ]


async def test_a_function_nobody_knows_is_answered_and_ends_the_connection(gate: PeerGate) -> None:
    """C11: what nobody can judge does not pass, whatever the permit is for."""
    async with device() as rtu:
        async with tunnel(gate, Protocol.DNP3, rtu.port, frozenset(Action)) as local:
            reader, writer = await asyncio.open_connection("127.0.0.1", local)
            writer.write(asked("c1 63"))
            assert await reader.read() == told("c1 81 0001", first=0)
            writer.close()
        assert rtu.relays.done == []
    leaves = await gate.seen("PassageRefused", 2)
    assert {leaf.code for leaf in leaves} == {"dnp3_function_unknown"}
    assert crossed((await gate.recorded())[0], Kind.TO_ASSET) == b""
