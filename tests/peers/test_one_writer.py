"""Two vendors' engineers at one controller, each with a stock ssh and an approved permit of their own."""

import asyncio
from ipaddress import ip_address

from domain.plant import Endpoint, Protocol
from tests.peers.gate import PeerGate
from tests.sshd import Sshd


async def test_the_second_writer_waits_until_the_first_has_left_and_reads_why(
    gate: PeerGate, asset: Sshd
) -> None:
    """D06: one writer per controller by default; the second is refused, with who and until when, and a leaf."""
    here = ip_address("127.0.0.1")
    ssh = Endpoint(Protocol.SSH, here, asset.port, (asset.host_key,))
    gate.place("eng-ws-1", ssh, Endpoint(Protocol.S7, here, 102))
    ana, ben = gate.person("ana"), gate.person("ben")
    for name in ("ana", "ben"):
        gate.permit(name, "eng-ws-1")
    holding = asyncio.create_task(ana.ssh("ana+eng-ws-1", "cat >/dev/null; sleep 600"))
    await gate.seen("PassageOpened")
    again = await ana.ssh("ana+eng-ws-1", "echo mine")
    assert (again.status, again.out) == (0, b"mine\n"), again.complaint
    refused = await ben.ssh("ben+eng-ws-1", "echo yours")
    assert (refused.status, refused.out) == (77, b"")
    assert "refused [writer_present]: Ana may write to it at this moment, until 20" in refused.complaint
    assert [(one.code, one.person) for one in await gate.seen("PassageRefused")] == [
        ("writer_present", "ben")
    ]
    holding.cancel()
    await gate.supervisor.end("all", "killed")
    free = await ben.ssh("ben+eng-ws-1", "echo yours")
    assert (free.status, free.out) == (0, b"yours\n"), free.complaint
