"""A person's ``ssh -L`` through the gate to a device, for the tests of what may cross it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from ipaddress import ip_address

from broker.demo.ports import free_port
from domain.access import Action
from domain.permit import PermitState
from domain.plant import Endpoint, Protocol
from domain.web import Web
from tests.node_clients import bound, listens
from tests.peers.gate import FORWARD, PeerGate


@asynccontextmanager
async def tunnel(
    gate: PeerGate,
    protocol: Protocol,
    port: int,
    actions: frozenset[Action],
    limits: frozenset[str] = frozenset(),
    certificate: str = "",
    web: Web | None = None,
) -> AsyncIterator[int]:
    """The near end of Ana's forward to a device at ``port``, by a permit for ``actions`` within ``limits``.

    ``certificate``: of an OPC UA server, pinned; ``web``: of a panel, what the charter says of it.
    """
    ana, local = gate.person("ana"), free_port()
    endpoint = Endpoint(protocol, ip_address("127.0.0.1"), port, certificate=certificate, web=web)
    gate.place("plc-07", endpoint)
    for earlier in list(gate.plant.filed):  # each tunnel has a key of its own, and its permit with it
        gate.plant.move(earlier, PermitState.REVOKED)
    permit = gate.permit("ana", "plc-07", grants=frozenset({FORWARD}))
    filed = gate.plant.filed[permit]
    gate.plant.filed[permit] = replace(filed, permit=replace(filed.permit, actions=actions, limits=limits))
    forward = ["-N", "-L", f"127.0.0.1:{local}:plc-07:{port}", "-o", "ExitOnForwardFailure=yes"]
    ssh = await asyncio.create_subprocess_exec(
        *ana.command("ana", options=forward),
        env=ana.environment(),
        stdin=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(30):
            # Who only knocks there would start an engine.
            await (bound(local) if protocol is Protocol.RDP else listens(local))
        yield local
    finally:
        ssh.terminate()
        await ssh.wait()
