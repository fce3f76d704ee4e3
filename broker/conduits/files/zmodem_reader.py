"""The files that one side of a terminal sends by zmodem, read beside the stream: how much of each came, its digest, and whether it was whole. Pure.

Chuck Forsberg, *The ZMODEM Inter Application File Transfer Protocol* (1988): section 7.3 has the headers, 7.4 how letters are escaped, 7.5 the subpackets, 8.2 the order
of frames, 11.5 what ZFILE says. What a frame holds counts when its own checksum says so, as for whoever receives it.
"""

import re
import zlib
from binascii import crc_hqx
from collections.abc import Iterator

from broker.conduits.files.crossed import Crossed
from broker.conduits.files.outputs import Moved
from domain.access import Flow

ZDLE = 0x18
ZFILE, ZFIN, ZDATA, ZEOF = 4, 8, 10, 11
HEADER = re.compile(rb"\*\x18([ABC])")
END = re.compile(rb"\x18([hijk])")
"""Of a subpacket: ZCRCE and ZCRCW end its frame, behind ZCRCG and ZCRCQ comes another."""

MORE = frozenset(b"ij")
FLOW_CONTROL = bytes((0x11, 0x13, 0x91, 0x93))
MOST_HELD_BYTES = 64 * 1024
"""A subpacket has 8 KiB at most where lrzsz sends it, and twice that when all of it is escaped."""


class Transfers:
    """One direction's. ``feed`` says of each file once that it is over."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._held = b""
        self._frame = 0
        """The type of the frame whose subpackets come; 0 between frames."""
        self._checks = 4
        """Bytes of a subpacket's checksum."""
        self._name: bytes | None = None
        self._crossed = Crossed()
        self._at = self._reached = 0

    def feed(self, data: bytes | memoryview) -> Iterator[Moved]:
        """Files that were over by the end of these bytes."""
        if not self._held and not self._frame and HEADER.search(data) is None:
            self._held = bytes(data[-1:]) if bytes(data[-1:]) in {b"*", b"\x18"} else b""
            return
        held, at = self._held + bytes(data), 0
        while True:
            step = self._subpacket(held, at) if self._frame else self._header(held, at)
            if step is None:
                break
            at, moved = step
            if moved is not None:
                yield moved
        self._held = held[at:]
        if not self._frame and HEADER.search(self._held) is None:
            self._held = self._held[-2:]
        elif len(self._held) > MOST_HELD_BYTES:
            self._held, self._frame = b"", 0

    def over(self) -> Iterator[Moved]:
        """The channel is over: what was not whole never will be."""
        if self._name is not None:
            yield self._told(whole=False)

    def _header(self, held: bytes, at: int) -> tuple[int, Moved | None] | None:
        match = HEADER.search(held, at)
        if match is None:
            return None
        if match[1] == b"B":
            digits = held[match.end() : match.end() + 14]
            if len(digits) < 14:
                return None
            try:
                whole, end = bytes.fromhex(digits.decode("ascii", "replace")), match.end() + 14
            except ValueError:
                return match.end(), None
            sound = crc_hqx(whole, 0) == 0
        else:
            checks = 2 if match[1] == b"A" else 4
            found = _plain(held, match.end(), 5 + checks)
            if found is None:
                return None
            whole, end = found
            self._checks = checks
            sound = _sound(whole[:5], whole[5:])
        return (
            (end, self._begun(whole[0], int.from_bytes(whole[1:5], "little")))
            if sound
            else (match.end(), None)
        )

    def _begun(self, kind: int, place: int) -> Moved | None:
        """A frame begins; the file that is over by it."""
        over = None
        if kind in {ZFILE, ZFIN} and self._name is not None:
            over = self._told(whole=False)
        elif kind == ZEOF and self._name is not None:
            over = self._told(whole=place == self._reached)
        self._frame = kind if kind in {ZFILE, ZDATA} else 0
        if kind == ZDATA:
            self._at = place
        return over

    def _subpacket(self, held: bytes, at: int) -> tuple[int, Moved | None] | None:
        match = END.search(held, at)
        found = None if match is None else _plain(held, match.end(), self._checks)
        if match is None or found is None:
            return None
        kind, (check, end) = match[1], found
        data = _unescaped(held[at : match.start()])
        frame, more = self._frame, kind[0] in MORE
        if not more:
            self._frame = 0
        if not _sound(data + kind, check):
            self._frame = 0  # whoever receives it asks for it again, and then a header comes
        elif frame == ZFILE:
            self._name = data.partition(b"\x00")[0]
            self._crossed, self._at, self._reached = Crossed(), 0, 0
        elif self._name is not None:
            self._crossed.take(self._at, data)
            self._at += len(data)
            self._reached = max(self._reached, self._at)
        return end, None

    def _told(self, *, whole: bool) -> Moved:
        crossed, name = self._crossed, self._name or b""
        self._name = None
        # Whoever was offered a file and took none of it said no: ZSKIP.
        refused = not whole and not crossed.octets
        return Moved(
            name, self._flow, crossed.begin or 0, crossed.octets, crossed.sha256, whole, failed=refused
        )


def _sound(data: bytes, check: bytes) -> bool:
    if len(check) == 2:
        return crc_hqx(data + check, 0) == 0
    return zlib.crc32(data) == int.from_bytes(check, "little")


def _plain(held: bytes, at: int, size: int) -> tuple[bytes, int] | None:
    """So many bytes, unescaped, and where they end; None while they have not all come."""
    found = bytearray()
    while len(found) < size:
        if at >= len(held) or (held[at] == ZDLE and at + 1 >= len(held)):
            return None
        if held[at] == ZDLE:
            found.append(_letter(held[at + 1]))
            at += 2
        else:
            if held[at] not in FLOW_CONTROL:
                found.append(held[at])
            at += 1
    return bytes(found), at


def _unescaped(data: bytes) -> bytes:
    first, *rest = data.translate(None, FLOW_CONTROL).split(b"\x18")
    return first + b"".join(bytes((_letter(one[0]),)) + one[1:] for one in rest if one)


def _letter(escaped: int) -> int:
    return {0x6C: 0x7F, 0x6D: 0xFF}.get(escaped, escaped ^ 0x40)
