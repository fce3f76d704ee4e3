"""S7's two lower layers: a stream into connection packets and whole messages, wherever the stream is split. Pure.

TPKT (RFC 1006, section 6): version 3, a reserved byte, the length of the whole in two. In it COTP (ISO 8073, class 0):
a connection is asked for, confirmed and ended; data come in packets, of which the last of a message says so.
"""

from collections.abc import Iterator
from dataclasses import dataclass

HEAD = 4
"""Bytes of a TPKT's head."""

LONGEST_MESSAGE = 8192
"""Bytes of a message, more than any CPU agrees to (they do 240 to 960)."""

LONGEST_PACKET = HEAD + 3 + LONGEST_MESSAGE

CONNECT, CONFIRM, DISCONNECT, DISCONNECTED, DATA = 0xE0, 0xD0, 0x80, 0xC0, 0xF0
"""ISO 8073, section 13: CR, CC, DR, DC and DT. Class 0 needs no others; nor DC, but some stacks send it."""

DATA_HEAD = 2
"""The length indicator of a data packet in class 0: its code, and the byte that says whether it is the last."""


@dataclass(frozen=True, slots=True)
class Link:
    """A packet about the connection. ``body`` is what follows its code."""

    code: int
    body: bytes
    raw: bytes


@dataclass(frozen=True, slots=True)
class Unit:
    """A whole message; an empty one where a packet carried nothing, which Siemens' own tools send as a sign of life."""

    message: bytes
    raw: bytes
    """All of its packets, as they came."""


def packet(message: bytes) -> bytes:
    """``message`` in one packet, as it goes over the line."""
    return b"\3\0%b\2\xf0\x80%b" % ((HEAD + 3 + len(message)).to_bytes(2), message)


def disconnect(asked: Link) -> bytes:
    """The refusal of a connection (ISO 8073, 13.5), reason 128: the way to the other end is closed."""
    return b"\3\0\0\x0b\6\x80%b\0\0\x80" % asked.body[2:4].ljust(2, b"\0")


class Framing:
    """One direction of a connection. Holds one unfinished message at most: twice ``LONGEST_MESSAGE`` and a packet."""

    def __init__(self) -> None:
        self._rest = b""
        self._message = self._packets = b""
        self.fault = ""
        """Why the stream is no S7 from here on; empty while it is."""

    def feed(self, data: bytes) -> Iterator[Link | Unit]:
        """What is whole by now. Once ``fault`` is set nothing more comes."""
        rest = self._rest + data
        at = 0
        while not self.fault and at < len(rest):
            if rest[at] != 3 or rest[at + 1 : at + 2] not in {b"", b"\0"}:
                self.fault = "It does not begin as a TPKT does, with 3 and 0."
            elif len(rest) - at < HEAD:
                break
            elif not HEAD + 3 <= (length := int.from_bytes(rest[at + 2 : at + HEAD])) <= LONGEST_PACKET:
                self.fault = f"A TPKT of {length} bytes, where 7 to {LONGEST_PACKET} are allowed."
            elif len(rest) - at < length:
                break
            else:
                yield from self._packet(rest[at : at + length])
                at += length
        self._rest = b"" if self.fault else rest[at:]

    def _packet(self, raw: bytes) -> Iterator[Link | Unit]:
        indicated, code, body = raw[HEAD], raw[HEAD + 1], raw[HEAD + 2 :]
        if code != DATA:
            # python-snap7 counts one byte too few in its goodbye, which says nothing else.
            if indicated != len(body) + 1 and not (code == DISCONNECT and indicated == len(body)):
                self.fault = "The length of a COTP packet contradicts that of its TPKT."
            elif code not in {CONNECT, CONFIRM, DISCONNECT, DISCONNECTED}:
                self.fault = f"A COTP packet of the kind {code:#04x}, which class 0 does not need."
            elif self._packets:
                self.fault = "A COTP packet about the connection, in the midst of a message."
            else:
                yield Link(code, body, raw)
            return
        if indicated != DATA_HEAD or body[0] & 0x7F:
            self.fault = "A COTP data packet that is not of class 0."
            return
        self._message += body[1:]
        self._packets += raw
        if len(self._message) > LONGEST_MESSAGE or len(self._packets) > 2 * LONGEST_MESSAGE:
            self.fault = f"A message of more than {LONGEST_MESSAGE} bytes, or in too many packets."
        elif body[0] or not self._message:
            yield Unit(self._message, self._packets)
            self._message = self._packets = b""
