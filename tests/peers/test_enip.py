"""Stock EtherNet/IP clients and a real device, with a stock OpenSSH and the gate between them."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from cpppo.server.enip import client
from pycomm3 import CIPDriver, Services

from broker.reading.transactions import transactions
from domain.access import Action
from domain.plant import Protocol
from recorder.format.frame import Kind
from tests.broker.conduits.enip.samples import framed, unconnected
from tests.broker.running import crossed
from tests.peers.gate import PeerGate
from tests.peers.tunnel import tunnel

VIEW = frozenset({Action.VIEW})
PRIVILEGE, INVALID_VALUE = 0x0F, 0x09
LOGGED = re.compile(r"^ *(\w+)\[ *([0-9]+)-[0-9]+ *\] (==|<=) \[(.*)\]", re.MULTILINE)
Line = tuple[str, int, bool, tuple[str, ...]]
"""What the device's own log says: the tag, the first element, whether it was written, and the values."""

IDENTITY = {"class_code": 1, "instance": 1}


@asynccontextmanager
async def device(log: list[Line] | None = None) -> AsyncIterator[int]:
    """The port of a controller with ten numbers, all 0. ``log``: once it is gone, what it itself says was done to them."""
    kept = ["--print", "-v"] if log is not None else []
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-u", "-m", "cpppo.server.enip", *kept, "--no-config", "-a", "127.0.0.1:0", "-A", "-U", "SPEED=DINT[10]",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert server.stdout is not None
    try:
        async with asyncio.timeout(60):
            line = (await server.stdout.readline()).decode()
        yield int(line.rpartition(",")[2].strip(" )\n"))
    finally:
        server.terminate()
        said = (await server.stdout.read()).decode()
        await server.wait()
    if log is not None:
        log += [
            (name, int(first), way == "<=", tuple(values.split(", ")))
            for name, first, way, values in LOGGED.findall(said)
        ]


def told(port: int, *tags: str) -> list[tuple[object, object]]:
    """What a stock client shows for each of ``tags``: the status and the value."""
    with client.connector(host="127.0.0.1", port=port, timeout=20) as plc:
        asked = client.parse_operations(tags)
        return [(status, value) for *_, status, value in plc.synchronous(operations=asked, timeout=20)]


async def shown(port: int, *tags: str) -> list[tuple[object, object]]:
    return await asyncio.to_thread(told, port, *tags)


async def test_under_view_a_client_reads_and_every_way_to_change_something_is_refused_at_the_device(
    gate: PeerGate,
) -> None:
    """C11, D13, C05: the device's own tags are unchanged, and the tools show a normal error."""
    async with device() as plc:
        async with tunnel(gate, Protocol.ETHERNET_IP, plc, VIEW) as local:
            found = await shown(local, "SPEED[0-2]", "SPEED[1]=(DINT)350", "SPEED[0-1]")
            assert found == [(0, [0, 0, 0]), (PRIVILEGE, None), (0, [0, 0])]
            about, answers = await asyncio.to_thread(_asked_by_pycomm3, local)
            assert about["product_name"] == "1756-L61/B LOGIX5561"
            named, *refused = answers
            assert named.value == b"\x141756-L61/B LOGIX5561"
            assert [one.error for one in refused] == ["Permission denied"] * 3
        assert await shown(plc, "SPEED[0-2]") == [(0, [0, 0, 0])]
    leaves = await gate.seen("PassageRefused", 4)
    assert {leaf.code for leaf in leaves} == {"ethernet_ip_service_not_permitted"}
    assert leaves[0].sentence.endswith("write tag, tag SPEED[1].")
    listed = [row.what for frames in await gate.recorded() for row in transactions(frames)]
    assert "slot 0: read tag, tag SPEED[0]: 0, 0, 0" in listed
    assert any("identity 1 attribute 7: " in what for what in listed)


def _asked_by_pycomm3(port: int) -> tuple[dict[str, object], list[object]]:
    """What a second client is told: who the device is, and four services, one over a connection that it opens."""
    about = CIPDriver.list_identity(f"127.0.0.1:{port}")
    with CIPDriver(f"127.0.0.1:{port}") as plc:
        ask = plc.generic_message
        return about, [
            ask(service=Services.get_attribute_single, attribute=7, connected=True, **IDENTITY),
            ask(
                service=Services.set_attribute_single,
                attribute=7,
                connected=True,
                request_data=b"\0",
                **IDENTITY,
            ),
            ask(service=Services.reset, connected=False, request_data=b"\0", **IDENTITY),
            ask(service=Services.reset, connected=False, unconnected_send=True, route_path=True, **IDENTITY),
        ]


async def test_under_operate_the_write_reaches_the_device_and_a_reset_does_not(gate: PeerGate) -> None:
    """C11: what is above the permit's actions stays refused."""
    async with device() as plc:
        async with tunnel(gate, Protocol.ETHERNET_IP, plc, VIEW | {Action.OPERATE}) as local:
            assert await shown(local, "SPEED[1]=(DINT)350") == [(0, True)]
            _about, answers = await asyncio.to_thread(_asked_by_pycomm3, local)
            assert [one.error for one in answers[1:]] == ["Permission denied"] * 3
        assert await shown(plc, "SPEED[0-2]") == [(0, [0, 350, 0])]
    rows = [row for frames in await gate.recorded() for row in transactions(frames)]
    (written,) = [row.what for row in rows if row.outcome == "done" and "write" in row.what]
    assert written == "slot 0: write tag, tag SPEED[1] = 350"


async def test_what_lies_outside_the_limits_is_refused_at_the_device(gate: PeerGate) -> None:
    """S-05: by tag, by element, by value; the tool shows an error and the tags stay as they were."""
    limits = frozenset(
        {
            'ethernet-ip read tags "SPEED"',
            'ethernet-ip write tags "SPEED[1]" between -10 and 350',
            'ethernet-ip write tags "SPEED[2]"',
            'ethernet-ip read objects "identity 1"',
        }
    )
    actions = VIEW | {Action.OPERATE}
    async with device() as plc:
        async with tunnel(gate, Protocol.ETHERNET_IP, plc, actions, limits) as local:
            asked = (
                "SPEED[1]=(DINT)350",
                "SPEED[1]=(DINT)351",
                "SPEED[2]=(DINT)9",
                "SPEED[3]=(DINT)9",
                "SPEED[0-3]",
            )
            refused, invalid = (PRIVILEGE, None), (INVALID_VALUE, None)
            found = await shown(local, *asked)
            assert found == [(0, True), invalid, (0, True), refused, (0, [0, 350, 9, 0])]
        assert await shown(plc, "SPEED[0-3]") == [(0, [0, 350, 9, 0])]
    leaves = await gate.seen("PassageRefused", 2)
    assert [(leaf.code, leaf.sentence) for leaf in leaves] == [
        (
            "ethernet_ip_value_not_permitted",
            "The permit's limits do not allow this value: slot 0: write tag, tag SPEED[1] = 351.",
        ),
        (
            "ethernet_ip_object_not_permitted",
            "The permit's limits do not reach there: slot 0: write tag, tag SPEED[3].",
        ),
    ]


async def test_a_maintenance_job_is_listed_as_the_device_itself_logged_it(gate: PeerGate) -> None:
    """C11: diagnostics, a set-point within its bounds and beyond, a restart that is not named; both ways, no line more and none less."""
    limits = {
        'ethernet-ip read tags "SPEED"',
        'ethernet-ip write tags "SPEED[1]" between 0 and 350',
        'ethernet-ip read objects "identity 1"',
    }
    logged: list[Line] = []
    async with (
        device(logged) as plc,
        tunnel(gate, Protocol.ETHERNET_IP, plc, frozenset(Action), frozenset(limits)) as local,
    ):
        await shown(local, "SPEED[0-2]", "SPEED[1]=(DINT)351", "SPEED[1]=(DINT)350", "SPEED[2]=(DINT)1")
        await asyncio.to_thread(_asked_by_pycomm3, local)
        await shown(local, "SPEED[1-1]")
    listed = [row for frames in await gate.recorded() for row in transactions(frames)]
    ours = []
    for one in (row.done for row in listed):
        if one is not None and one.table == "tag":
            name, _, first = one.address.rstrip("]").partition("[")
            ours.append((name, int(first), one.writes, one.values))
    assert ours == logged
    assert len(ours) == 3
    assert sorted(row.outcome for row in listed if row.outcome != "done") == [
        "refused: ethernet_ip_object_not_permitted",
        "refused: ethernet_ip_object_not_permitted",
        "refused: ethernet_ip_service_not_permitted",
        "refused: ethernet_ip_service_not_permitted",
        "refused: ethernet_ip_value_not_permitted",
    ], "an attribute, an element and a value beyond; a restart, by two ways"


async def test_a_maker_s_own_service_is_answered_and_ends_the_connection(gate: PeerGate) -> None:
    """C11: what nobody can judge does not pass, whatever the permit is for. PCCC for one, which can stop a controller."""
    async with device() as plc, tunnel(gate, Protocol.ETHERNET_IP, plc, frozenset(Action)) as local:
        reader, writer = await asyncio.open_connection("127.0.0.1", local)
        writer.write(framed(0x66) + unconnected("4b 02 20 67 24 01 00"))
        assert await reader.read() == unconnected("cb 00 08 00")
        writer.close()
    leaves = await gate.seen("PassageRefused", 2)
    assert {leaf.code for leaf in leaves} == {"ethernet_ip_service_unknown"}
    assert crossed((await gate.recorded())[0], Kind.TO_ASSET) == framed(0x66)
