"""DNP3's link frames: a stream into frames, wherever the stream is split, each checksum held. Pure.

IEEE 1815-2012, clause 9: two start bytes, a length, a control byte, destination and source with the lower byte first,
a checksum; then blocks of up to 16 bytes, each with its own. The length counts what is no start, length or checksum.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from fastcrc import crc16

START = b"\x05\x64"
HEAD = 10
"""Bytes of a header with its checksum."""

BLOCK = 16
LEAST_LENGTH = 5
MOST_DATA = 250
"""Bytes of user data in one frame."""

FROM_MASTER, PRIMARY = 0x80, 0x40
COUNT_VALID = 0x10
BROADCASTS = frozenset({0xFFFD, 0xFFFE, 0xFFFF})
RESERVED = range(0xFFF0, 0xFFFC)

RESET_LINK, TEST_LINK, CONFIRMED, UNCONFIRMED, REQUEST_STATUS = 0, 2, 3, 4, 9
"""What a primary station sends."""

ACK, NACK, LINK_STATUS, NOT_SUPPORTED = 0, 1, 11, 15
"""What a secondary station answers."""

PRIMARIES = frozenset({RESET_LINK, TEST_LINK, CONFIRMED, UNCONFIRMED, REQUEST_STATUS})
SECONDARIES = frozenset({ACK, NACK, LINK_STATUS, NOT_SUPPORTED})
CARRIES = frozenset({CONFIRMED, UNCONFIRMED})


_crc = crc16.dnp
_SOUND = _crc(b"\xff\xff")
"""The checksum of whatever ends with its own: that of no bytes at all is ff ff. Behind given bytes no other two make it."""

_ADDRESSED = struct.Struct("<BHH")
"""Behind start and length: control, destination and source."""


def checksum(data: bytes) -> bytes:
    """The two bytes behind ``data`` (clause 9.2.6)."""
    return _crc(data).to_bytes(2, "little")


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame. ``data`` is what it carries, without checksums: at most 250 bytes."""

    control: int
    destination: int
    source: int
    data: bytes = b""
    _came: bytes = field(default=b"", init=False, compare=False, repr=False)
    """Of one that was read: its bytes, which ``wire`` would make again. A frame that is made of it has none."""

    @classmethod
    def of(cls, whole: bytes, data: bytes) -> "Frame":
        """The frame that was read from ``whole``, with the checksums that it must have, and carries ``data``."""
        control, destination, source = _ADDRESSED.unpack_from(whole, 3)
        frame = cls(control, destination, source, data)
        object.__setattr__(frame, "_came", whole)
        return frame

    @property
    def function(self) -> int:
        """What is asked of the link, or answered; which of both says ``primary``."""
        return self.control & 0x0F

    @property
    def primary(self) -> bool:
        """Whether it asks, and does not answer another frame."""
        return bool(self.control & PRIMARY)

    @property
    def from_master(self) -> bool:
        """Which end says that it sent it."""
        return bool(self.control & FROM_MASTER)

    @property
    def broadcast(self) -> bool:
        """Whether every outstation that hears it takes it for its own."""
        return self.destination in BROADCASTS

    def wire(self) -> bytes:
        """The frame as it goes over the line."""
        if self._came:
            return self._came
        addresses = self.destination.to_bytes(2, "little") + self.source.to_bytes(2, "little")
        head = START + bytes((len(self.data) + LEAST_LENGTH, self.control)) + addresses
        blocks = (self.data[at : at + BLOCK] for at in range(0, len(self.data), BLOCK))
        return head + checksum(head) + b"".join(block + checksum(block) for block in blocks)

    def not_supported(self) -> bytes:
        """The outstation's answer to a service of the link that it has not."""
        control = NOT_SUPPORTED | (0 if self.from_master else FROM_MASTER)
        return Frame(control, self.source, self.destination).wire()


class Framing:
    """One direction of a connection. Holds one unfinished frame at most: less than 293 bytes."""

    def __init__(self, *, from_master: bool) -> None:
        """``from_master``: which end sends in this direction."""
        self._from_master = from_master
        self._rest = b""
        self.fault = ""
        """Why the stream is no DNP3 from here on; empty while it is."""

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that are whole by now. Once ``fault`` is set nothing more comes."""
        rest, at = self._rest + data, 0
        while not self.fault and len(rest) > at:
            if not START.startswith(rest[at : at + 2]):
                self.fault = "A frame does not begin with 05 64."
            elif len(rest) - at < HEAD:
                break
            elif _crc(rest[at : at + HEAD]) != _SOUND:
                self.fault = "A frame's header has a wrong checksum."
            elif (count := rest[at + 2] - LEAST_LENGTH) < 0:
                self.fault = f"A frame says that it is {rest[at + 2]} bytes long, where 5 is the least."
            elif len(rest) - at < (length := HEAD + _blocked(count)):
                break
            elif (found := _unblocked(whole := rest[at : at + length])) is None:
                self.fault = "A block of a frame has a wrong checksum."
            else:
                frame = Frame.of(whole, found)
                self.fault = _fault(frame, from_master=self._from_master)
                if not self.fault:
                    yield frame
                at += length
        self._rest = b"" if self.fault else rest[at:]


def _blocked(count: int) -> int:
    """How many bytes ``count`` bytes of data are with their checksums."""
    return count + 2 * ((count + BLOCK - 1) // BLOCK)


def _unblocked(frame: bytes) -> bytes | None:
    """What a whole frame carries, without its checksums; None where one is wrong."""
    found = []
    for at in range(HEAD, len(frame), BLOCK + 2):
        block = frame[at : at + BLOCK + 2]
        if _crc(block) != _SOUND:
            return None
        found.append(block[:-2])
    return b"".join(found)


def _fault(frame: Frame, *, from_master: bool) -> str:
    """Why a whole frame can't be one in this direction; empty when it can."""
    if frame.from_master is not from_master:
        return "A frame says that it comes from the other end."
    if frame.function not in (PRIMARIES if frame.primary else SECONDARIES):
        return f"The link has no function {frame.function}."
    if bool(frame.data) is not (frame.primary and frame.function in CARRIES):
        return f"The link's function {frame.function} with {len(frame.data)} bytes of data."
    if frame.source >= RESERVED.start or frame.destination in RESERVED:
        return "An address of a frame is a reserved one."
    return ""
