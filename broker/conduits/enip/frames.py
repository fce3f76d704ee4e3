"""EtherNet/IP's encapsulation: a stream into frames, wherever the stream is split, and the items inside. Pure.

CIP specification volume 2, chapter 2: 24 bytes with the command, the length of what follows, the session, a status,
eight bytes that come back as they were sent, and options; all numbers with the lower byte first.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

HEAD = 24
MOST_DATA = 65_511
_HEADER = struct.Struct("<HHII8sI")

NOP, LIST_SERVICES, LIST_IDENTITY, LIST_INTERFACES = 0x00, 0x04, 0x63, 0x64
REGISTER, UNREGISTER, SEND_RR, SEND_UNIT = 0x65, 0x66, 0x6F, 0x70
COMMANDS = {
    NOP: "nothing",
    LIST_SERVICES: "list services",
    LIST_IDENTITY: "list identity",
    LIST_INTERFACES: "list interfaces",
    REGISTER: "register session",
    UNREGISTER: "unregister session",
    SEND_RR: "unconnected message",
    SEND_UNIT: "connected message",
}
"""All of volume 2, table 2-3.2, but those that it calls obsolete and the start of TLS, which nobody sees into."""

UNANSWERED = frozenset({NOP, UNREGISTER})
INCORRECT_DATA = 0x03
"""Encapsulation status: the frame makes no sense where it is."""

NO_ADDRESS, CONNECTED_ADDRESS, CONNECTED_DATA, UNCONNECTED_DATA = 0x0000, 0x00A1, 0x00B1, 0x00B2


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of the encapsulation."""

    command: int
    session: int
    status: int
    context: bytes
    data: bytes = b""
    options: int = 0

    def wire(self) -> bytes:
        """The frame as it goes over the line."""
        head = _HEADER.pack(
            self.command, len(self.data), self.session, self.status, self.context, self.options
        )
        return head + self.data


class Framing:
    """One direction of a connection. Holds one unfinished frame at most: less than 64 KiB."""

    def __init__(self) -> None:
        self._rest = b""
        self.fault = ""
        """Why the stream is no EtherNet/IP from here on; empty while it is."""

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that are whole by now. Once ``fault`` is set nothing more comes."""
        rest, at = self._rest + data, 0
        while not self.fault and len(rest) - at >= 4:
            command, length = struct.unpack_from("<HH", rest, at)
            if command not in COMMANDS:
                self.fault = f"There is no command {command:#06x}."
            elif length > MOST_DATA:
                self.fault = f"A frame says that {length} bytes follow, where {MOST_DATA} is the most."
            elif len(rest) - at < HEAD + length:
                break
            else:
                _command, _length, session, status, context, options = _HEADER.unpack_from(rest, at)
                yield Frame(command, session, status, context, rest[at + HEAD : at + HEAD + length], options)
                at += HEAD + length
        self._rest = b"" if self.fault else rest[at:]


@dataclass(frozen=True, slots=True)
class Packet:
    """What an unconnected or a connected message carries: one message for the message router, or from it."""

    message: bytes
    connection: int | None = None
    """By which connection; None of an unconnected one."""
    number: int = 0
    """Of a connected one its sequence count."""


def packet(data: bytes) -> Packet | None:
    """The packet in ``data``, which follows the head of a frame (volume 2, 2-6); None when it is none.

    Exactly an address and a message, as every message to an object has them; a third item in an answer is left out.
    """
    if len(data) < 8 or data[:4] != b"\0\0\0\0":
        return None
    found = _items(data[6:])
    if found is None or len(found) < 2:
        return None
    (address, where), (kind, message) = found[:2]
    if (address, kind, where) == (NO_ADDRESS, UNCONNECTED_DATA, b"") and message:
        return Packet(message)
    if (address, kind) == (CONNECTED_ADDRESS, CONNECTED_DATA) and len(where) == 4 and len(message) > 2:
        number = int.from_bytes(message[:2], "little")
        return Packet(message[2:], int.from_bytes(where, "little"), number)
    return None


def items(data: bytes) -> int:
    """How many items ``data`` says that it has."""
    return int.from_bytes(data[6:8], "little")


def _items(data: bytes) -> Sequence[tuple[int, bytes]] | None:
    found, at = [], 2
    for _ in range(int.from_bytes(data[:2], "little")):
        if len(data) - at < 4:
            return None
        kind, length = struct.unpack_from("<HH", data, at)
        if len(data) - at - 4 < length:
            return None
        found.append((kind, data[at + 4 : at + 4 + length]))
        at += 4 + length
    return found if at == len(data) else None


def packed(one: Packet) -> bytes:
    """The data of a frame that carries ``one``."""
    if one.connection is None:
        found = struct.pack("<HHHH", NO_ADDRESS, 0, UNCONNECTED_DATA, len(one.message)) + one.message
    else:
        found = struct.pack("<HHI", CONNECTED_ADDRESS, 4, one.connection)
        found += struct.pack("<HHH", CONNECTED_DATA, len(one.message) + 2, one.number) + one.message
    return struct.pack("<IHH", 0, 0, 2) + found
