"""What a frame of format I tells: its type, its cause, its station, its places and their elements. Pure.

IEC 60870-5-101, clause 7.1, with the lengths that 104 fixes (clause 7): two bytes for the cause and for the station,
three for a place.
"""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from broker.conduits.iec104.types import SIZES

HEAD = 6
NEGATIVE, TEST = 0x40, 0x80
UNKNOWN_TYPE, UNKNOWN_CAUSE, UNKNOWN_STATION, UNKNOWN_PLACE = 44, 45, 46, 47
"""Causes by which a station says that it knows no such thing (clause 7.2.3)."""

Number = int | float


@dataclass(frozen=True, slots=True)
class Asdu:
    """One ASDU. ``places`` and ``elements`` are as many; in a sequence the places follow each other."""

    type: int
    cause: int
    station: int
    places: tuple[int, ...]
    elements: tuple[bytes, ...]
    originator: int = 0
    negative: bool = False
    test: bool = False
    sequence: bool = False


def refusal(asdu: bytes, cause: int) -> bytes:
    """What is told, told back with ``cause`` and a no, as the station would (101, clause 7.2.3.1)."""
    return asdu[:2] + bytes((cause | NEGATIVE | asdu[2] & TEST,)) + asdu[3:]


def read_asdu(data: bytes) -> Asdu | str:
    """The ASDU in these bytes, or a sentence that says why there is none."""
    if len(data) < HEAD:
        return "What it tells is cut short."
    kind, count, sequence = data[0], data[1] & 0x7F, bool(data[1] & 0x80)
    size = SIZES.get(kind)
    head = Asdu(
        kind, data[2] & 0x3F, int.from_bytes(data[4:6], "little"), (), (), data[3],
        negative=bool(data[2] & NEGATIVE), test=bool(data[2] & TEST), sequence=sequence,
    )  # fmt: skip
    if size is None:
        return head
    body = data[HEAD:]
    if size < 0:  # a segment says its own length, behind the names of file and section
        size = 4 + body[6] if len(body) > 6 else 0
    expected = 3 + count * size if sequence else count * (3 + size)
    if not count or len(body) != expected:
        return f"The length of what it tells contradicts its type {kind} and its {count} elements."
    if sequence:
        first = int.from_bytes(body[:3], "little")
        places = tuple(range(first, first + count))
        elements = tuple(body[3 + at : 3 + at + size] for at in range(0, count * size, size or 1)) or (b"",)
    else:
        step = 3 + size
        places = tuple(int.from_bytes(body[at : at + 3], "little") for at in range(0, expected, step))
        elements = tuple(body[at + 3 : at + step] for at in range(0, expected, step))
    return replace(head, places=places, elements=elements)


FORMS: Mapping[str, Callable[[bytes], Number]] = {
    "single": lambda data: data[0] & 1,
    "double": lambda data: data[0] & 3,
    "step": lambda data: data[0] & 3,
    "normalised": lambda data: struct.unpack("<h", data[:2])[0] / 32768,
    "scaled": lambda data: struct.unpack("<h", data[:2])[0],
    "floating": lambda data: struct.unpack("<f", data[:4])[0],
    "bits": lambda data: struct.unpack("<I", data[:4])[0],
}
"""The value in an element, by its form."""

POINTS: Mapping[int, str] = {
    **dict.fromkeys((1, 2, 30), "single"),
    **dict.fromkeys((3, 4, 31), "double"),
    **dict.fromkeys((9, 10, 21, 34), "normalised"),
    **dict.fromkeys((11, 12, 35), "scaled"),
    **dict.fromkeys((13, 14, 36), "floating"),
    **dict.fromkeys((7, 8, 33), "bits"),
}
"""How the value of what a station tells of is read; of types that are missing here it is not."""
