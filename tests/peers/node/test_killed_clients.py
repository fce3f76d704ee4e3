"""A client that is gone without a word leaves nothing open: not at the asset, and not in the ledger."""

import asyncio

import pytest

from broker.demo.ports import free_port
from tests.node import Node

QUERY = bytes.fromhex("0001 0000 0006 01 08 0000 a537")
"""Modbus, return query data: a device answers with the same."""

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def forwarded(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection through a forward, once ssh listens for it."""
    async with asyncio.timeout(60):
        while True:
            try:
                return await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)


@pytest.mark.parametrize("after", ["data", "close", "only-opened"])
async def test_a_forward_whose_client_is_killed_ends_its_session(plant: Node, after: str) -> None:
    person, port = plant.fresh(), free_port()
    device = plant.ports["port_plc_07"]
    permit = await plant.permitted(person, "plc-07", [f"forward:{device}"])
    async with plant.started(plant.client(person), person, "-N", "-L", f"{port}:plc-07:{device}") as client:
        reader, writer = await forwarded(port)
        if after != "only-opened":
            writer.write(QUERY)
            assert await reader.readexactly(len(QUERY)) == QUERY
        if after == "close":
            writer.close()
        opened = await plant.event("SessionOpened", permit=permit)
        await client.kill()
        writer.close()
    ended = await plant.event("SessionEnded", session=opened["session"])
    # Which of the two is seen first, the channel's end or the connection's, is the network's affair.
    assert ended["cause"] in {"finished", "client_gone"}
    await plant.only()
