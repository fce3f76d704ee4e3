"""``penstock tunnel`` on a vendor's machine: a terminal, a gate, a real Modbus device behind it."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from ipaddress import ip_address

import pexpect
import pytest
from pymodbus.client import AsyncModbusTcpClient

from domain.plant import Endpoint, Protocol
from tests.openssh import Client
from tests.peers.gate import FORWARD, PeerGate
from tests.peers.test_modbus import Device, device

pytestmark = pytest.mark.usefixtures("plc")


@pytest.fixture
async def plc(gate: PeerGate) -> AsyncIterator[Device]:
    async with device() as running:
        gate.place("plc-07", Endpoint(Protocol.MODBUS, ip_address("127.0.0.1"), running.port))
        yield running


async def begun(client: Client, *more: str) -> "pexpect.spawn[str]":
    """The command on a terminal, the code typed."""
    gate = f"ana@{client.host}:{client.port}"
    files = ["-i", str(client.key), "--known-hosts", str(client.known_hosts)]
    child = await asyncio.to_thread(
        pexpect.spawn,
        sys.executable,
        ["-m", "broker", "tunnel", *more, "--gate", gate, *files],
        env={**os.environ, "HOME": str(client.folder)},
        encoding="utf-8",
        timeout=30,
        dimensions=(24, 200),
    )
    await asyncio.to_thread(child.expect, "One-time code")
    child.sendline(client.code())
    return child


async def test_a_tool_works_through_it_and_the_permit_holds(gate: PeerGate, plc: Device) -> None:
    ana = gate.person("ana")
    permit = gate.permit("ana", "plc-07", grants=frozenset({FORWARD}))
    child = await begun(ana, permit, "--json")
    await asyncio.to_thread(child.expect, r"\{.*\}")
    told = json.loads(str(child.after))
    assert (told["permit"], told["asset"]) == (permit, "plc-07")
    (way,) = told["ways"]
    assert (way["protocol"], way["port"]) == ("modbus", plc.port)
    assert way["local_port"] != plc.port  # the device itself listens there, on this machine
    assert not [one for one in gate.leaves.events if type(one).__name__ == "SessionOpened"]
    tool = AsyncModbusTcpClient("127.0.0.1", port=way["local_port"], timeout=10, retries=0)
    assert await tool.connect()
    assert (await tool.read_holding_registers(0, count=2, device_id=1)).registers == [17, 17]
    tool.close()
    assert len(await gate.seen("SessionOpened")) == 1
    child.sendintr()
    await asyncio.to_thread(child.expect, pexpect.EOF)
    await asyncio.to_thread(child.wait)
    assert child.exitstatus == 0


async def test_a_person_reads_what_to_type_and_why_a_tool_was_refused(gate: PeerGate, plc: Device) -> None:
    ana = gate.person("ana")
    permit = gate.permit("ana", "plc-07", grants=frozenset({FORWARD}))
    child = await begun(ana)
    await asyncio.to_thread(child.expect, f"plc-07, by permit {permit}, until ")
    await asyncio.to_thread(child.expect, r"In a Modbus master: TCP, host 127\.0\.0\.1, port (\d+)")
    assert child.match is not None
    local = int(child.match.group(1))
    gate.plant.filed.clear()
    _, writer = await asyncio.open_connection("127.0.0.1", local)
    await asyncio.to_thread(child.expect, r"penstock: refused \[no_permit\]: .* What to do: ")
    writer.close()
    child.close(force=True)
    assert not await plc_was_asked(gate)


async def plc_was_asked(gate: PeerGate) -> bool:
    return any(type(one).__name__ == "SessionOpened" for one in gate.leaves.events)


async def test_without_a_permit_it_says_so_and_ends(gate: PeerGate) -> None:
    child = await begun(gate.person("ana"))
    await asyncio.to_thread(child.expect, "No permit of yours")
    await asyncio.to_thread(child.expect, "What to do: ")
    await asyncio.to_thread(child.wait)
    assert child.exitstatus == 1


async def test_a_gate_with_another_host_key_is_not_talked_to(gate: PeerGate) -> None:
    client = gate.person("ana")
    client.known_hosts.write_text("")
    line = ["-m", "broker", "tunnel", "--gate", f"ana@{client.host}:{client.port}", "-i", str(client.key)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, *line, "--known-hosts", str(client.known_hosts), stderr=asyncio.subprocess.PIPE
    )
    _, said = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 69
    assert b"not one that is known here" in said
