"""A client that is killed while its forward is still being opened leaves no session and no connection."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address

from broker.demo.ports import free_port
from domain.plant import Endpoint, Protocol
from tests.openssh import Client
from tests.peers.gate import FORWARD, PeerGate


@asynccontextmanager
async def forwarding(client: Client, to: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """``ssh -N -L`` with one connection made through it; killed on leaving."""
    local = free_port()
    ssh = await asyncio.create_subprocess_exec(
        *client.command("ana", "-N", "-L", f"127.0.0.1:{local}:{to}"),
        env=client.environment(),
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(30):
            while True:
                try:
                    _reader, writer = await asyncio.open_connection("127.0.0.1", local)
                    break
                except OSError:
                    await asyncio.sleep(0.05)
        try:
            yield ssh
        finally:
            writer.close()
    finally:
        if ssh.returncode is None:
            ssh.kill()
        await ssh.wait()


async def test_a_client_killed_while_the_asset_takes_its_time_leaves_nothing_open(gate: PeerGate) -> None:
    with socket.socket() as device:
        device.bind(("127.0.0.1", 0))
        device.listen(0)
        port = device.getsockname()[1]
        with socket.socket() as first:
            first.connect(device.getsockname())  # the queue is full: who comes next waits
            gate.place("plc-07", Endpoint(Protocol.TCP, ip_address("127.0.0.1"), port))
            ana = gate.person("ana")
            gate.permit("ana", "plc-07", grants=frozenset({FORWARD}))
            async with forwarding(ana, f"plc-07:{port}") as ssh:
                await gate.seen("PassageOpened")
                ssh.kill()
                await ssh.wait()
                async with asyncio.timeout(20):
                    await gate.door._house.emptied()
            device.accept()[0].close()  # now there is room: a connection that still waited would be made
            (ended,) = await gate.seen("SessionEnded")
            assert ended.cause == "finished"
            assert gate.supervisor.sessions() == ()


async def test_a_client_killed_while_its_permit_waits_opens_nothing_when_it_is_approved(
    gate: PeerGate,
) -> None:
    port = free_port()
    gate.place("plc-07", Endpoint(Protocol.TCP, ip_address("127.0.0.1"), port))
    ana = gate.person("ana")
    permit = gate.permit("ana", "plc-07", grants=frozenset({FORWARD}), approved=False)
    async with forwarding(ana, f"plc-07:{port}") as ssh:
        async with asyncio.timeout(20):
            while not gate.plant.asked:
                await asyncio.sleep(0.02)
        ssh.kill()
        await ssh.wait()
        async with asyncio.timeout(20):
            await gate.door._house.emptied()
    asked = len(gate.plant.asked)
    gate.decide(permit, yes=True)
    for _turn in range(20):  # whoever still waited would look again in one of the loop's next turns
        await asyncio.sleep(0)
    assert len(gate.plant.asked) == asked
    assert gate.supervisor.sessions() == ()
