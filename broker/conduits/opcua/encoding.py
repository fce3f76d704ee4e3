"""OPC UA's binary encoding, as far as a request has to be read to be judged. Pure. OPC 10000-6, clause 5.2."""

import struct
from binascii import b2a_base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

DEEPEST = 8
"""Of a value in a value."""

MOST_ELEMENTS = 10_000
NONE = -1
UNREADABLE = "\N{REPLACEMENT CHARACTER}"
OF = " of "
"""Between a method and its object, in sentences and limits."""


class EncodingError(Exception):
    """Bytes that say nothing."""


@dataclass(frozen=True, slots=True)
class NodeId:
    """A node, by its namespace and its name there; a number of namespace 0 is one of the standard's."""

    namespace: int
    name: int | str
    kind: str = "i"
    """As it is written: a number (i), a text (s), a GUID (g) or bytes (b)."""

    def __str__(self) -> str:
        return self._written("".join(char if " " <= char <= "~" else "?" for char in str(self.name)[:120]))

    @property
    def exact(self) -> str:
        """As limits name it; empty where that could be said of another as well."""
        name = str(self.name)
        return self._written(name) if name.isprintable() and UNREADABLE not in name and OF not in name else ""

    def _written(self, name: str) -> str:
        return f"{self.kind}={name}" if not self.namespace else f"ns={self.namespace};{self.kind}={name}"


BOOLEAN = 1
_FLOATS = frozenset({10, 11})
_NUMBERS: Mapping[int, str] = {
    2: "<b",
    3: "<B",
    4: "<h",
    5: "<H",
    6: "<i",
    7: "<I",
    8: "<q",
    9: "<Q",
    10: "<f",
    11: "<d",
}


class Reader:
    """Reads one thing after another. Raises EncodingError."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    @property
    def over(self) -> bool:
        """Whether nothing is left."""
        return self._at == len(self._data)

    def take(self, count: int) -> bytes:
        """So many bytes."""
        if count < 0 or len(self._data) - self._at < count:
            raise EncodingError
        self._at += count
        return self._data[self._at - count : self._at]

    def number(self, form: str) -> float:
        """A number, as ``struct`` has it."""
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]  # type: ignore[no-any-return]

    def whole(self, form: str = "<I") -> int:
        """A whole number."""
        return int(self.number(form))

    @property
    def at(self) -> int:
        """How many bytes were read."""
        return self._at

    def since(self, begin: int) -> bytes:
        """What was read from there on."""
        return self._data[begin : self._at]

    def bytes_(self) -> bytes:
        """A string, or bytes; the null one is empty."""
        length = self.whole("<i")
        if length < NONE:
            raise EncodingError
        return self.take(max(length, 0))

    def text(self) -> str:
        """A string."""
        return self.bytes_().decode("utf-8", "replace")

    def array(self, one: Callable[[], T]) -> tuple[T, ...]:
        """Several; the null array is empty."""
        count = self.whole("<i")
        if not NONE <= count <= MOST_ELEMENTS:
            raise EncodingError
        return tuple(one() for _ in range(max(count, 0)))

    def node(self) -> NodeId:
        """A node's id (5.2.2.9)."""
        return self._node(self.whole("<B"))

    def _node(self, kind: int) -> NodeId:
        match kind:
            case 0:
                return NodeId(0, self.whole("<B"))
            case 1:
                return NodeId(self.whole("<B"), self.whole("<H"))
            case 2:
                return NodeId(self.whole("<H"), self.whole("<I"))
            case 3:
                return NodeId(self.whole("<H"), self.text(), "s")
            case 4:
                return NodeId(self.whole("<H"), self._guid(), "g")
            case 5:
                return NodeId(self.whole("<H"), b2a_base64(self.bytes_(), newline=False).decode("ascii"), "b")
            case _:
                raise EncodingError

    def _guid(self) -> str:
        """Its text (5.1.3), of which the first three parts go over the line with the lowest byte first."""
        first, second, third, rest = struct.unpack("<IHH8s", self.take(16))
        return f"{first:08x}-{second:04x}-{third:04x}-{rest[:2].hex()}-{rest[2:].hex()}"

    def expanded_node(self) -> NodeId:
        """A node's id that may name its namespace and server (5.2.2.10)."""
        kind = self.whole("<B")
        found = self._node(kind & 0x3F)
        if kind & 0x80:
            self.text()
        if kind & 0x40:
            self.whole()
        return found

    def extension(self) -> None:
        """An object of any type, which is not looked into (5.2.2.15)."""
        self.node()
        match self.whole("<B"):
            case 0:
                pass
            case 1 | 2:
                self.bytes_()
            case _:
                raise EncodingError

    def variant(self, depth: int = 0) -> str:
        """A value, for people (5.2.2.16)."""
        kind = self.whole("<B")
        if depth > DEEPEST or kind & 0x3F > 25:
            raise EncodingError
        if not kind & 0x3F:
            if kind:
                raise EncodingError
            return "null"
        if not kind & 0x80:
            if kind & 0x40:
                raise EncodingError
            return self._value(kind & 0x3F, depth)
        found = self.array(lambda: self._value(kind & 0x3F, depth))
        if kind & 0x40:
            self.array(lambda: self.whole("<i"))
        return f"[{', '.join(found[:8])}{', …' if len(found) > 8 else ''}]"

    def _value(self, kind: int, depth: int) -> str:
        if kind in _NUMBERS:
            found = self.number(_NUMBERS[kind])
            return f"{found:.10g}" if kind in _FLOATS else str(found)
        return _VALUES[kind](self, depth + 1)

    def qualified(self) -> str:
        """A name with its namespace (5.2.2.13)."""
        self.whole("<H")
        return self.text()

    def object_(self) -> str:
        """An object of any type, which is not looked into."""
        self.extension()
        return "an object"

    def localized(self) -> str:
        """A text with its language (5.2.2.14)."""
        mask = self.whole("<B")
        if mask > 3:
            raise EncodingError
        if mask & 1:
            self.text()
        return self.text() if mask & 2 else ""

    def data_value(self, depth: int = 0) -> str:
        """A value with its status and times (5.2.2.17)."""
        mask = self.whole("<B")
        if mask > 0x3F:
            raise EncodingError
        found = self.variant(depth) if mask & 1 else "null"
        status = self.whole() if mask & 2 else 0
        for bit, length in ((4, 8), (16, 2), (8, 8), (32, 2)):
            if mask & bit:
                self.take(length)
        return f"status {status:#010x}" if status & 0x80000000 else found

    def diagnostics(self, depth: int = 0) -> str:
        """Diagnostics, which are not looked at (5.2.2.12)."""
        mask = self.whole("<B")
        if depth > DEEPEST or mask > 0x7F:
            raise EncodingError
        for bit in (1, 2, 8, 4):
            if mask & bit:
                self.whole("<i")
        if mask & 16:
            self.text()
        if mask & 32:
            self.whole()
        if mask & 64:
            self.diagnostics(depth + 1)
        return "diagnostics"


def _shown(text: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in text[:60])


_VALUES: Mapping[int, Callable[[Reader, int], str]] = {
    1: lambda reader, _: "true" if reader.whole("<B") else "false",
    12: lambda reader, _: _shown(reader.text()),
    13: lambda reader, _: str(reader.whole("<q")),
    14: lambda reader, _: reader.take(16).hex(),
    **dict.fromkeys((15, 16), lambda reader, _: reader.bytes_()[:32].hex()),
    17: lambda reader, _: str(reader.node()),
    18: lambda reader, _: str(reader.expanded_node()),
    19: lambda reader, _: f"status {reader.whole():#010x}",
    20: lambda reader, _: _shown(reader.qualified()),
    21: lambda reader, _: _shown(reader.localized()),
    22: lambda reader, _: reader.object_(),
    23: lambda reader, depth: reader.data_value(depth),
    24: lambda reader, depth: reader.variant(depth),
    25: lambda reader, depth: reader.diagnostics(depth),
}
"""By the number of a type that is no number's (5.1.2)."""


def numbers(value: bytes) -> tuple[float | None, ...]:
    """The numbers that a value with its status and times writes, one of each element; None of what is no number."""
    reader = Reader(value)
    try:
        if not reader.whole("<B") & 1:
            return (None,)
        kind = reader.whole("<B")
        form = "<B" if kind & 0x3F == BOOLEAN else _NUMBERS.get(kind & 0x3F)
        if form is None:
            return (None,)
        if not kind & 0x80:
            return (reader.number(form),)
        return reader.array(lambda: reader.number(form)) or (None,)
    except EncodingError:
        return (None,)
