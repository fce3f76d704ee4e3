"""The values of tags, as CIP codes them. Pure. CIP specification volume 1, appendix C-6; Rockwell's 1756-PM020."""

import struct
from collections.abc import Mapping

TYPES: Mapping[int, tuple[str, str]] = {
    0xC1: ("BOOL", "<B"), 0xC2: ("SINT", "<b"), 0xC3: ("INT", "<h"), 0xC4: ("DINT", "<i"), 0xC5: ("LINT", "<q"),
    0xC6: ("USINT", "<B"), 0xC7: ("UINT", "<H"), 0xC8: ("UDINT", "<I"), 0xC9: ("ULINT", "<Q"), 0xCA: ("REAL", "<f"),
    0xCB: ("LREAL", "<d"), 0xD1: ("BYTE", "<B"), 0xD2: ("WORD", "<H"), 0xD3: ("DWORD", "<I"), 0xD4: ("LWORD", "<Q"),
}  # fmt: skip
"""By their code: the name, and the form of one value."""

MOST_BYTES = 64
"""Of what is no number."""


def numbers(kind: int, data: bytes) -> tuple[float, ...]:
    """The numbers in ``data``, which is of the type ``kind``; none where it is not one of numbers."""
    if kind not in TYPES:
        return ()
    form = struct.Struct(TYPES[kind][1])
    whole = len(data) // form.size * form.size
    return tuple(one for (one,) in form.iter_unpack(data[:whole]))


def texts(kind: int, data: bytes) -> tuple[str, ...]:
    """The values in ``data`` for people; its bytes where it is a structure."""
    found = numbers(kind, data)
    if found:
        return tuple(f"{one:.7g}" if TYPES[kind][0].endswith("REAL") else str(one) for one in found)
    return (data[:MOST_BYTES].hex(),) if data else ()
