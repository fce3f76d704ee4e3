"""What a Modbus request says, read strictly. Pure.

Every length and count is held against MODBUS Application Protocol V1.1b3, section 6: what two readers could take
for two different things is what a device might take for a third.
"""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from broker.conduits.modbus.frames import Frame
from broker.conduits.modbus.functions import (
    DEVICE_IDENTIFICATION,
    DIAGNOSTICS,
    ENCAPSULATED,
    FUNCTIONS,
    SUB_FUNCTIONS,
    Function,
)

ILLEGAL_FUNCTION = 1
ILLEGAL_ADDRESS = 2
ILLEGAL_VALUE = 3
BUSY = 6
"""Exception codes, V1.1b3 section 7."""

ADDRESSES = 0x10000
ON, OFF = 0xFF00, 0x0000
FILE_REFERENCE = 6
"""The one reference type that file records have."""


@dataclass(frozen=True, slots=True)
class Span:
    """``count`` neighbours of one table, the first at ``address``, as the line numbers them: from 0."""

    table: str
    address: int
    count: int

    def __str__(self) -> str:
        last = self.address + self.count - 1
        return (
            f"{self.table} {self.address}" if self.count == 1 else f"{self.table}s {self.address} to {last}"
        )


@dataclass(frozen=True, slots=True)
class Request:
    """One request that can be judged."""

    unit: int
    function: Function
    reads: Span | None = None
    writes: Span | None = None
    values: tuple[int, ...] = ()
    """What is written; of coils 0 and 1."""
    mask: tuple[int, int] | None = None
    """Of a mask write: AND, then OR."""

    def __str__(self) -> str:
        touched = " and ".join(str(span) for span in (self.reads, self.writes) if span)
        return f"unit {self.unit}: {self.function.name}{f', {touched}' if touched else ''}"


@dataclass(frozen=True, slots=True)
class Unknown:
    """A function that nobody here can judge."""

    name: str


@dataclass(frozen=True, slots=True)
class Illegal:
    """Well-formed, and outside what the protocol allows: what the device would refuse by this exception."""

    exception: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Malformed:
    """Its length contradicts its function."""

    sentence: str


Said = Request | Unknown | Illegal | Malformed


def read(frame: Frame) -> Said:
    """What ``frame``, from the vendor's client, asks for."""
    code, body = frame.function, frame.pdu[1:]
    if code == DIAGNOSTICS:
        return _diagnostics(frame.unit, body)
    function = FUNCTIONS.get(code)
    if function is None:
        return Unknown(f"function {code}")
    return READERS[code](frame.unit, function, body)


def _word(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2])


def words(data: bytes) -> tuple[int, ...]:
    """Registers as they go over the line: two bytes each, the higher first."""
    return struct.unpack(f">{len(data) // 2}H", data)


def bits(data: bytes, count: int) -> tuple[int, ...]:
    """The first ``count`` bits of coils as they are packed: the lowest of each byte first."""
    return tuple(data[at // 8] >> at % 8 & 1 for at in range(count))


def _length(function: Function) -> Malformed:
    return Malformed(f"The length of a request to {function.name} contradicts what it says.")


def _span(table: str, address: int, count: int, most: int) -> Span | Illegal:
    if not 1 <= count <= most:
        return Illegal(ILLEGAL_VALUE, f"{count} at once, where 1 to {most} are allowed.")
    if address + count > ADDRESSES:
        return Illegal(ILLEGAL_ADDRESS, f"{count} from address {address} go beyond the last address.")
    return Span(table, address, count)


def _reading(unit: int, function: Function, body: bytes) -> Said:
    if len(body) != 4:
        return _length(function)
    span = _span(function.reads, _word(body, 0), _word(body, 2), function.most_read)
    return span if isinstance(span, Illegal) else Request(unit, function, reads=span)


def _writing_one(unit: int, function: Function, body: bytes) -> Said:
    if len(body) != 4:
        return _length(function)
    value = _word(body, 2)
    if function is FUNCTIONS[0x05]:
        if value not in {ON, OFF}:
            return Illegal(ILLEGAL_VALUE, f"A coil can't be set to {value:#06x}; it is on or off.")
        value = int(value == ON)
    return Request(unit, function, writes=Span(function.writes, _word(body, 0), 1), values=(value,))


def _writing_many(unit: int, function: Function, body: bytes) -> Said:
    if len(body) < 5:
        return _length(function)
    count, data = _word(body, 2), body[5:]
    coils = function is FUNCTIONS[0x0F]
    if body[4] != len(data) or len(data) != ((count + 7) // 8 if coils else 2 * count):
        return _length(function)
    span = _span(function.writes, _word(body, 0), count, function.most_written)
    if isinstance(span, Illegal):
        return span
    return Request(unit, function, writes=span, values=bits(data, count) if coils else words(data))


def _reading_and_writing(unit: int, function: Function, body: bytes) -> Said:
    if len(body) < 9:
        return _length(function)
    count, data = _word(body, 6), body[9:]
    if body[8] != len(data) or len(data) != 2 * count:
        return _length(function)
    reads = _span(function.reads, _word(body, 0), _word(body, 2), function.most_read)
    writes = _span(function.writes, _word(body, 4), count, function.most_written)
    if isinstance(reads, Illegal):
        return reads
    if isinstance(writes, Illegal):
        return writes
    return Request(unit, function, reads, writes, words(data))


def _masking(unit: int, function: Function, body: bytes) -> Said:
    if len(body) != 6:
        return _length(function)
    mask = _word(body, 2), _word(body, 4)
    return Request(unit, function, writes=Span(function.writes, _word(body, 0), 1), mask=mask)


def _bare(unit: int, function: Function, body: bytes) -> Said:
    return _length(function) if body else Request(unit, function)


def _queue(unit: int, function: Function, body: bytes) -> Said:
    return Request(unit, function) if len(body) == 2 else _length(function)


def _records(unit: int, function: Function, body: bytes) -> Said:
    """File records: groups of reference type, file, record and length, each with its data where it is written."""
    if not body or body[0] != len(body) - 1 or not 7 <= body[0] <= 251:
        return _length(function)
    at = 1
    while at < len(body):
        if len(body) - at < 7:
            return _length(function)
        if body[at] != FILE_REFERENCE:
            return Illegal(ILLEGAL_ADDRESS, f"A file record of the unknown reference type {body[at]}.")
        at += 7 + (2 * _word(body, at + 5) if function is FUNCTIONS[0x15] else 0)
    return Request(unit, function) if at == len(body) else _length(function)


def _diagnostics(unit: int, body: bytes) -> Said:
    if len(body) < 2:
        return Malformed("A diagnostic request without its sub-function.")
    function = SUB_FUNCTIONS.get(_word(body, 0))
    if function is None:
        return Unknown(f"sub-function {_word(body, 0)} of diagnostics")
    echo = function is SUB_FUNCTIONS[0x00]
    if (len(body) % 2 if echo else len(body) != 4) or len(body) < 4:
        return _length(function)
    return Request(unit, function)


def _encapsulated(unit: int, function: Function, body: bytes) -> Said:
    if not body:
        return _length(function)
    if body[0] != DEVICE_IDENTIFICATION:
        return Unknown(f"encapsulated interface {body[0]}")
    if len(body) != 3:
        return _length(function)
    if not 1 <= body[1] <= 4:
        return Illegal(ILLEGAL_VALUE, f"Device identification by the unknown code {body[1]}.")
    return Request(unit, function)


READERS: Mapping[int, Callable[[int, Function, bytes], Said]] = {
    **dict.fromkeys((0x01, 0x02, 0x03, 0x04), _reading),
    **dict.fromkeys((0x05, 0x06), _writing_one),
    **dict.fromkeys((0x07, 0x0B, 0x0C, 0x11), _bare),
    **dict.fromkeys((0x0F, 0x10), _writing_many),
    **dict.fromkeys((0x14, 0x15), _records),
    0x16: _masking,
    0x17: _reading_and_writing,
    0x18: _queue,
    ENCAPSULATED: _encapsulated,
}
"""One for each of ``FUNCTIONS``."""
