"""The functions of Modbus, and what each does to a device. Pure.

MODBUS Application Protocol Specification V1.1b3, section 6. A function that does not stand here is unknown, and
nobody could say what it does: makers use such codes to write programs and to stop controllers (90 for one).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from operator import itemgetter

from domain.access import Action

COILS, INPUTS = "coil", "discrete input"
HOLDING, REGISTERS = "holding register", "input register"

DIAGNOSTICS = 0x08
ENCAPSULATED = 0x2B
DEVICE_IDENTIFICATION = 14
"""The one encapsulated interface that reads only. The other, 13 (CANopen), writes as well."""


@dataclass(frozen=True, slots=True)
class Function:
    """One function, or one of the sub-functions where those differ in what they do."""

    name: str
    action: Action
    reads: str = ""
    """The table that it reads from."""
    most_read: int = 0
    """How many of them at once."""
    writes: str = ""
    most_written: int = 0


FUNCTIONS: Mapping[int, Function] = {
    0x01: Function("read coils", Action.VIEW, COILS, 2000),
    0x02: Function("read discrete inputs", Action.VIEW, INPUTS, 2000),
    0x03: Function("read holding registers", Action.VIEW, HOLDING, 125),
    0x04: Function("read input registers", Action.VIEW, REGISTERS, 125),
    0x05: Function("write single coil", Action.OPERATE, writes=COILS, most_written=1),
    0x06: Function("write single register", Action.OPERATE, writes=HOLDING, most_written=1),
    0x07: Function("read exception status", Action.VIEW),
    0x0B: Function("get event counter", Action.VIEW),
    0x0C: Function("get event log", Action.VIEW),
    0x0F: Function("write multiple coils", Action.OPERATE, writes=COILS, most_written=0x7B0),
    0x10: Function("write multiple registers", Action.OPERATE, writes=HOLDING, most_written=0x7B),
    0x11: Function("report server id", Action.VIEW),
    0x14: Function("read file record", Action.VIEW),
    # Files are where devices keep recipes, programs and their own configuration.
    0x15: Function("write file record", Action.CONFIGURE),
    0x16: Function("mask write register", Action.OPERATE, writes=HOLDING, most_written=1),
    0x17: Function("read and write registers", Action.OPERATE, HOLDING, 125, HOLDING, 121),
    0x18: Function("read FIFO queue", Action.VIEW),
    ENCAPSULATED: Function("read device identification", Action.VIEW),
}
"""By their code. Diagnostics are told apart by sub-function, below."""

_COUNTERS = Function("read a diagnostic counter", Action.VIEW)

SUB_FUNCTIONS: Mapping[int, Function] = {
    0x00: Function("return query data", Action.VIEW),
    # What silences a device, or has it start its communication anew, overrides whoever else relies on it.
    0x01: Function("restart communications", Action.OVERRIDE),
    0x02: Function("return diagnostic register", Action.VIEW),
    0x03: Function("change ASCII delimiter", Action.CONFIGURE),
    0x04: Function("force listen only", Action.OVERRIDE),
    0x0A: Function("clear counters", Action.CONFIGURE),
    **dict.fromkeys((0x0B, 0x0C, 0x0D, 0x0E, 0x0F, 0x10, 0x11, 0x12), _COUNTERS),
    0x14: Function("clear overrun counter", Action.CONFIGURE),
}
"""Of diagnostics (0x08)."""


def listed() -> Iterator[tuple[str, str, Action]]:
    """Code, name and what it takes, of every function; diagnostics by sub-function, in the order of the codes."""
    told = {(code, -1): one for code, one in FUNCTIONS.items()}
    told |= {(DIAGNOSTICS, sub): one for sub, one in SUB_FUNCTIONS.items()}
    for (code, sub), one in sorted(told.items(), key=itemgetter(0)):
        yield (str(code) if sub < 0 else f"{code} / {sub}"), one.name, one.action
