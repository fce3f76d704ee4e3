"""The object headers of a DNP3 fragment and the objects behind them, read strictly. Pure.

IEEE 1815-2012, clause 4.2.2.7: group, variation and qualifier; the qualifier says how objects are counted and
whether each has an index or a size before it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from broker.conduits.dnp3.objects import CLASS, DEVICE_ATTRIBUTE, GROUPS, PACKED, size

ALL, FREE = 0x6, 0xB
RANGES = {0x0: 1, 0x1: 2, 0x2: 4}
COUNTS = {0x7: 1, 0x8: 2, 0x9: 4}
INDEXES = {0x0: 0, 0x1: 1, 0x2: 2, 0x3: 4}
SIZED = 0x5
"""Prefix: a size of two bytes. The only one that the standard has with free format."""

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
    """The header, then each object with its prefix; of packed ones all together."""

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
    rest = _Rest(data)
    while rest:
        yield _header(rest, carries=carries)


class _Rest:
    """What has not been read yet."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def __bool__(self) -> bool:
        return self._at < len(self._data)

    @property
    def at(self) -> int:
        return self._at

    def since(self, at: int) -> bytes:
        return self._data[at : self._at]

    def take(self, count: int) -> bytes:
        if len(self._data) - self._at < count:
            raise UnreadableError("A fragment ends before its objects do.")
        self._at += count
        return self._data[self._at - count : self._at]

    def number(self, count: int) -> int:
        return int.from_bytes(self.take(count), "little")


def _header(rest: _Rest, *, carries: bool) -> Header:
    start = rest.at
    group, variation, qualifier = rest.take(3)
    prefix, ranged = qualifier >> 4, qualifier & 0x0F
    if ranged in RANGES and prefix == 0:
        first, last = rest.number(RANGES[ranged]), rest.number(RANGES[ranged])
        if last < first:
            raise UnreadableError(f"A range of objects goes from {first} to {last}.")
        return _ranged(rest, start, group, variation, range(first, last + 1), carries=carries)
    if ranged == ALL and prefix == 0:
        return Header(group, variation, None, raw=(rest.since(start),))
    if ranged in COUNTS and prefix in INDEXES:
        count = rest.number(COUNTS[ranged])
        return _counted(rest, start, group, variation, count, INDEXES[prefix], carries=carries)
    if ranged == FREE and prefix == SIZED:
        count, raw, values = rest.number(1), [rest.since(start)], []
        for _ in range(count):
            before = rest.at
            values.append(rest.take(rest.number(2)))
            raw.append(rest.since(before))
        return Header(group, variation, None, count, tuple(values), tuple(raw))
    raise UnreadableError(f"Objects with the qualifier {qualifier:#04x}, which the standard has not.")


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


def _ranged(rest: _Rest, start: int, group: int, variation: int, points: range, *, carries: bool) -> Header:
    raw = [rest.since(start)]
    if not carries:
        return Header(group, variation, points, raw=tuple(raw))
    _many(points.stop - points.start)
    if (bits := PACKED.get((group, variation), 0)) != 0:
        packed = rest.take((len(points) * bits + 7) // 8)
        found = (packed[at * bits // 8] >> at * bits % 8 & (1 << bits) - 1 for at in range(len(points)))
        return Header(group, variation, points, 0, tuple(bytes((one,)) for one in found), (*raw, packed))
    values = []
    for _ in points:
        before = rest.at
        if group == DEVICE_ATTRIBUTE:  # a type, a length, and so many bytes
            rest.take(1)
            rest.take(rest.number(1))
        else:
            rest.take(_size(group, variation))
        values.append(rest.since(before))
    return Header(group, variation, points, 0, tuple(values), (*raw, *values))


def _counted(
    rest: _Rest, start: int, group: int, variation: int, count: int, index: int, *, carries: bool
) -> Header:
    raw = [rest.since(start)]
    if not index and not carries:
        return Header(group, variation, None, count, raw=tuple(raw))
    _many(count)
    if (group, variation) in PACKED and carries:
        raise UnreadableError("Packed objects that are counted.")
    points, values = [], []
    for _ in range(count):
        before = rest.at
        points.append(rest.number(index))
        if carries:
            values.append(rest.take(_size(group, variation)))
        raw.append(rest.since(before))
    return Header(group, variation, tuple(points) if index else None, count, tuple(values), tuple(raw))
