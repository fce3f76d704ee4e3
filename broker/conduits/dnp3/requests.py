"""What a DNP3 request says, read strictly. Pure.

What two readers could take for two different things is what an outstation might take for a third.
"""

from dataclasses import dataclass

from broker.conduits.dnp3.functions import (
    AUTHENTICATE,
    AUTHENTICATION_ERROR,
    BROADCAST,
    BY_OBJECT,
    CHANGE_KEYS,
    CLEAR_RESTART,
    CONFIRM,
    DIRECT_OPERATE,
    DIRECT_OPERATE_NO_ACK,
    FREEZE_AT_TIME,
    FREEZE_AT_TIME_NO_ACK,
    FUNCTIONS,
    OPEN_FILE,
    OPEN_TO_WRITE,
    OPERATE,
    SELECT,
    WRITE,
    WRITE_OUTPUTS,
    Function,
)
from broker.conduits.dnp3.headers import Header, UnreadableError, headers
from broker.conduits.dnp3.objects import (
    ANALOG_OUTPUT,
    AUTHENTICATION,
    BINARY_OUTPUT,
    CONTROL,
    FILE,
    INDICATION,
    PATTERN_BLOCK,
    PATTERN_MASK,
    told,
)
from broker.conduits.dnp3.transport import Fragment
from domain.access import Action

FIRST, FINAL, CONFIRMS, UNSOLICITED_BIT, NUMBER = 0x80, 0x40, 0x20, 0x10, 0x0F
NO_FUNCTION, NO_OBJECT, PARAMETER = 0x01, 0x02, 0x04
"""Of the second byte of the internal indications, clause 4.2.2.6."""

COMMANDS = frozenset({SELECT, OPERATE, DIRECT_OPERATE, DIRECT_OPERATE_NO_ACK})
COMMANDED = frozenset({CONTROL, ANALOG_OUTPUT})
CARRYING = COMMANDS | {
    WRITE,
    FREEZE_AT_TIME,
    FREEZE_AT_TIME_NO_ACK,
    AUTHENTICATE,
    AUTHENTICATION_ERROR,
    *range(25, 32),
}
"""Functions whose objects have their data with them. A read has it only where the qualifier says how much."""

TIME_AND_INTERVAL = (50, 2)
RESTART = 7
"""The internal indication that a master clears once it has seen a restart."""

WRITING_MODES = frozenset({2, 3})
KEY_CHANGES = 10
"""From this variation on, objects of authentication change the keys of persons."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request that can be judged."""

    outstation: int
    number: int
    """Of the application's sequence: 0 to 15."""
    code: int
    function: Function
    headers: tuple[Header, ...] = ()
    needs: frozenset[Action] = frozenset()
    """What a permit has to be for: all of these."""
    broadcast: bool = False

    @property
    def answered(self) -> bool:
        """Whether the outstation answers it at all."""
        return self.function.answered and not self.broadcast

    def __str__(self) -> str:
        where = "all outstations" if self.broadcast else f"outstation {self.outstation}"
        objects = ", ".join(_told(one) for one in self.headers)
        return f"{where}: {self.function.name}{f', {objects}' if objects else ''}"

    def values(self) -> tuple[str, ...]:
        """What is written or commanded, object by object, for people."""
        return tuple(
            told(one.group, one.variation, value)
            for one in self.headers
            if one.group not in {FILE, AUTHENTICATION}
            for value in one.values
        )


@dataclass(frozen=True, slots=True)
class Unknown:
    """A function that nobody here can judge."""

    code: int


@dataclass(frozen=True, slots=True)
class Illegal:
    """Well-formed, and outside what can be asked: what the outstation would refuse by ``indication``."""

    indication: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Malformed:
    """Its bytes contradict each other."""

    sentence: str


Said = Request | Unknown | Illegal | Malformed


def read(fragment: Fragment) -> Said:
    """What ``fragment``, from the vendor's master, asks for."""
    if wrong := _wrong(fragment.data):
        return Malformed(wrong)
    control, code, body = fragment.data[0], fragment.data[1], fragment.data[2:]
    function = FUNCTIONS.get(code)
    if function is None:
        return Unknown(code)
    try:
        found = tuple(_headers(code, body))
    except UnreadableError as error:
        return Illegal(NO_OBJECT, error.sentence) if error.unknown else Malformed(error.sentence)
    if code in COMMANDS and (illegal := _not_commanded(found)):
        return illegal
    needs = _needs(code, function, found) | ({BY_OBJECT[BROADCAST]} if fragment.broadcast else set())
    return Request(fragment.destination, control & NUMBER, code, function, found, needs, fragment.broadcast)


def _wrong(data: bytes) -> str:
    """Why what a fragment begins with is no request's; empty when it is one's."""
    if len(data) < 2:
        return "A fragment has no function."
    if data[0] & (FIRST | FINAL) != FIRST | FINAL or data[0] & CONFIRMS:
        return "A request in several fragments, or one that asks to be confirmed."
    if data[0] & UNSOLICITED_BIT and data[1] != CONFIRM:
        return "A request that says it is unsolicited."
    return "A confirmation with objects." if data[1] == CONFIRM and len(data) > 2 else ""


def _headers(code: int, body: bytes) -> list[Header]:
    if code not in {FREEZE_AT_TIME, FREEZE_AT_TIME_NO_ACK}:
        return list(headers(body, carries=code in CARRYING))
    # The time has its data with it; what is frozen then has not.
    if (body[0], body[1]) != TIME_AND_INTERVAL if len(body) > 1 else True:
        raise UnreadableError("What is to be frozen at a time, and no time.")
    found: list[Header] = []
    # One time and interval, counted in one byte, is four bytes of header and ten of data.
    found += headers(body[:14], carries=True)
    return found + list(headers(body[14:], carries=False))


def _not_commanded(found: tuple[Header, ...]) -> Illegal | None:
    for one in found:
        if one.group not in COMMANDED:
            return Illegal(NO_OBJECT, f"A command to objects of group {one.group}, which take none.")
        if (one.points is None and (one.group, one.variation) != (CONTROL, PATTERN_BLOCK)) or not one.values:
            return Illegal(PARAMETER, "A command that names no point.")
    return None if found else Illegal(PARAMETER, "A command without an object.")


def _needs(code: int, function: Function, found: tuple[Header, ...]) -> frozenset[Action]:
    if code == WRITE and found:
        return frozenset(_written(one) for one in found)
    if code == OPEN_FILE and any(_mode(value) in WRITING_MODES for one in found for value in one.values):
        return frozenset({BY_OBJECT[OPEN_TO_WRITE]})
    if code == AUTHENTICATE and any(
        one.group != AUTHENTICATION or one.variation >= KEY_CHANGES for one in found
    ):
        return frozenset({BY_OBJECT[CHANGE_KEYS]})
    return frozenset({function.action})


def _written(one: Header) -> Action:
    if one.group == BINARY_OUTPUT:
        return BY_OBJECT[WRITE_OUTPUTS]
    if one.group == INDICATION and one.points == range(RESTART, RESTART + 1) and one.values == (b"\0",):
        # Not to look, for a restart that is cleared is one that the control room's own master may not see.
        return BY_OBJECT[CLEAR_RESTART]
    return FUNCTIONS[WRITE].action


def _mode(command: bytes) -> int:
    """Of a file command (group 70, variation 3): how it is to be opened."""
    return int.from_bytes(command[20:22], "little") if len(command) >= 22 else min(WRITING_MODES)


def _told(one: Header) -> str:
    if one.group == CONTROL and one.variation == PATTERN_MASK:
        return f"{one} by a pattern"
    if one.group != FILE or one.variation != 3 or not one.values:
        return str(one)
    command = one.values[0]
    start, length = int.from_bytes(command[:2], "little"), int.from_bytes(command[2:4], "little")
    name = command[start : start + min(length, 60)].decode("ascii", "replace")
    return "file " + "".join(char if " " < char <= "~" else "?" for char in name)
