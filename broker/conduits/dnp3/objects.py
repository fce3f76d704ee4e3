"""DNP3's objects: what they are called, how long they are, what value they hold. Pure.

IEEE 1815-2012, annex A. Of a request only what stands here can be read where objects follow their header.
"""

import struct
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

GROUPS: Mapping[int, str] = {
    0: "device attribute",
    1: "binary input", 2: "binary input event", 3: "double-bit input", 4: "double-bit input event",
    10: "binary output", 11: "binary output event", 12: "binary output", 13: "binary output command event",
    20: "counter", 21: "frozen counter", 22: "counter event", 23: "frozen counter event",
    30: "analog input", 31: "frozen analog input", 32: "analog input event", 33: "frozen analog input event",
    34: "analog input deadband",
    40: "analog output", 41: "analog output", 42: "analog output event", 43: "analog output command event",
    50: "time and date", 51: "common time", 52: "time delay", 60: "class", 70: "file", 80: "internal indication",
    81: "storage", 82: "device profile", 83: "private object", 85: "data set prototype",
    86: "data set descriptor", 87: "data set", 88: "data set event", 90: "application",
    101: "BCD value", 102: "unsigned integer", 110: "octet string", 111: "octet string event",
    112: "virtual terminal output", 113: "virtual terminal event",
    120: "authentication", 121: "security statistic", 122: "security statistic event",
}  # fmt: skip

DEVICE_ATTRIBUTE, BINARY_OUTPUT, CONTROL, ANALOG_OUTPUT = 0, 10, 12, 41
CLASS, FILE, INDICATION, AUTHENTICATION = 60, 70, 80, 120
CONTROL_BLOCK, PATTERN_BLOCK, PATTERN_MASK = 1, 2, 3
"""Variations of group 12."""

EMPTY = frozenset({CLASS})
STRINGS = frozenset({110, 111, 112, 113})
"""As long as their variation says."""

PACKED: Mapping[tuple[int, int], int] = {
    (1, 1): 1,
    (3, 1): 2,
    (10, 1): 1,
    (CONTROL, PATTERN_MASK): 1,
    (INDICATION, 1): 1,
}
"""Bits of one object, where several share a byte, the lowest bits first."""

_EVENT_COUNTS = {1: "fI", 2: "fH", 5: "fIt", 6: "fHt"}
_EVENT_ANALOGS = {1: "fi", 2: "fh", 3: "fit", 4: "fht", 5: "fe", 6: "fd", 7: "fet", 8: "fdt"}
_LAYOUTS: Mapping[int, Mapping[int, str]] = {
    1: {2: "f"}, 2: {1: "f", 2: "ft", 3: "fr"}, 3: {2: "f"}, 4: {1: "f", 2: "ft", 3: "fr"},
    10: {2: "f"}, 11: {1: "f", 2: "ft"}, 13: {1: "f", 2: "ft"},
    CONTROL: {CONTROL_BLOCK: "CBIIs", PATTERN_BLOCK: "CBIIs"},
    20: {1: "fI", 2: "fH", 3: "fI", 4: "fH", 5: "I", 6: "H", 7: "I", 8: "H"},
    21: {1: "fI", 2: "fH", 3: "fI", 4: "fH", 5: "fIt", 6: "fHt", 7: "fIt", 8: "fHt", 9: "I", 10: "H", 11: "I", 12: "H"},
    22: {**_EVENT_COUNTS, 3: "fI", 4: "fH", 7: "fIt", 8: "fHt"},
    23: {**_EVENT_COUNTS, 3: "fI", 4: "fH", 7: "fIt", 8: "fHt"},
    30: {1: "fi", 2: "fh", 3: "i", 4: "h", 5: "fe", 6: "fd"},
    31: {1: "fi", 2: "fh", 3: "fit", 4: "fht", 5: "i", 6: "h", 7: "fe", 8: "fd"},
    32: _EVENT_ANALOGS, 33: _EVENT_ANALOGS,
    34: {1: "H", 2: "I", 3: "e"},
    40: {1: "fi", 2: "fh", 3: "fe", 4: "fd"}, ANALOG_OUTPUT: {1: "is", 2: "hs", 3: "es", 4: "ds"},
    42: _EVENT_ANALOGS, 43: _EVENT_ANALOGS,
    50: {1: "t", 2: "tI", 3: "t", 4: "tIB"}, 51: {1: "t", 2: "t"}, 52: {1: "H", 2: "H"},
    101: {1: "H", 2: "I", 3: "II"}, 102: {1: "B"}, 120: {3: "IH", 4: "H"},
}  # fmt: skip
"""By group and variation: f flags, s status, C control code, t time of 6 bytes, r relative time of 2, then numbers as
``struct`` has them, e for a short and d for a long floating point."""

_BYTES = {"f": 1, "s": 1, "C": 1, "B": 1, "r": 2, "H": 2, "h": 2, "I": 4, "i": 4, "e": 4, "t": 6, "d": 8}
_NUMBERS = {"H": "<H", "h": "<h", "I": "<I", "i": "<i", "e": "<f", "d": "<d"}
_SIZES = {
    (group, variation): sum(_BYTES[one] for one in layout)
    for group, variations in _LAYOUTS.items()
    for variation, layout in variations.items()
}
_TWO_BITS = frozenset({3, 4})


def size(group: int, variation: int) -> int | None:
    """How many bytes one object has; None where nobody here knows, or its own bytes say so."""
    if group in EMPTY:
        return 0
    if group in STRINGS:
        return variation or None
    return _SIZES.get((group, variation))


def number(group: int, variation: int, data: bytes) -> float | None:
    """The number that an object holds; of a binary one 0 or 1 (of a double bit to 3); None when it is none."""
    at = 0
    layout = _LAYOUTS.get(group, {}).get(variation, "")
    if (group, variation) in PACKED:
        return data[0]
    for kind in layout:
        if kind in _NUMBERS and group != CONTROL:
            found: float = struct.unpack_from(_NUMBERS[kind], data, at)[0]
            return found
        at += _BYTES[kind]
    if layout.startswith("f"):
        return data[0] >> 6 if group in _TWO_BITS else data[0] >> 7
    return None


OPERATIONS = {0: "nothing", 1: "pulse on", 2: "pulse off", 3: "latch on", 4: "latch off"}
COILS = {0: "", 1: ", close", 2: ", trip"}


def control(data: bytes) -> str:
    """What a control block does: ``pulse on, trip, 2 times, 100 ms on, 50 ms off``."""
    code, count, on_ms, off_ms = data[0], data[1], *struct.unpack_from("<II", data, 2)
    said = OPERATIONS.get(code & 0x0F, f"operation {code & 0x0F}") + COILS.get(code >> 6, ", reserved coil")
    said += ", the queue cleared" if code & 0x20 else ""
    if code & 0x0F in {1, 2}:
        said += f", {count} times, {on_ms} ms on, {off_ms} ms off"
    return said


def told(group: int, variation: int, data: bytes) -> str:
    """The value of one object, for people; its bytes where it is neither a number nor a time."""
    if group == CONTROL and variation in {CONTROL_BLOCK, PATTERN_BLOCK}:
        return control(data)
    if _LAYOUTS.get(group, {}).get(variation, "").startswith("t"):
        return _time(int.from_bytes(data[:6], "little"))
    found = number(group, variation, data)
    return data[:32].hex() if found is None else f"{found:.10g}"


def _time(since_1970_ms: int) -> str:
    try:
        return f"{datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=since_1970_ms):%Y-%m-%d %H:%M:%S} UTC"
    except OverflowError:
        return f"{since_1970_ms} ms after 1970"
