"""The functions of DNP3's application layer, and what each does to an outstation. Pure.

IEEE 1815-2012, clause 4.4. A function that does not stand here is unknown, and nobody could say what it does.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from domain.access import Action

CONFIRM, READ, WRITE, SELECT, OPERATE, DIRECT_OPERATE, DIRECT_OPERATE_NO_ACK = range(7)
FREEZE_AT_TIME, FREEZE_AT_TIME_NO_ACK = 11, 12
OPEN_FILE = 25
AUTHENTICATE, AUTHENTICATION_ERROR = 32, 33
RESPONSE, UNSOLICITED, AUTHENTICATION_RESPONSE = 129, 130, 131


@dataclass(frozen=True, slots=True)
class Function:
    """One function. Of a write, an opened file and an authentication the objects say more than the function does."""

    name: str
    action: Action
    answered: bool = True
    """Whether the outstation answers it at all."""


FUNCTIONS: Mapping[int, Function] = {
    CONFIRM: Function("confirm", Action.VIEW, answered=False),
    READ: Function("read", Action.VIEW),
    WRITE: Function("write", Action.CONFIGURE),
    SELECT: Function("select", Action.OPERATE),
    OPERATE: Function("operate", Action.OPERATE),
    DIRECT_OPERATE: Function("direct operate", Action.OPERATE),
    DIRECT_OPERATE_NO_ACK: Function("direct operate without acknowledgement", Action.OPERATE, answered=False),
    # What is frozen, or cleared by that, is what others bill and balance by.
    7: Function("freeze", Action.CONFIGURE),
    8: Function("freeze without acknowledgement", Action.CONFIGURE, answered=False),
    9: Function("freeze and clear", Action.CONFIGURE),
    10: Function("freeze and clear without acknowledgement", Action.CONFIGURE, answered=False),
    FREEZE_AT_TIME: Function("freeze at time", Action.CONFIGURE),
    FREEZE_AT_TIME_NO_ACK: Function(
        "freeze at time without acknowledgement", Action.CONFIGURE, answered=False
    ),
    # What stops or restarts an outstation takes it from everybody else.
    13: Function("cold restart", Action.OVERRIDE),
    14: Function("warm restart", Action.OVERRIDE),
    15: Function("initialize data", Action.OVERRIDE),
    16: Function("initialize application", Action.OVERRIDE),
    17: Function("start application", Action.OVERRIDE),
    18: Function("stop application", Action.OVERRIDE),
    19: Function("save configuration", Action.CONFIGURE),
    # Whoever silences an outstation, or gives its points another class, takes events from the control room.
    20: Function("enable unsolicited", Action.CONFIGURE),
    21: Function("disable unsolicited", Action.CONFIGURE),
    22: Function("assign class", Action.CONFIGURE),
    23: Function("measure delay", Action.VIEW),
    24: Function("record current time", Action.CONFIGURE),
    OPEN_FILE: Function("open file", Action.VIEW),
    26: Function("close file", Action.VIEW),
    27: Function("delete file", Action.CONFIGURE),
    28: Function("get file information", Action.VIEW),
    29: Function("authenticate for a file", Action.VIEW),
    30: Function("abort file transfer", Action.VIEW),
    31: Function("activate configuration", Action.CONFIGURE),
    AUTHENTICATE: Function("authenticate", Action.VIEW),
    AUTHENTICATION_ERROR: Function("authentication error", Action.VIEW, answered=False),
}
"""By their code."""

BY_OBJECT: Mapping[str, Action] = {
    "clear the restart indication": Action.OPERATE,
    "write binary outputs": Action.OPERATE,
    "open file to write or append": Action.CONFIGURE,
    "authenticate: change keys": Action.CONFIGURE,
    "anything to a broadcast address": Action.OVERRIDE,
}
"""Where the objects say more. What goes to a broadcast address takes this as well as what its function takes."""

CLEAR_RESTART, WRITE_OUTPUTS, OPEN_TO_WRITE, CHANGE_KEYS, BROADCAST = BY_OBJECT


def listed() -> Iterator[tuple[str, str, Action]]:
    """Code, name and what it takes, of every function; then where its objects say more."""
    for code, one in FUNCTIONS.items():
        yield str(code), one.name, one.action
    yield f"{WRITE} / 80", CLEAR_RESTART, BY_OBJECT[CLEAR_RESTART]
    yield f"{WRITE} / 10", WRITE_OUTPUTS, BY_OBJECT[WRITE_OUTPUTS]
    yield f"{OPEN_FILE} / 70", OPEN_TO_WRITE, BY_OBJECT[OPEN_TO_WRITE]
    yield f"{AUTHENTICATE} / 120", CHANGE_KEYS, BY_OBJECT[CHANGE_KEYS]
    yield "to 65533 and above", BROADCAST, BY_OBJECT[BROADCAST]
