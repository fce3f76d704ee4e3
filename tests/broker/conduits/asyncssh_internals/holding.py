"""What the gate holds of one client's bytes, and the most that it may."""

import asyncio
from typing import Any

from tests.peers.gate import PeerGate

ONE_SESSION_BYTES = 2 * 1024 * 1024


async def legs(gate: PeerGate) -> tuple[Any, Any]:
    """The gate's two connections of its only client, once the session runs."""
    await gate.seen("PassageOpened")
    connection = next(iter(gate.door._house.connections))
    seat = next(iter(connection.entry._seats.values()))
    async with asyncio.timeout(20):
        while seat.target is None:
            await asyncio.sleep(0.01)
    return connection._ssh, seat.target.connection


def held_bytes(*legs: Any) -> int:
    """What the gate holds of one client's bytes, in all the places where it could."""
    channels = [channel for leg in legs for channel in leg._channels.values()]
    waiting = sum(len(data) for channel in channels for data, _ in channel._recv_buf)
    deferred = sum(len(part) for leg in legs for _, parts in leg._deferred_packets for part in parts)
    return (
        waiting
        + deferred
        + sum(one._send_buf_len for one in channels)
        + sum(leg.unsent_bytes() for leg in legs)
    )


async def settled(gate: PeerGate) -> int:
    """The most that was held until nothing moved any more."""
    both = await legs(gate)
    most = 0
    still = 0
    last = -1
    async with asyncio.timeout(60):
        while still < 20:
            await asyncio.sleep(0.05)
            most = max(most, held_bytes(*both))
            view = gate.supervisor.sessions()[0]
            moved = view.bytes_to_vendor + view.bytes_to_asset
            still = still + 1 if moved == last else 0
            last = moved
    return most
