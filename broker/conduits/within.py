"""Whether what one request touches lies within a permit's limits for its protocol. Pure.

Every address that it touches must be covered, and every value that it writes must be within the bounds of a limit that
covers its address. What is written without saying the value (a mask) is within no bounds.
"""

import math
import struct
from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import Enum

from domain.plant import Form, Limit, Way
from domain.vocabulary import table_of, width
from domain.web_path import covers

Value = int | float | Decimal
_SIGNED = frozenset({Form.SIGNED, Form.SIGNED_16, Form.SIGNED_32, Form.SIGNED_32_LOW_FIRST})
_LOW_FIRST = frozenset({Form.UNSIGNED_32_LOW_FIRST, Form.SIGNED_32_LOW_FIRST, Form.FLOAT_32_LOW_FIRST})
_FLOATS = frozenset({Form.FLOAT_32, Form.FLOAT_32_LOW_FIRST})


class Beyond(Enum):
    """Why something is not within."""

    PLACE = "place"
    VALUE = "value"
    """The place is covered, and what would be written there is not within its bounds."""


class Within:
    """A permit's limits for one protocol; without any, everything is within."""

    def __init__(self, limits: Iterable[Limit]) -> None:
        self._limits = tuple(limits)
        self._units = {one.unit for one in self._limits}
        self._names = {one.place: table.names for one in self._limits if (table := table_of(one)) is not None}
        self._known: dict[tuple[Way, int | None, str, str], tuple[Limit, ...]] = {}

    def __bool__(self) -> bool:
        """Whether there are limits at all."""
        return bool(self._limits)

    def uses(self, unit: int | None, function: str, name: str = "") -> bool:
        """Whether ``unit`` may be asked for a function that touches no address, or for what has this ``name``."""
        return not self._limits or any(
            self._matching(Way.USE, unit, function, one) for one, _valued in self._holders(function, name)
        )

    def asks(self, method: str, path: str) -> bool:
        """Whether ``path``, in its one written form, may be asked for by ``method``."""
        if not self._limits:
            return True
        return any(
            one.way is Way.USE and one.place == method and covers(one.name, path) for one in self._limits
        )

    def reads(self, unit: int | None, place: str, first: int, count: int, name: str = "") -> bool:
        """Whether ``count`` neighbours from ``first`` may be read."""
        return not self._limits or _covered(self._matching(Way.READ, unit, place, name), first, count)

    def writes(
        self, unit: int | None, place: str, first: int, values: Sequence[Value | None], name: str = ""
    ) -> Beyond | None:
        """Why ``values``, one for each neighbour from ``first``, may not be written; None when they may."""
        if not self._limits:
            return None
        limits = self._matching(Way.WRITE, unit, place, name)
        if _covered([one for one in limits if one.least is None], first, len(values)):
            return None
        if not _covered(limits, first, len(values)):
            return Beyond.PLACE
        held = all(
            any(_holds(one, at, first, values) for one in limits)
            for at in range(first, first + len(values))
        )  # fmt: skip
        return None if held else Beyond.VALUE

    def reads_named(self, unit: int | None, place: str, name: str) -> bool:
        """Whether what has this ``name`` may be read, by a limit for it or for what it lies within."""
        return not self._limits or any(
            self.reads(unit, place, 0, 1, one) for one, _valued in self._holders(place, name)
        )

    def writes_named(
        self, unit: int | None, place: str, name: str, values: Iterable[Value | None]
    ) -> Beyond | None:
        """Why ``values`` may not be written, one after another, to what has this ``name``; None when they may."""
        if not self._limits:
            return None
        nearest, different = Beyond.PLACE, frozenset(values)
        for one, valued in self._holders(place, name):
            found = {self.writes(unit, place, 0, (value if valued else None,), one) for value in different}
            if found == {None}:
                return None
            nearest = nearest if Beyond.PLACE in found else Beyond.VALUE
        return nearest

    def _holders(self, place: str, name: str) -> Iterable[tuple[str, bool]]:
        names = self._names.get(place)
        return names.holders(name) if names is not None else ((name, True),)

    def _matching(self, way: Way, unit: int | None, place: str, name: str = "") -> tuple[Limit, ...]:
        """The limits for this place, by their first address. What is remembered is bounded by the limits there are."""
        key = (way, unit if unit in self._units else None, place, name)
        if key not in self._known:
            found = [
                one
                for one in self._limits
                if one.way is way and one.unit in {None, unit} and (one.place, one.name) == (place, name)
            ]
            if not found:
                return ()
            self._known[key] = tuple(sorted(found, key=lambda one: one.first))
        return self._known[key]


def _covered(limits: Sequence[Limit], first: int, count: int) -> bool:
    """Whether ``limits``, by their first address, cover all of it between them."""
    end = first + count
    for one in limits:
        if one.first > first:
            return False
        first = max(first, one.last + 1)
        if first >= end:
            return True
    return False


def _holds(limit: Limit, at: int, first: int, values: Sequence[Value | None]) -> bool:
    """Whether ``limit`` covers ``at``, and the value that is written there with it."""
    if not limit.first <= at <= limit.last:
        return False
    if limit.least is None or limit.most is None:
        return True
    table = table_of(limit)
    wide = width(limit.form, table) if table is not None else 1
    begin = at - (at - limit.first) % wide
    if begin < first or begin + wide > first + len(values):
        return False  # half a value: what the whole one becomes nobody can say
    written = values[begin - first : begin - first + wide]
    bits = table.bits if table is not None else 0
    value = (
        _read(limit.form, bits, [one for one in written if one is not None]) if None not in written else None
    )
    return value is not None and math.isfinite(value) and limit.least <= value <= limit.most


def _read(form: Form, bits: int, written: Sequence[Value]) -> Value:
    if form is Form.PLAIN:
        return written[0]
    words = [int(one) for one in (reversed(written) if form in _LOW_FIRST else written)]
    data = b"".join(one.to_bytes(bits // 8) for one in words)
    if form in _FLOATS:
        return float(struct.unpack(">f", data)[0])
    return int.from_bytes(data, signed=form in _SIGNED)
