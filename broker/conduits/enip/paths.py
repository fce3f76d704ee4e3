"""CIP's paths: to which object a message goes, and over which hops. Pure.

CIP specification volume 1, appendix C, padded paths. What two readers could take for two objects is not read.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass

BACKPLANE = 1
"""The port by which the modules of one rack reach each other. Every other leads out of it."""

CLASS, INSTANCE, MEMBER, POINT, ATTRIBUTE = 0x20, 0x24, 0x28, 0x2C, 0x30
KEY, KEY_LENGTH = 0x34, 10
SYMBOL = 0x91
WIDTHS: Mapping[int, tuple[int, str]] = {0: (2, "B"), 1: (4, "<H"), 2: (6, "<I")}
"""By the lowest two bits of a logical segment: how long it is, and its number's form."""

_LOGICAL = frozenset({CLASS, INSTANCE, MEMBER, POINT, ATTRIBUTE})
_WIDE = frozenset({INSTANCE, MEMBER, POINT})
"""Which may have four bytes."""


@dataclass(frozen=True, slots=True)
class Path:
    """Where a message goes."""

    klass: int | None = None
    instance: int | None = None
    attribute: int | None = None
    point: int | None = None
    tag: str = ""
    """The name of a tag with its indexes: ``Line1.Speed[3]``."""
    hops: tuple[tuple[int, str], ...] = ()
    """Over which ports, and to which address behind each: a slot, or an address of another network."""


class PathError(Exception):
    """A path that can't be read."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def path(data: bytes) -> Path:
    """The path in ``data``. Raises PathError."""
    found: dict[int, int] = {}
    tag, hops, at = "", [], 0
    while at < len(data):
        kind = data[at]
        if kind & 0xE0 == 0 and not found and not tag:
            hop, at = _hop(data, at)
            hops.append(hop)
        elif kind == SYMBOL and not found:
            name, at = _symbol(data, at)
            tag += f".{name}" if tag else name
        elif kind == KEY and not found and not tag:
            # What the device must be, or it refuses: nothing that it does.
            at += KEY_LENGTH
        elif kind & 0xFC in _LOGICAL and kind & 0x03 in WIDTHS:
            number, at = _number(data, at)
            which = kind & 0xFC
            if tag and which == MEMBER:
                tag += f"[{number}]"
            elif which in found and which != MEMBER:
                raise PathError("A path names an object twice.")
            else:
                if tag:
                    raise PathError("A path names a tag and an object.")
                found[which] = number
        else:
            raise PathError(f"A path has a segment {kind:#04x}, which no message to an object has.")
    if at != len(data):
        raise PathError("A path ends in the middle of a segment.")
    return Path(
        found.get(CLASS), found.get(INSTANCE), found.get(ATTRIBUTE), found.get(POINT), tag, tuple(hops)
    )


def _number(data: bytes, at: int) -> tuple[int, int]:
    width, form = WIDTHS[data[at] & 0x03]
    if len(data) - at < width:
        raise PathError("A path ends in the middle of a segment.")
    if (width > 2 and data[at + 1]) or (width == 6 and data[at] & 0xFC not in _WIDE):
        raise PathError("A path has a number in a form that it can't have.")
    return int(struct.unpack_from(form, data, at + (1 if width == 2 else 2))[0]), at + width


def _symbol(data: bytes, at: int) -> tuple[str, int]:
    length = data[at + 1] if len(data) - at > 1 else 0
    end = at + 2 + length
    name = data[at + 2 : end]
    if not name or len(name) < length or not all(0x20 < byte < 0x7F for byte in name):
        raise PathError("A path has a name that no tag has.")
    if length % 2:
        if data[end : end + 1] != b"\0":
            raise PathError("A path has a name without its padding.")
        end += 1
    return name.decode("ascii"), end


def _hop(data: bytes, at: int) -> tuple[tuple[int, str], int]:
    """A port segment (C-1.4.1)."""
    port, extended = data[at] & 0x0F, bool(data[at] & 0x10)
    start = at
    at += 1
    length = 1
    if extended:
        length, at = (data[at] if at < len(data) else 0), at + 1
    if port == 15:
        port, at = int.from_bytes(data[at : at + 2], "little"), at + 2
    address, at = data[at : at + length], at + length
    if not port or not address or len(address) < length:
        raise PathError("A path has a hop to nowhere.")
    if (at - start) % 2:
        at += 1
    said = address.decode("ascii", "replace") if extended else str(address[0])
    return (port, "".join(char if " " < char <= "~" else "?" for char in said)), at
