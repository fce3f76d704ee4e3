"""EtherNet/IP for the tests of its filter, and for the shared tests of every filter."""

import struct

from broker.conduits.enip.frames import (
    LIST_IDENTITY,
    REGISTER,
    SEND_RR,
    SEND_UNIT,
    Frame,
    Framing,
    Packet,
    packed,
)
from broker.conduits.enip.requests import Plain, Request, read
from domain.access import Action

SESSION = 7
OUT, BACK, KEY = 0x11, 0x22, (5, 6, 7)


def framed(command: int, data: bytes = b"", number: int = 1, session: int = SESSION) -> bytes:
    return Frame(command, session, 0, number.to_bytes(8, "little"), data).wire()


def unconnected(message: str | bytes, number: int = 1) -> bytes:
    """A message to the message router, or from it; as hex."""
    return framed(SEND_RR, packed(Packet(_bytes(message))), number)


def connected(message: str | bytes, number: int = 1, by: int = OUT) -> bytes:
    return framed(SEND_UNIT, packed(Packet(_bytes(message), by, number)), 0)


def _bytes(message: str | bytes) -> bytes:
    return message if isinstance(message, bytes) else bytes.fromhex(message)


def to_tag(code: int, name: str, data: str = "") -> bytes:
    """A service of a tag."""
    path = bytes((0x91, len(name))) + name.encode() + b"\0" * (len(name) % 2)
    return bytes((code, len(path) // 2)) + path + bytes.fromhex(data)


def several(*messages: bytes) -> bytes:
    """A Multiple Service Packet of ``messages``."""
    at, starts = 2 + 2 * len(messages), []
    for one in messages:
        starts.append(at)
        at += len(one)
    head = struct.pack(f"<H{len(messages)}H", len(messages), *starts)
    return bytes.fromhex("0a 02 20 02 24 01") + head + b"".join(messages)


def sent_on(message: bytes, route: str = "01 00") -> bytes:
    """An Unconnected Send of ``message``."""
    to = bytes.fromhex(route)
    inner = len(message).to_bytes(2, "little") + message + b"\0" * (len(message) % 2)
    return bytes.fromhex("52 02 20 06 24 01 05 9d") + inner + bytes((len(to) // 2, 0)) + to


def opening(route: str = "01 02 20 02 24 01", transport: int = 0xA3, code: int = 0x54) -> bytes:
    """A Forward Open, by which the tool wants to be answered over the connection ``BACK``."""
    to = bytes.fromhex(route)
    head = struct.pack("<BBIIHHIB3xI", 5, 157, 0, BACK, *KEY, 0, 1000)
    rest = struct.pack("<HIHBB", 0x43F4, 1000, 0x43F4, transport, len(to) // 2)
    if code == 0x5B:
        rest = struct.pack("<IIIBB", 0x43F4, 1000, 0x43F4, transport, len(to) // 2)
    return bytes((code, 2)) + bytes.fromhex("20 06 24 01") + head + rest + to


def closing() -> bytes:
    return bytes.fromhex("4e 02 20 06 24 01") + struct.pack("<BBHHIBx", 5, 157, *KEY, 0)


OPENED = bytes.fromhex("d4 00 00 00") + struct.pack("<IIHHIIIBx", OUT, BACK, *KEY, 1000, 1000, 0)
CLOSED = bytes.fromhex("ce 00 00 00") + struct.pack("<HHIBx", *KEY, 0)
READ, WRITE = to_tag(0x4C, "Speed", "0100"), to_tag(0x4D, "Speed", "c400 0100 5e010000")
VALUE = "cc 00 00 00 c400 2a000000"
TALK = (
    (True, framed(REGISTER, b"\1\0\0\0", session=0)),
    (False, framed(REGISTER, b"\1\0\0\0")),
    (True, unconnected(opening())),
    (False, unconnected(OPENED)),
    (True, framed(LIST_IDENTITY) + unconnected(READ, 2) + unconnected(sent_on(WRITE), 3)),
    (False, unconnected(VALUE, 2) + unconnected(VALUE, 9)),
    (
        True,
        connected(several(READ, READ), 4) + connected(several(READ, WRITE), 5) + connected(READ, 6, by=0x99),
    ),
    (False, connected("8a 00 00 00 0200 0600 1000" + VALUE + VALUE, 4, by=BACK)),
    (True, unconnected("0e 03 20 01 24 01 30 07", 7) + unconnected("05 02 20 01 24 01 00", 8)),
    (False, unconnected("8e 00 14 00", 7)),
    (True, unconnected("4b 02 20 67 24 01 00", 9)),
)


def may_reach(data: bytes) -> bool:
    """Whether these are whole frames that only look. A connection may be one that was opened before."""
    whole = b""
    for frame in Framing().feed(data):
        whole += frame.wire()
        match read(frame, {}):
            case Plain():
                pass
            case Request() as request:
                if any(use.action is not Action.VIEW for use in request.uses):
                    return False
            case _:
                return False
    return whole == data
