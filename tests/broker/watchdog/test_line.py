import asyncio
import os
import socket

import pytest

from broker.gate_process import GateProcess
from broker.watchdog.line import AttachedGate, object_in, peer_of
from domain.errors import PeerError


@pytest.mark.parametrize("line", [b"", b"7", b"null", b"[]", b"{", b"\xff", b"[" * 100_000])
def test_a_line_is_one_json_object(line: bytes) -> None:
    with pytest.raises(PeerError, match="one JSON object"):
        object_in(line, 1_000_000)


def test_a_line_is_no_longer_than_it_may_be() -> None:
    assert object_in(b'{"a":1}', 7) == {"a": 1}
    with pytest.raises(PeerError, match="6 bytes at most"):
        object_in(b'{"a":1}', 6)


async def test_a_gate_obeys_once_it_acknowledges_that_far() -> None:
    near, far = socket.socketpair()
    reader, writer = await asyncio.open_connection(sock=near)
    assert peer_of(writer) == (os.getpid(), os.getuid())
    gate = AttachedGate(GateProcess(1, 1, ""), writer)
    gate.send({"beat": 1})
    assert await asyncio.to_thread(far.recv, 100) == b'{"beat": 1}\n'
    assert not await gate.obeys(0, 0.01)
    gate.acknowledge(1)
    assert not await gate.obeys(2, 0.01)
    both = asyncio.gather(gate.obeys(2, 10), gate.obeys(3, 10))
    await asyncio.sleep(0)
    gate.acknowledge(3)
    assert await both == [True, True]
    gate.acknowledge(2)  # never backwards
    assert gate.acknowledged == 3
    writer.close()
    gate.send({"beat": 2})  # to a gate that has gone
    await writer.wait_closed()
    far.close()
    assert await reader.read() == b""
