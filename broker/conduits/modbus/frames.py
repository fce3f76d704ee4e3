"""Modbus/TCP's framing: a stream into frames, wherever the stream is split. Pure.

MODBUS Messaging on TCP/IP Implementation Guide V1.0b, section 3.1.3: transaction, protocol and length in two bytes
each, the unit in one, then the PDU. The length counts the unit and the PDU.
"""

from collections.abc import Iterator
from dataclasses import dataclass

PROTOCOL_END = 4
HEAD = 6
"""Bytes up to and with the length field."""

LONGEST_PDU = 253
"""MODBUS Application Protocol V1.1b3, section 4.1."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One message. ``pdu`` is one to 253 bytes, the function first."""

    transaction: int
    unit: int
    pdu: bytes

    @property
    def function(self) -> int:
        """The function's code; in an answer that is an exception, with its highest bit set."""
        return self.pdu[0]

    def wire(self) -> bytes:
        """The frame as it goes over the line."""
        length = len(self.pdu) + 1
        return b"%b\0\0%b%c%b" % (self.transaction.to_bytes(2), length.to_bytes(2), self.unit, self.pdu)

    def exception(self, code: int) -> bytes:
        """An exception in answer to this request, as the device itself would send it (V1.1b3, section 7)."""
        return Frame(self.transaction, self.unit, bytes((self.function | 0x80, code))).wire()


class Framing:
    """One direction of a connection. Holds one unfinished frame at most: less than 260 bytes."""

    def __init__(self) -> None:
        self._rest = b""
        self.fault = ""
        """Why the stream is no Modbus from here on; empty while it is."""

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that are whole by now. Once ``fault`` is set nothing more comes."""
        rest = self._rest + data
        at = 0
        while not self.fault and len(rest) - at >= PROTOCOL_END:
            if rest[at + 2] or rest[at + 3]:
                self.fault = "Its protocol identifier is not that of Modbus, 0."
            elif len(rest) - at < HEAD:
                break
            elif not 2 <= (length := int.from_bytes(rest[at + 4 : at + HEAD])) <= LONGEST_PDU + 1:
                self.fault = f"A frame says that {length} bytes follow, where Modbus has 2 to 254."
            elif len(rest) - at < HEAD + length:
                break
            else:
                end = at + HEAD + length
                yield Frame(int.from_bytes(rest[at : at + 2]), rest[at + 6], rest[at + 7 : end])
                at = end
        self._rest = b"" if self.fault else rest[at:]
