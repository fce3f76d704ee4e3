"""CIP's explicit connections: what opens and closes one, and what the device answers to that. Pure.

CIP specification volume 1, 3-5.5. Only transport class 3 is read, by which a tool talks with a message router. Classes
0 and 1 carry a process' inputs and outputs, over UDP, and take the outputs from whoever has them.
"""

import struct
from dataclasses import dataclass

from broker.conduits.enip.paths import Path, PathError, path
from broker.conduits.enip.services import LARGE_FORWARD_OPEN, ROUTER

EXPLICIT = 3
_OPEN = struct.Struct("<BBIIHHIB3xI")
_CLOSE = struct.Struct("<BBHHI")

Key = tuple[int, int, int]
"""Serial number of a connection, vendor and serial number of who opened it: together they are one connection's."""


@dataclass(frozen=True, slots=True)
class Opening:
    """A request for a connection."""

    key: Key
    answers_by: int
    """The number of the connection on which the device is to answer; the tool chooses it."""
    transport: int
    route: Path


@dataclass(frozen=True, slots=True)
class Connection:
    """An open connection, by the number that the device chose for it."""

    key: Key
    answers_by: int
    slot: str


def opening(code: int, data: bytes) -> Opening | None:
    """What ``data`` of a Forward Open asks for; None when it can't be read."""
    large = code == LARGE_FORWARD_OPEN
    rest = struct.Struct("<IIIBB" if large else "<HIHBB")
    if len(data) < _OPEN.size + rest.size:
        return None
    _priority, _ticks, _out, back, serial, vendor, originator, _multiplier, _interval = _OPEN.unpack_from(
        data
    )
    *_parameters, transport, words = rest.unpack_from(data, _OPEN.size)
    route = _route(data[_OPEN.size + rest.size :], words)
    if route is None:
        return None
    return Opening((serial, vendor, originator), back, transport & 0x0F, route)


def closing(data: bytes) -> Key | None:
    """Which connection ``data`` of a Forward Close ends; None when it can't be read."""
    if len(data) < _CLOSE.size + 2:
        return None
    _priority, _ticks, serial, vendor, originator = _CLOSE.unpack_from(data)
    if _route(data[_CLOSE.size + 2 :], data[_CLOSE.size]) is None:
        return None
    return serial, vendor, originator


def opened(data: bytes) -> tuple[int, int, Key] | None:
    """What a device answers to a Forward Open: the number of each way, and whose connection it is."""
    if len(data) < 16:
        return None
    out, back, serial, vendor, originator = struct.unpack_from("<IIHHI", data)
    return out, back, (serial, vendor, originator)


def explicit(one: Opening) -> bool:
    """Whether a connection carries messages to the message router and nothing else."""
    return one.transport == EXPLICIT and (one.route.klass, one.route.instance, one.route.tag) == (
        ROUTER,
        1,
        "",
    )


def _route(data: bytes, words: int) -> Path | None:
    if len(data) != 2 * words:
        return None
    try:
        return path(data)
    except PathError:
        return None
