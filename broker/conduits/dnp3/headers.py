"""The object headers of a DNP3 fragment and the objects behind them, read strictly. Pure.

IEEE 1815-2012, clause 4.2.2.7: group, variation and qualifier; the qualifier says how objects are counted and
whether each has an index or a size before it.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from broker.conduits.dnp3.objects import CLASS, DEVICE_ATTRIBUTE, GROUPS, PACKED, size

ALL = 0x06
RANGES = {0x00: struct.Struct("<BB"), 0x01: struct.Struct("<HH"), 0x02: struct.Struct("<II")}
COUNTS = {
    index << 4 | count: (1 << count - 7, {0: 0, 1: 1, 2: 2, 3: 4}[index])
    for index in range(4)
    for count in (0x7, 0x8, 0x9)
}
"""How many bytes the count has, and the index before each object."""

SIZED = 0x5B
"""A size of two bytes before each object: all that the standard has with free format."""

_INDEXES = {1: "B", 2: "H", 4: "I"}

MOST_POINTS = 4096
"""Objects behind one header of a request; a fragment holds no more than half of that with their data."""


@dataclass(frozen=True, slots=True)
class Header:
    """One header with what follows it."""

    group: int
    variation: int
    points: Sequence[int] | None
    """The points by index; None for all of them, or where none is named."""
    count: int = 0
    """How many, where they are only counted."""
    values: tuple[bytes, ...] = ()
    """The objects, in the order of ``points``; of packed ones each bit in a byte of its own."""
    raw: tuple[bytes, ...] = ()
    """The header, then each object with its prefix; all of it together where no object carries data, or they are packed."""

    def __str__(self) -> str:
        name = GROUPS.get(self.group, f"group {self.group}")
        if self.group == CLASS:
            return f"class {self.variation - 1}"
        if self.points is None:
            return (
                name
                if self.count == 1
                else f"{name}, {self.count} of them"
                if self.count
                else f"all of {name}"
            )
        if len(self.points) == 1:
            return f"{name} {self.points[0]}"
        if isinstance(self.points, range):
            return f"{name}s {self.points[0]} to {self.points[-1]}"
        return f"{name}s {', '.join(map(str, self.points[:8]))}{', …' if len(self.points) > 8 else ''}"


class UnreadableError(Exception):
    """Objects can't be read. ``unknown``: they may be well-formed, but nobody here knows how long they are."""

    def __init__(self, sentence: str, *, unknown: bool = False) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.unknown = unknown


def headers(data: bytes, *, carries: bool) -> Iterator[Header]:
    """All headers in ``data``. ``carries``: objects follow them. Raises UnreadableError."""
    at = 0
    while at < len(data):
        found, at = _header(data, at, carries=carries)
        yield found


def _left(data: bytes, end: int) -> None:
    if len(data) < end:
        raise UnreadableError("A fragment ends before its objects do.")


def _number(data: bytes, at: int, count: int) -> int:
    _left(data, at + count)
    return int.from_bytes(data[at : at + count], "little")


def _header(data: bytes, start: int, *, carries: bool) -> tuple[Header, int]:
    """The header at ``start`` with what follows it, and where that ends."""
    at = start + 3
    _left(data, at)
    group, variation, qualifier = data[start:at]
    if (widths := COUNTS.get(qualifier)) is not None:
        width, index = widths
        count = _number(data, at, width)
        at += width
        if carries or (index and count > MOST_POINTS):
            return _counted(data, start, at, count, index)
        end = at + count * index
        _left(data, end)
        points = struct.unpack_from(f"<{count}{_INDEXES[index]}", data, at) if index else None
        return Header(group, variation, points, count, (), (data[start:end],)), end
    if qualifier == ALL:
        return Header(group, variation, None, 0, (), (data[start:at],)), at
    if (both := RANGES.get(qualifier)) is not None:
        _left(data, at + both.size)
        first, last = both.unpack_from(data, at)
        if last < first:
            raise UnreadableError(f"A range of objects goes from {first} to {last}.")
        return _ranged(data, start, at + both.size, range(first, last + 1), carries=carries)
    if qualifier != SIZED:
        raise UnreadableError(f"Objects with the qualifier {qualifier:#04x}, which the standard has not.")
    count = _number(data, at, 1)
    at += 1
    raw, values = [data[start:at]], []
    for _ in range(count):
        end = at + 2 + _number(data, at, 2)
        _left(data, end)
        values.append(data[at + 2 : end])
        raw.append(data[at:end])
        at = end
    return Header(group, variation, None, count, tuple(values), tuple(raw)), at


def _size(group: int, variation: int) -> int:
    found = size(group, variation)
    if found is None:
        raise UnreadableError(
            f"Nobody here knows objects of group {group}, variation {variation}.", unknown=True
        )
    return found


def _many(count: int) -> None:
    if count > MOST_POINTS:
        raise UnreadableError(f"{count} objects behind one header.")


def _ranged(data: bytes, start: int, at: int, points: range, *, carries: bool) -> tuple[Header, int]:
    """Objects of neighbouring points: behind the header at ``start``, from ``at`` on."""
    group, variation, head = data[start], data[start + 1], data[start:at]
    if not carries:
        return Header(group, variation, points, 0, (), (head,)), at
    count = points.stop - points.start
    _many(count)
    if (bits := PACKED.get((group, variation), 0)) != 0:
        end = at + (count * bits + 7) // 8
        _left(data, end)
        packed = data[at:end]
        found = (packed[one * bits // 8] >> one * bits % 8 & (1 << bits) - 1 for one in range(count))
        return Header(group, variation, points, 0, tuple(bytes((one,)) for one in found), (head, packed)), end
    if group == DEVICE_ATTRIBUTE:  # a type, a length, and so many bytes
        values = []
        for _ in points:
            end = at + 2 + _number(data, at + 1, 1)
            _left(data, end)
            values.append(data[at:end])
            at = end
        return Header(group, variation, points, 0, tuple(values), (head, *values)), at
    each = _size(group, variation)
    end = at + count * each
    _left(data, end)
    same = tuple(data[at + one * each : at + (one + 1) * each] for one in range(count))
    return Header(group, variation, points, 0, same, (head, *same)), end


def _counted(data: bytes, start: int, at: int, count: int, index: int) -> tuple[Header, int]:
    """``count`` objects with their data behind the header at ``start``, from ``at`` on, each with ``index`` bytes that say which it is."""
    group, variation = data[start], data[start + 1]
    _many(count)
    if (group, variation) in PACKED:
        raise UnreadableError("Packed objects that are counted.")
    each = 0
    if count:
        _left(data, at + index)
        each = index + _size(group, variation)
    end = at + count * each
    _left(data, end)
    whole = [data[at + one * each : at + (one + 1) * each] for one in range(count)]
    named = tuple(int.from_bytes(one[:index], "little") for one in whole) if index else None
    return Header(
        group, variation, named, count, tuple(one[index:] for one in whole), (data[start:at], *whole)
    ), end
