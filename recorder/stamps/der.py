"""Just enough of DER (X.690) to read a time-stamp and to ask for one. Pure.

Strict: definite lengths in their shortest form, tags of one byte, nothing behind the end. What is read in no other way can't be
taken for something else.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from domain.errors import EvidenceError

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, NULL, OID = 0x01, 0x02, 0x03, 0x04, 0x05, 0x06
UTF8_STRING, GENERALIZED_TIME, SEQUENCE, SET = 0x0C, 0x18, 0x30, 0x31
LAST_YEAR = 9000
"""From here on nothing can be added to an instant any more."""
LONGEST_OID = 30
"""How many arcs an object identifier may have; real ones have about ten."""


def context(number: int, *, constructed: bool = True) -> int:
    """The tag ``[number]``."""
    return (0xA0 if constructed else 0x80) | number


@dataclass(frozen=True, slots=True)
class Node:
    """One value. ``whole`` is tag, length and ``body``."""

    tag: int
    body: bytes
    whole: bytes

    def parts(self, *tags: int) -> "Parts":
        """What it is made of, where its tag is one of ``tags``; EvidenceError otherwise."""
        if self.tag not in tags:
            raise EvidenceError(f"A value of tag {self.tag:02x} stands where one of {tags[0]:02x} belongs.")
        return Parts(self.body)

    def integer(self) -> int:
        """The number in it, in its shortest form."""
        self._is(INTEGER)
        return integer_in(self.body)

    def oid(self) -> str:
        """The object identifier in it, in dots."""
        self._is(OID)
        return _dotted(self.body)

    def octets(self) -> bytes:
        """The bytes in it."""
        self._is(OCTET_STRING)
        return self.body

    def instant(self) -> datetime:
        """The instant in it: a GeneralizedTime in UTC, with or without a fraction."""
        self._is(GENERALIZED_TIME)
        return _instant(self.body)

    def _is(self, tag: int) -> None:
        if self.tag != tag:
            raise EvidenceError(f"A value of tag {self.tag:02x} stands where one of {tag:02x} belongs.")


class Parts:
    """Values one after another, taken in order."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def over(self) -> bool:
        """Whether all were taken."""
        return self._at == len(self._data)

    def next(self) -> Node:
        """The next one; EvidenceError where there is none."""
        node = _node(self._data, self._at)
        self._at += len(node.whole)
        return node

    def maybe(self, tag: int) -> Node | None:
        """The next one where it has this tag; else it stays."""
        return self.next() if not self.over and self._data[self._at] == tag else None

    def rest(self) -> tuple[Node, ...]:
        """All that are left."""
        found: list[Node] = []
        while not self.over:
            found.append(self.next())
        return tuple(found)

    def end(self) -> None:
        """EvidenceError where something is left."""
        if not self.over:
            raise EvidenceError("Something stands behind the end of a value.")


def read(data: bytes) -> Node:
    """The one value that ``data`` is; EvidenceError for anything else."""
    parts = Parts(data)
    node = parts.next()
    parts.end()
    return node


def integer_in(body: bytes) -> int:
    """The number that ``body`` writes; EvidenceError unless in its shortest form."""
    if not body or (len(body) > 1 and body[0] in {0x00, 0xFF} and (body[0] ^ body[1]) < 0x80):
        raise EvidenceError("A number is not in its shortest form.")
    return int.from_bytes(body, "big", signed=True)


def value(tag: int, *bodies: bytes) -> bytes:
    """``bodies`` as one value."""
    body = b"".join(bodies)
    size = len(body)
    if size < 0x80:
        return bytes([tag, size]) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


def integer(number: int) -> bytes:
    """``number`` as a value."""
    bits = (
        number if number >= 0 else ~number
    ).bit_length()  # -128 fits into one byte, and its own length says two
    return value(INTEGER, number.to_bytes(bits // 8 + 1, "big", signed=True))


def oid(dotted: str) -> bytes:
    """An object identifier as a value; ValueError where ``dotted`` is none."""
    first, second, *others = (int(arc) for arc in dotted.split("."))
    if not 0 <= first <= 2 or second < 0 or (first < 2 and second > 39) or min(others, default=0) < 0:
        raise ValueError(f"{dotted} is no object identifier")
    return value(OID, *(_arc(one) for one in (first * 40 + second, *others)))


def _arc(number: int) -> bytes:
    found = [number & 0x7F]
    while number := number >> 7:
        found.append(0x80 | number & 0x7F)
    return bytes(reversed(found))


def _node(data: bytes, at: int) -> Node:
    if len(data) - at < 2:
        raise EvidenceError("A value breaks off.")
    tag, size, start = data[at], data[at + 1], at + 2
    if tag & 0x1F == 0x1F:
        raise EvidenceError("A tag of more than one byte has no place here.")
    if size >= 0x80:
        wide = size & 0x7F
        length = data[start : start + wide]
        size, start = int.from_bytes(length, "big"), start + wide
        if not 1 <= wide <= 4 or len(length) != wide or length[0] == 0 or size < 0x80:
            raise EvidenceError("A length is not in its shortest form.")
    if len(data) - start < size:
        raise EvidenceError("A value breaks off.")
    return Node(tag, data[start : start + size], data[at : start + size])


def _dotted(body: bytes) -> str:
    arcs: list[int] = []
    number, fresh = 0, True
    for byte in body:
        if fresh and byte == 0x80:
            raise EvidenceError("An object identifier is not in its shortest form.")
        number, fresh = number << 7 | byte & 0x7F, byte < 0x80
        if fresh:
            arcs.append(number)
            number = 0
    if not arcs or not fresh or len(arcs) > LONGEST_OID:
        raise EvidenceError("An object identifier breaks off, or has no end.")
    first = min(arcs[0] // 40, 2)
    return ".".join(str(arc) for arc in (first, arcs[0] - first * 40, *arcs[1:]))


def _instant(body: bytes) -> datetime:
    text = body.decode("ascii", "replace")
    whole, dot, fraction = text.removesuffix("Z").partition(".")
    sound = text.endswith("Z") and len(whole) == 14 and whole.isdigit() and whole.isascii()
    if dot and not (fraction.isascii() and fraction.isdigit() and not fraction.endswith("0")):
        sound = False
    try:
        if sound:
            numbers = [int(whole[:4]), *(int(whole[at : at + 2]) for at in range(4, 14, 2))]
            if numbers[0] >= LAST_YEAR:
                raise ValueError("a year beyond all reckoning")  # noqa: TRY301 -- as datetime's own
            second = datetime(*numbers, tzinfo=UTC)  # type: ignore[arg-type,misc]  # six numbers
            return second + timedelta(microseconds=int(fraction[:6].ljust(6, "0") or 0))
    except ValueError:
        pass
    raise EvidenceError(f"{text[:30]!r} is no instant in UTC.")
