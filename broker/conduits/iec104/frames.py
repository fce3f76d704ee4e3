"""IEC 60870-5-104's framing: a stream into frames of three formats, wherever the stream is split. Pure.

IEC 60870-5-104, clause 5: a start byte, a length, four control bytes, and in format I what is told (the ASDU).
"""

from collections.abc import Iterator
from dataclasses import dataclass

START = 0x68
HEAD = 2
CONTROL = 4
LONGEST = 253
"""Bytes that the length may count: the control bytes and the ASDU (clause 5.1)."""

NUMBERS = 0x8000
"""Send and receive numbers count to 32767 and begin anew (clause 5.2)."""

STARTDT, STARTDT_CON, STOPDT, STOPDT_CON, TESTFR, TESTFR_CON = 0x07, 0x0B, 0x13, 0x23, 0x43, 0x83
ACTIVATIONS = frozenset({STARTDT, STOPDT})
"""What only the controlling station sends, and only the controlled one confirms."""
CONFIRMATIONS = frozenset({STARTDT_CON, STOPDT_CON})
TESTS = frozenset({TESTFR, TESTFR_CON})


@dataclass(frozen=True, slots=True)
class Told:
    """Format I: an ASDU under the sender's number, and up to which number it has received the other's."""

    sent: int
    received: int
    asdu: bytes

    def wire(self) -> bytes:
        """The frame as it goes over the line."""
        numbers = (self.sent << 1).to_bytes(2, "little") + (self.received << 1).to_bytes(2, "little")
        return bytes((START, CONTROL + len(self.asdu))) + numbers + self.asdu


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Format S: up to which number it has received the other's."""

    received: int

    def wire(self) -> bytes:
        """The frame as it goes over the line."""
        return bytes((START, CONTROL, 1, 0)) + (self.received << 1).to_bytes(2, "little")


@dataclass(frozen=True, slots=True)
class Control:
    """Format U: a transfer is started or stopped, or the line tested."""

    function: int

    def wire(self) -> bytes:
        """The frame as it goes over the line."""
        return bytes((START, CONTROL, self.function, 0, 0, 0))


Frame = Told | Acknowledged | Control


class Framing:
    """One direction of a connection. Holds one unfinished frame at most: less than 255 bytes."""

    def __init__(self) -> None:
        self._rest = b""
        self.fault = ""
        """Why the stream is no IEC 104 from here on; empty while it is."""

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that are whole by now. Once ``fault`` is set nothing more comes."""
        rest = self._rest + data
        at = 0
        while not self.fault and at < len(rest):
            if rest[at] != START:
                self.fault = "A frame does not begin with 0x68."
            elif len(rest) - at < HEAD:
                break
            elif not CONTROL <= (length := rest[at + 1]) <= LONGEST:
                self.fault = f"A frame says that {length} bytes follow, where 4 to {LONGEST} are allowed."
            elif len(rest) - at < HEAD + length:
                break
            else:
                end = at + HEAD + length
                yield from self._frame(rest[at + HEAD : at + HEAD + CONTROL], rest[at + HEAD + CONTROL : end])
                at = end
        self._rest = b"" if self.fault else rest[at:]

    def _frame(self, control: bytes, asdu: bytes) -> Iterator[Frame]:
        sent, received = int.from_bytes(control[:2], "little"), int.from_bytes(control[2:], "little")
        if not sent & 1 and not received & 1 and asdu:
            yield Told(sent >> 1, received >> 1, asdu)
        elif sent == 1 and not received & 1 and not asdu:
            yield Acknowledged(received >> 1)
        elif sent in ACTIVATIONS | CONFIRMATIONS | TESTS and not received and not asdu:
            yield Control(sent)
        else:
            self.fault = "The control bytes of a frame are of none of its three formats."
