"""The types of IEC 60870-5-104, and what each does to a station. Pure.

IEC 60870-5-101, clause 7.2.1, and 60870-5-104, clause 6. A type that does not stand here is unknown: numbers from 128
on are makers' own.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from domain.access import Action

V, OPERATE, CONFIGURE, OVERRIDE = Action.VIEW, Action.OPERATE, Action.CONFIGURE, Action.OVERRIDE

REQUEST, ACTIVATION, CONFIRMED, DEACTIVATION, DEACTIVATED, TERMINATED, FILE = 5, 6, 7, 8, 9, 10, 13
"""Causes of transmission (101, clause 7.2.3)."""
SWITCH = frozenset({ACTIVATION, DEACTIVATION})
ONCE = frozenset({ACTIVATION})


@dataclass(frozen=True, slots=True)
class Type:
    """One type that a controlling station sends."""

    name: str
    action: Action
    size: int
    """Bytes of its one element, without the address."""
    form: str = ""
    """How the element's value is read: a key of ``values.FORMS``."""
    causes: frozenset[int] = SWITCH
    whole: bool = False
    """It is for the station as a whole: its address is 0."""


STAMP = 7
"""Bytes of a time (CP56Time2a)."""


def _commands() -> Iterator[tuple[int, Type]]:
    for number, name, size, form in (
        (45, "single command", 1, "single"),
        (46, "double command", 1, "double"),
        (47, "step command", 1, "step"),
        (48, "set-point, normalised", 3, "normalised"),
        (49, "set-point, scaled", 3, "scaled"),
        (50, "set-point, floating", 5, "floating"),
        (51, "bit string", 4, "bits"),
    ):
        yield number, Type(name, OPERATE, size, form)
        yield number + 13, Type(f"{name}, with time", OPERATE, size + STAMP, form)


TYPES: Mapping[int, Type] = {
    **dict(_commands()),
    100: Type("interrogate", V, 1, whole=True),
    101: Type("interrogate counters", V, 1, whole=True),
    102: Type("read", V, 0, causes=frozenset({REQUEST})),
    103: Type("set the clock", CONFIGURE, STAMP, causes=ONCE, whole=True),
    104: Type("test", V, 2, causes=ONCE, whole=True),
    105: Type("reset the process", OVERRIDE, 1, causes=ONCE, whole=True),
    107: Type("test with time", V, 2 + STAMP, causes=ONCE, whole=True),
    110: Type("parameter, normalised", CONFIGURE, 3, "normalised", ONCE),
    111: Type("parameter, scaled", CONFIGURE, 3, "scaled", ONCE),
    112: Type("parameter, floating", CONFIGURE, 5, "floating", ONCE),
    113: Type("activate a parameter", CONFIGURE, 1),
    # What goes to the station as a file is its configuration or its program; what it recorded is there to be read.
    120: Type("file ready", CONFIGURE, 6, causes=frozenset({FILE})),
    121: Type("section ready", CONFIGURE, 7, causes=frozenset({FILE})),
    122: Type("call a directory or a file", V, 4, causes=frozenset({REQUEST, FILE})),
    123: Type("last section", CONFIGURE, 5, causes=frozenset({FILE})),
    124: Type("acknowledge a file", V, 4, causes=frozenset({FILE})),
    125: Type("segment of a file", CONFIGURE, -1, causes=frozenset({FILE})),
    127: Type("query a log", V, 16, causes=frozenset({REQUEST, FILE})),
}
"""By their number, in the control direction."""

COUNTERS, FILE_CALL, SEGMENT, READ = 101, 122, 125, 102
FREEZE = Type("freeze or reset counters", CONFIGURE, 1, whole=True)
"""Type 101 whose qualifier does more than ask. Whoever bills by these counters would miss what was frozen away."""
DELETE_FILE = Type("delete a file", CONFIGURE, 4, causes=frozenset({FILE}))
"""Type 122 whose qualifier is 4."""
BROADCAST = 0xFFFF
EVERYBODY = frozenset({100, 101, 103, 105})
"""Types that may be sent to every station at once (104, clause 8)."""
BROADCASTS = Type("a type for every station at once", OVERRIDE, 0)

SIZES: Mapping[int, int] = {
    1: 1, 2: 4, 3: 1, 4: 4, 5: 2, 6: 5, 7: 5, 8: 8, 9: 3, 10: 6, 11: 3, 12: 6, 13: 5, 14: 8, 15: 5, 16: 8, 17: 6, 18: 7,
    19: 7, 20: 5, 21: 2, 30: 8, 31: 8, 32: 9, 33: 12, 34: 10, 35: 10, 36: 12, 37: 12, 38: 10, 39: 11, 40: 11, 70: 1,
    126: 13,
    **{number: one.size for number, one in TYPES.items()},
}  # fmt: skip
"""Bytes of one element of every type that a station may send: its own, and those that it sends back."""


def listed() -> Iterator[tuple[str, str, Action]]:
    """Number, name and what it takes, of every type that a controlling station sends."""
    for number, one in sorted(TYPES.items()):
        yield str(number), one.name, one.action
        if number == COUNTERS:
            yield f"{number}, qualifier 64 to 255", FREEZE.name, FREEZE.action
        if number == FILE_CALL:
            yield f"{number}, qualifier 4", DELETE_FILE.name, DELETE_FILE.action
    yield "to 65535", BROADCASTS.name, BROADCASTS.action
