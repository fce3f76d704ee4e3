"""Places of a CPU's memory, as read and write name them, and what stands there. Pure.

Only the general address (S7ANY) is read: an area, a data block, a byte and a bit, a type and a count.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass

INPUTS, PERIPHERY, COUNTERS, TIMERS, DATA_BLOCKS = 0x81, 0x80, 0x1C, 0x1D, 0x84

AREAS: Mapping[int, str] = {
    0x03: "SM system ",
    0x05: "SM",
    0x06: "AI",
    0x07: "AQ",
    PERIPHERY: "P",
    INPUTS: "I",
    0x82: "Q",
    0x83: "M",
    DATA_BLOCKS: "DB",
    COUNTERS: "C",
    TIMERS: "T",
}
"""By their code, as engineers name them; those below 0x10 are the S7-200's. Instance data (0x85) and local data (0x86)
are missing on purpose: over the line they would be other names for places that have one."""

NEVER_A_SENSOR_S_WORD = frozenset({INPUTS, PERIPHERY, 0x06})
"""Areas that say how the plant is: to write them takes an override."""


@dataclass(frozen=True, slots=True)
class Type:
    """What stands at a place: its letter in an address, its bytes, and how they are read (as ``struct`` says)."""

    letter: str
    size: int
    form: str


BIT, BYTE = 0x01, 0x02
TYPES: Mapping[int, Type] = {
    BIT: Type("X", 1, "B"),
    BYTE: Type("B", 1, "B"),
    0x03: Type("B", 1, "B"),  # character
    0x04: Type("W", 2, "H"),
    0x05: Type("W", 2, "h"),
    0x06: Type("D", 4, "I"),
    0x07: Type("D", 4, "i"),
    0x08: Type("D", 4, "f"),
    0x0A: Type("D", 4, "I"),  # time of day
    0x0B: Type("D", 4, "i"),  # time
    0x0C: Type("W", 2, "H"),  # S5 time
    COUNTERS: Type("", 2, "H"),
    TIMERS: Type("", 2, "H"),
}

SPECIFICATION, LENGTH, ANY = 0x12, 0x0A, 0x10
ITEM = 12
"""Bytes of an item with the general address, from its specification on."""

ADDRESSES = 0x10000
"""Bytes of an area. A CPU that counts in two bytes would take a place beyond for one within."""

Number = int | float


@dataclass(frozen=True, slots=True)
class Item:
    """``count`` neighbours of one type. ``byte`` counts from 0; of timers and counters it is the number."""

    area: int
    block: int
    byte: int
    bit: int
    kind: int
    count: int

    @property
    def length(self) -> int:
        """How many bytes its values have."""
        return TYPES[self.kind].size * self.count

    @property
    def places(self) -> range:
        """The bytes that it touches; of timers and counters the numbers."""
        return range(self.byte, self.byte + (self.count if self.area in {COUNTERS, TIMERS} else self.length))

    @property
    def table(self) -> str:
        """The data block, or the area: ``DB10``, ``M``."""
        return f"DB{self.block}" if self.area == DATA_BLOCKS else AREAS[self.area].strip()

    @property
    def address(self) -> str:
        """Its first place within the table: ``4``, ``4.0`` for a bit."""
        return f"{self.byte}.{self.bit}" if self.kind == BIT else str(self.byte)

    def __str__(self) -> str:
        kind = TYPES[self.kind]
        if self.area == DATA_BLOCKS:
            before, letter = f"DB{self.block}.", f"DB{kind.letter}"
        else:
            before, letter = "", AREAS[self.area] + ("" if self.kind == BIT else kind.letter)
        last = self.byte + (self.count - 1) * (1 if self.area in {COUNTERS, TIMERS} else kind.size)
        return f"{before}{letter}{self.address}" + (f" to {letter}{last}" if self.count > 1 else "")

    def values(self, data: bytes) -> tuple[Number, ...]:
        """What these bytes say at this place."""
        said = struct.unpack(f">{self.count}{TYPES[self.kind].form}", data)
        return tuple(one & 1 for one in said) if self.kind == BIT else said

    def data(self, values: tuple[Number, ...]) -> bytes:
        """The bytes of these values, ``count`` in number."""
        return struct.pack(f">{self.count}{TYPES[self.kind].form}", *values)


@dataclass(frozen=True, slots=True)
class Wrong:
    """An item that can be told from its neighbours and that a CPU refuses by ``code``, its return code."""

    code: int
    sentence: str


BAD_ADDRESS, BAD_TYPE, BAD_LENGTH = 0x05, 0x06, 0x07
NOT_ALLOWED = 0x03
DONE = 0xFF
"""Return codes of items."""

RETURN_CODES: Mapping[int, str] = {
    0x01: "hardware error",
    NOT_ALLOWED: "access not allowed",
    BAD_ADDRESS: "address out of range",
    BAD_TYPE: "type not supported",
    BAD_LENGTH: "type inconsistent",
    0x0A: "does not exist",
}


def item(data: bytes) -> Item | Wrong:
    """The item in these twelve bytes, whose specification and length were looked at."""
    kind, count = data[3], int.from_bytes(data[4:6])
    block, area, address = int.from_bytes(data[6:8]), data[8], int.from_bytes(data[9:12])
    if area not in AREAS:
        return Wrong(BAD_ADDRESS, f"the area {area:#04x} has no name")
    if kind not in TYPES or (kind in {COUNTERS, TIMERS}) != (area in {COUNTERS, TIMERS}) or (
        area in {COUNTERS, TIMERS} and kind != area
    ):  # fmt: skip
        return Wrong(BAD_TYPE, f"the type {kind:#04x} does not stand in {AREAS[area].strip()}")
    if not count or (kind == BIT and count != 1):
        return Wrong(BAD_TYPE, f"{count} of its type at once")
    byte, bit = (address, 0) if kind in {COUNTERS, TIMERS} else (address >> 3, address & 7)
    if bit and kind != BIT:
        return Wrong(BAD_ADDRESS, "its address is between two bytes")
    found = Item(area, block if area == DATA_BLOCKS else 0, byte, bit, kind, count)
    if found.places.stop > ADDRESSES or (area == DATA_BLOCKS and not block):
        return Wrong(BAD_ADDRESS, "its address is beyond the last one")
    return found


IN_BITS, IN_BYTES = frozenset({0x04, 0x05}), frozenset({0x06, 0x07, 0x09})
ONE_BIT = 0x03
"""Transport sizes of data, by how their length counts."""


@dataclass(frozen=True, slots=True)
class Part:
    """One item's data, with its return code."""

    code: int
    transport: int
    data: bytes


def parts(data: bytes, count: int) -> tuple[Part, ...] | None:
    """The data of ``count`` items, an odd one filled up but for the last; None when a length contradicts another."""
    found: list[Part] = []
    at = 0
    for number in range(count):
        if len(data) - at < 4:
            return None
        code, transport, length = data[at], data[at + 1], int.from_bytes(data[at + 2 : at + 4])
        if transport in IN_BITS:
            if length % 8:
                return None
            length //= 8
        elif transport == ONE_BIT:
            length = (length + 7) // 8
        elif transport not in IN_BYTES and (transport or length):
            return None
        at += 4
        if len(data) - at < length:
            return None
        found.append(Part(code, transport, data[at : at + length]))
        at += length
        if length % 2 and number < count - 1:
            at += 1
    return tuple(found) if at == len(data) else None


def fits(one: Item, part: Part) -> bool:
    """Whether these data are exactly as many as the item names, and of its kind."""
    if (one.kind == BIT) != (part.transport == ONE_BIT):
        return False
    return len(part.data) == one.length
