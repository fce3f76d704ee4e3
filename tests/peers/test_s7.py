"""A stock S7 client and an S7 server, with a stock OpenSSH and the gate between them."""

import asyncio
import math
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

import pytest
from snap7.async_client import AsyncClient
from snap7.error import S7Error
from snap7.server import CPUState, Server
from snap7.type import Area, Block, SrvArea

from broker.demo.ports import free_port
from broker.reading.transactions import transactions
from domain.access import Action
from domain.plant import Protocol
from recorder.format.frame import Kind
from tests.broker.running import crossed
from tests.peers.gate import PeerGate
from tests.peers.tunnel import tunnel as forwarded

BEFORE = bytes([17] * 100)
VIEW = frozenset({Action.VIEW})
PASSES_S = 20.0


DONE_BY = {
    "_handle_read_area": "read",
    "_handle_write_area": "write",
    "_handle_szl": "read the system state list",
    "_handle_request_download": "download a block",
    "_handle_plc_stop": "stop the CPU",
    "_handle_plc_control": "start the CPU",
    "_handle_start_upload": "read a block out",
    "_handle_clock": "set the clock",
}
"""What of the server's own program does what it is asked."""


class Logged(Server):
    """A server that keeps what it did: the function, and of a read or a write the block, the first byte and how many."""

    def __init__(self) -> None:
        super().__init__(log=False)
        self.done: list[tuple[str, str, str, int]] = []
        for name, function in DONE_BY.items():
            setattr(self, name, partial(self._do, getattr(self, name), function))

    def _do(self, does: Callable[..., object], function: str, request: Any, *given: object) -> object:
        where = request["parameters"].get("address_spec", {})
        block = f"DB{where['db_number']}" if where else ""
        self.done.append((function, block, str(where.get("start", "")), where.get("count", 0)))
        return does(request, *given)


@dataclass
class Cpu:
    """A CPU with data block 10, a hundred bytes of 17 each, and as many inputs."""

    port: int
    server: Logged
    block: bytearray = field(default_factory=lambda: bytearray(BEFORE))
    inputs: bytearray = field(default_factory=lambda: bytearray(BEFORE))

    def unchanged(self) -> bool:
        """Its own state, looked at past the gate."""
        return self.block == BEFORE and self.inputs == BEFORE and self.server.cpu_state == CPUState.RUN


@asynccontextmanager
async def cpu() -> AsyncIterator[Cpu]:
    held = Cpu(free_port(), Logged())
    held.server.register_area(SrvArea.DB, 10, held.block)
    held.server.register_area(SrvArea.PE, 0, held.inputs)
    held.server.start_to("127.0.0.1", held.port)
    try:
        yield held
    finally:
        await asyncio.to_thread(held.server.stop)


@asynccontextmanager
async def tunnel(
    gate: PeerGate, to: Cpu, actions: frozenset[Action], limits: frozenset[str] = frozenset()
) -> AsyncIterator[tuple[AsyncClient, int]]:
    """Ana's S7 client, and the near end of her ``ssh -L``, by a permit for ``actions`` within ``limits``."""
    async with forwarded(gate, Protocol.S7, to.port, actions, limits) as local:
        client = await AsyncClient().connect("127.0.0.1", 0, 1, local)
        yield client, local
        await client.disconnect()


async def refused(asking: Awaitable[object]) -> str:
    """What the client shows its user: an error, and neither a wait nor a lost connection."""
    with pytest.raises((S7Error, RuntimeError)) as shown:
        async with asyncio.timeout(PASSES_S):
            await asking
    return str(shown.value)


async def test_under_view_a_client_reads_and_every_way_to_change_something_is_refused_at_the_cpu(
    gate: PeerGate,
) -> None:
    """C05, C11, D13, S-27: memory, inputs, state and clock of the CPU are unchanged, and the tool shows a normal error."""
    async with cpu() as plc:
        async with tunnel(gate, plc, VIEW) as (client, _local):
            assert await client.db_read(10, 4, 2) == BEFORE[:2]
            assert (await client.list_blocks()).DBCount > 0
            assert "not allowed" in await refused(client.db_write(10, 4, bytearray(b"\x01\x5e")))
            assert "not allowed" in await refused(client.write_area(Area.PE, 0, 3, bytearray(b"\xff")))
            for asking in (
                client.plc_stop(),
                client.plc_hot_start(),
                client.plc_cold_start(),
                client.compress(1),
                client.copy_ram_to_rom(1),
                client.upload(10),
                client.full_upload(Block.DB, 10),
                client.download(bytearray(60), 10),
                client.set_plc_datetime(datetime(2001, 2, 3, 4, 5, 6)),  # noqa: DTZ001 - as the client wants it
                client.set_session_password("secret"),
            ):
                assert "8104" in (await refused(asking)).replace("code=0x04", "8104")
            assert await client.db_read(10, 4, 2) == BEFORE[:2], (
                "after twelve refusals the way is as open as before"
            )
            assert (await client.get_plc_datetime()).year > 2020
        assert plc.unchanged()
    leaves = await gate.seen("PassageRefused", 12)
    assert {leaf.code for leaf in leaves} == {"s7_function_not_permitted"}
    assert "which is to operate: write DB10.DBB4 to DBB5." in leaves[0].sentence
    listed = transactions((await gate.recorded())[0])
    assert [row.outcome for row in listed].count(f"refused: {leaves[0].code}") == 12
    assert listed[0].what == "read DB10.DBB4 to DBB5 = 17, 17"


async def test_what_the_permit_names_reaches_the_cpu_and_the_evidence_says_what_was_there(
    gate: PeerGate,
) -> None:
    """C11: a set-point is written, a block is read out and loaded, and the CPU is not stopped."""
    async with cpu() as plc:
        async with tunnel(gate, plc, VIEW | {Action.OPERATE, Action.CONFIGURE}) as (client, _local):
            await client.db_read(10, 4, 2)
            await client.db_write(10, 4, bytearray(b"\x01\x5e"))
            assert plc.block[4:6] == b"\x01\x5e"
            program = await client.full_upload(Block.DB, 10)
            assert len(program[0]) >= len(BEFORE)
            await client.download(bytearray([9] * len(BEFORE)), 10)
            assert await client.db_read(10, 0, 2) == b"\x09\x09"
            assert plc.block == bytes([9] * len(BEFORE))
            await refused(client.plc_stop())
            await refused(client.write_area(Area.PE, 0, 3, bytearray(b"\xff")))
        assert plc.server.cpu_state == CPUState.RUN
        assert plc.inputs == BEFORE
    stop, *others = await gate.seen("PassageRefused", 2)
    assert [leaf.sentence for leaf in others] == [
        "The permit is not for this, which is to override: write inputs IB3."
    ]
    assert "which is to override: stop the CPU." in stop.sentence
    told = [row.what for row in transactions((await gate.recorded())[0])]
    assert "write DB10.DBB4 to DBB5 = 1, 94, was 17, 17" in told
    assert "download a block DB 10" in told


async def test_what_lies_outside_the_limits_is_refused_at_the_cpu(gate: PeerGate) -> None:
    """S-05: by block, by byte, by value; the tool shows an error and the memory stays as it was."""
    limits = frozenset(
        {
            "s7 read data 0-99 of block 10",
            "s7 write data 4-5 of block 10 between -10 and 350 as signed 16",
            "s7 write data 8-11 of block 10 between -0.5 and 99.5 as float 32",
        }
    )
    real = struct.Struct(">f").pack
    async with cpu() as plc:
        async with tunnel(gate, plc, VIEW | {Action.OPERATE}, limits) as (client, _local):
            await client.db_write(10, 4, bytearray(b"\x01\x5e"))
            await client.db_write(10, 8, bytearray(real(99.5)))
            expected = bytes(plc.block)
            for at, data in (
                (4, b"\x01\x5f"),
                (4, b"\x01"),
                (8, real(99.75)),
                (8, real(math.nan)),
                (9, real(1.0)),
                (20, b"\0"),
            ):
                assert "not allowed" in await refused(client.db_write(10, at, bytearray(data)))
            assert "not allowed" in await refused(client.db_read(11, 0, 2))
            assert await client.db_read(10, 4, 2) == b"\x01\x5e"
        assert plc.block == expected
        assert plc.block[8:12] == real(99.5)
    leaves = await gate.seen("PassageRefused", 7)
    assert [leaf.code.removeprefix("s7_").removesuffix("_not_permitted") for leaf in leaves] == [
        "value", "value", "value", "value", "address", "address", "address",
    ]  # fmt: skip


async def test_a_maintenance_job_is_listed_as_the_cpu_itself_logged_it(gate: PeerGate) -> None:
    """C11: diagnostics, a set-point within its bounds and beyond, a block, a restart; both ways, no line more and none less."""
    limits = {
        "s7 use read the system state list",
        "s7 read data 0-99 of block 10",
        "s7 write data 4-5 of block 10 between 0 and 350 as unsigned 16",
        "s7 use download a block",
        "s7 use stop the CPU",
        "s7 use start the CPU",
    }
    async with cpu() as plc, tunnel(gate, plc, frozenset(Action), frozenset(limits)) as (client, _local):
        await client.read_szl(0x1C)
        await client.db_read(10, 4, 2)
        await refused(client.db_write(10, 4, bytearray(b"\x01\x5f")))
        await client.db_write(10, 4, bytearray(b"\x01\x5e"))
        await client.download(bytearray([9] * len(BEFORE)), 10)
        await refused(client.compress(1))
        await client.plc_stop()
        await client.plc_hot_start()
        await client.db_read(10, 0, 3)
    listed = transactions((await gate.recorded())[0])
    ours = [
        (one.function, one.table, one.address if one.table else "", one.count)
        for one in (row.done for row in listed)
        if one is not None
    ]
    assert ours == plc.server.done
    assert len(ours) == 7
    assert [row.outcome for row in listed if row.done is None] == [
        "refused: s7_value_not_permitted",
        "refused: s7_function_not_permitted",
    ]
    assert [row.what for row in listed if row.done is not None][2:4] == [
        "write DB10.DBB4 to DBB5 = 1, 94, was 17, 17",
        "download a block DB 10",
    ]


async def test_an_override_stops_the_cpu_and_starts_it(gate: PeerGate) -> None:
    async with cpu() as plc, tunnel(gate, plc, frozenset(Action)) as (client, _local):
        await client.plc_stop()
        assert plc.server.cpu_state == CPUState.STOP
        await client.plc_hot_start()
        assert plc.server.cpu_state == CPUState.RUN


async def test_s7comm_plus_ends_the_connection_whatever_the_permit_is_for(gate: PeerGate) -> None:
    """C11: nobody here can read it, so nothing of it reaches the CPU."""
    async with cpu() as plc:
        async with tunnel(gate, plc, frozenset(Action)) as (_client, local):
            reader, writer = await asyncio.open_connection("127.0.0.1", local)
            writer.write(bytes.fromhex("0300001611e00000000100c1020100c2020101c0010a"))
            await reader.readexactly(4)
            writer.write(bytes.fromhex("0300000b02f08072010000"))
            async with asyncio.timeout(PASSES_S):
                await reader.read()
            writer.close()
        assert plc.unchanged()
    (cut,) = await gate.seen("PassageRefused", 1)
    assert cut.code == "s7_plus"
    assert b"\x72\x01" not in crossed((await gate.recorded())[0], Kind.TO_ASSET)
