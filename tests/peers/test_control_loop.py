"""A controller and the panel that polls it, beside a gate that is killed, frozen and cut off: real Modbus on both ways."""

import asyncio
import signal
import struct
import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pymodbus.client import AsyncModbusTcpClient

from broker.layout import Layout
from tests.broker import plant_side
from tests.broker.plant_side import small_gate
from tests.peers.test_modbus import BEFORE, Device, device

READ = struct.pack(">HHHBBHH", 1, 0, 6, 1, 3, 0, 2)
WRITE = struct.pack(">HHHBBHH", 2, 0, 6, 1, 6, 7, 350)
"""What a vendor's tool sends: read two registers; set register 7 to 350."""


@dataclass
class Panel:
    """Polls the controller without a pause, past the gate, as panels do."""

    answered: int = 0
    missed: int = 0

    async def polls(self, plc: Device) -> None:
        client = AsyncModbusTcpClient("127.0.0.1", port=plc.port, timeout=20, retries=0)
        assert await client.connect()
        try:
            while True:
                answer = await client.read_holding_registers(0, count=20, device_id=1)
                if answer.isError() or list(answer.registers) != BEFORE[:20]:
                    self.missed += 1
                else:
                    self.answered += 1
                await asyncio.sleep(0.02)
        finally:
            client.close()

    async def goes_on(self) -> None:
        """Return once it has polled some more."""
        before = self.answered
        async with asyncio.timeout(30):
            while self.answered < before + 10:
                await asyncio.sleep(0.02)


@asynccontextmanager
async def running(panel: Panel, plc: Device) -> AsyncIterator[None]:
    polling = asyncio.get_running_loop().create_task(panel.polls(plc))
    try:
        yield
    finally:
        polling.cancel()
        with suppress(asyncio.CancelledError):
            await polling


def harmed(what: str, gate: subprocess.Popen[Any], watchdog: subprocess.Popen[Any]) -> None:
    match what:
        case "killed":
            gate.kill()
        case "frozen":
            gate.send_signal(signal.SIGSTOP)
        case _:
            watchdog.send_signal(signal.SIGSTOP)  # the gate can't be reached by what commands it


@pytest.mark.parametrize("what", ["killed", "frozen", "cut off"])
async def test_whatever_becomes_of_the_gate_the_panel_misses_no_poll_and_the_vendor_is_out(
    what: str, tmp_path: Path
) -> None:
    """H04: no poll is missed; the vendor's session ends by itself, and what was on its way reaches no controller."""
    (tmp_path / "run").mkdir()
    panel = Panel()
    async with AsyncExitStack() as around:
        plc = await around.enter_async_context(device())
        await around.enter_async_context(running(panel, plc))
        stack = around.enter_context(ExitStack())
        watchdog = stack.enter_context(plant_side.watchdog(Layout(tmp_path).folder))
        where: Any = SimpleNamespace(port=plc.port)
        gate, port = await asyncio.to_thread(stack.enter_context, small_gate(tmp_path, where, 600, "linked"))
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(READ)
        assert len(await reader.readexactly(13)) == 13
        await panel.goes_on()
        harmed(what, gate, watchdog)
        if what == "frozen":
            writer.write(WRITE)  # nobody reads it any more, and nobody ever will
        with suppress(ConnectionError):
            assert await asyncio.wait_for(reader.read(), 30) == b""
        with suppress(ConnectionError):
            writer.write(WRITE)
            await writer.drain()
        await panel.goes_on()
        watchdog.send_signal(signal.SIGCONT)
        assert await plc.registers() == BEFORE
        writer.close()
    assert panel.missed == 0
    assert [function for _unit, function, _address, _written in plc.log if "write" in function] == []
