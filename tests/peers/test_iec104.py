"""A real control centre and a real IEC 104 station, with a stock OpenSSH and the gate between them."""

import asyncio
import importlib.util
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from broker.demo.ports import free_port
from broker.reading.transactions import transactions
from domain.access import Action
from domain.plant import Protocol
from tests.peers.gate import PeerGate
from tests.peers.tunnel import tunnel

PEER = Path(__file__).with_name("iec104_peer.py")
SWITCH, SET_POINT, MEASURED = 1001, 1002, 2002
LAST = {"done": True, "connected": True, "measured": 29.0}

pytestmark = pytest.mark.skipif(importlib.util.find_spec("c104") is None, reason="needs c104")


@dataclass
class Peer:
    """One of the two programs, which answers each line with one."""

    process: Process
    port: int

    async def ask(self, **what: object) -> Any:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(what).encode() + b"\n")
        return await self.answer()

    async def answer(self) -> Any:
        assert self.process.stdout is not None
        async with asyncio.timeout(30):
            return json.loads(await self.process.stdout.readline())


@asynccontextmanager
async def program(kind: str, port: int) -> AsyncIterator[Peer]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, PEER, kind, str(port), stdin=PIPE, stdout=PIPE
    )
    try:
        peer = Peer(process, port)
        await peer.answer()
        yield peer
    finally:
        process.kill()
        await process.wait()


@asynccontextmanager
async def plant(
    gate: PeerGate, actions: frozenset[Action], limits: frozenset[str] = frozenset()
) -> AsyncIterator[tuple[Peer, Peer]]:
    """The station, and Ana's control centre at the near end of her ``ssh -L``, by a permit for ``actions`` within ``limits``."""
    async with (
        program("station", free_port()) as station,
        tunnel(gate, Protocol.IEC_104, station.port, actions, limits) as local,
        program("centre", local) as centre,
    ):
        yield station, centre


async def test_under_view_a_centre_looks_and_every_command_is_refused_at_the_station(gate: PeerGate) -> None:
    """C11, D13, C05: no command came to the station, and the tool is told no at once, however often it asks."""
    async with plant(gate, frozenset({Action.VIEW})) as (station, centre):
        assert await centre.ask(do="interrogate") == {"done": True, "connected": True, "measured": 40.0}
        for _ in range(
            10
        ):  # more than both windows of the protocol: 12 unacknowledged, 8 until the next acknowledgement
            assert not (await centre.ask(do="command", place=SWITCH, value=True))["done"]
            assert not (await centre.ask(do="command", place=SET_POINT, value=50.5))["done"]
        assert not (await centre.ask(do="clock"))["done"]
        assert not (await centre.ask(do="freeze"))["done"]
        for value in range(30):
            assert await station.ask(do="tell", value=value) == {"received": [], "connections": 1}
        async with asyncio.timeout(30):
            while (told := await centre.ask(do="read", place=MEASURED)) != LAST:
                assert told["done"], "what the station told is still on its way"
        assert (await centre.ask(do="interrogate"))["done"], "after 22 refusals both sides still count alike"
        assert await station.ask(do="say") == {"received": [], "connections": 1}
    leaves = await gate.seen("PassageRefused", 22)
    assert {leaf.code for leaf in leaves} == {"iec_104_function_not_permitted"}
    assert leaves[0].sentence.endswith("which is to operate: station 1: single command 1001.")
    rows = transactions((await gate.recorded())[0])
    assert [row.outcome for row in rows].count("refused: iec_104_function_not_permitted") == 22
    done = [row.what for row in rows if row.outcome == "done"]
    assert (done[0], done[-2], done[-1]) == (
        "station 1: interrogate",
        "station 1: read 2002 = 29",
        "station 1: interrogate",
    )


async def test_under_operate_a_command_reaches_the_station_and_the_clock_is_not_set(gate: PeerGate) -> None:
    """C11: with what was there before, in the evidence; refused and permitted commands between each other."""
    async with plant(gate, frozenset({Action.VIEW, Action.OPERATE})) as (station, centre):
        for number in range(12):
            assert not (await centre.ask(do="clock"))["done"]
            assert (await centre.ask(do="command", place=SET_POINT, value=50.5 + number))["done"]
        assert (await centre.ask(do="command", place=SWITCH, value=True))["done"]
        taken = [[SET_POINT, 50.5 + number] for number in range(12)] + [[SWITCH, 1.0]]
        assert (await station.ask(do="say"))["received"] == taken
    leaves = await gate.seen("PassageRefused", 12)
    assert {leaf.sentence for leaf in leaves} == {
        "The permit is not for this, which is to configure: station 1: set the clock."
    }
    told = [row.what for row in transactions((await gate.recorded())[0]) if row.outcome == "done"]
    assert told[0] == "station 1: set-point, floating 1002 = 50.5"
    assert told[1] == "station 1: set-point, floating 1002 = 51.5, was 50.5"
    assert told[-1] == "station 1: single command 1001 = on"


ASKED = {
    "interrogate": "C_IC_NA_1",
    "read": "C_RD_NA_1",
    "set-point, floating": "C_SE_NC_1",
    "single command": "C_SC_NA_1",
}
"""What the station's own library calls the functions."""


async def test_a_maintenance_job_is_listed_as_the_station_itself_logged_it(gate: PeerGate) -> None:
    """C11: diagnostics, a set-point within its bounds and beyond, a switch; both ways, no line more and none less."""
    limits = {
        "iec-104 use interrogate of station 1",
        "iec-104 read points 2002 of station 1",
        "iec-104 write set-points 1002 of station 1 between 0 and 50",
        "iec-104 write single commands 1001 of station 1",
    }
    async with plant(gate, frozenset(Action), frozenset(limits)) as (station, centre):
        assert (await centre.ask(do="interrogate"))["done"]
        assert (await centre.ask(do="read", place=MEASURED))["done"]
        assert not (await centre.ask(do="command", place=SET_POINT, value=50.5))["done"]
        assert (await centre.ask(do="command", place=SET_POINT, value=50.0))["done"]
        assert (await centre.ask(do="command", place=SWITCH, value=True))["done"]
        assert not (await centre.ask(do="clock"))["done"]
        assert (await centre.ask(do="read", place=MEASURED))["done"]
        assert (await station.ask(do="say"))["received"] == [[SET_POINT, 50.0], [SWITCH, 1.0]]
        async with asyncio.timeout(30):  # its log is written by a thread that may come after the answer
            while len(logged := (await station.ask(do="log"))["asked"]) < 5:
                await asyncio.sleep(0.05)
    listed = transactions((await gate.recorded())[0])
    ours = [
        [ASKED[one.function], int(one.address or 0)]
        for one in (row.done for row in listed)
        if one is not None
    ]
    assert ours == logged
    assert len(ours) == 5
    assert [row.outcome for row in listed if row.done is None] == [
        "refused: iec_104_value_not_permitted",
        "refused: iec_104_function_not_permitted",
    ]
