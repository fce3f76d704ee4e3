"""What a job or user data of the vendor's tool ask for, read strictly. Pure.

Every length is held against every other: what two readers could take for two different things is what a CPU might
take for a third.
"""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from broker.conduits.s7.functions import (
    BLOCKS,
    COLD_START,
    CPU,
    DOWNLOAD_BLOCK,
    DOWNLOAD_ENDED,
    END_UPLOAD,
    JOBS,
    PI_SERVICE,
    PLC_STOP,
    READ_VAR,
    REQUEST_DOWNLOAD,
    SERVICES,
    SETUP,
    START_UPLOAD,
    UPLOAD,
    USERDATA,
    WRITE_INPUTS,
    WRITE_VAR,
    Function,
)
from broker.conduits.s7.items import (
    ANY,
    BAD_LENGTH,
    ITEM,
    LENGTH,
    NEVER_A_SENSOR_S_WORD,
    SPECIFICATION,
    Item,
    Number,
    Wrong,
    fits,
    item,
    parts,
)
from broker.conduits.s7.messages import Message

MOST_ITEMS = 20
"""Of one job, as Siemens' own tools and every known CPU have it."""

SMALLEST_PDU, LARGEST_PDU = 112, 8192
"""What may be asked for as a message's length. CPUs answer with 240 to 960."""

BLOCK_KINDS: Mapping[str, str] = {
    "08": "OB",
    "0A": "DB",
    "0B": "SDB",
    "0C": "FC",
    "0D": "SFC",
    "0E": "FB",
    "0F": "SFB",
}
CONTINUED = 12
"""Bytes of the parameters of user data that ask for the next part of an answer; a first question has eight."""

FIRST, NEXT = 0x11, 0x12
REQUEST = 4
"""The kind of user data that ask."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request that can be judged."""

    function: Function
    items: tuple[Item, ...] = ()
    values: tuple[tuple[Number, ...], ...] = ()
    """What is written, item by item."""
    about: str = ""
    """What else it names: a block, a part of the system state list."""
    agreed: int = 0
    """The length of messages that is asked for, of the set-up alone."""

    @property
    def writes(self) -> bool:
        """Whether its items are written."""
        return bool(self.values)

    def __str__(self) -> str:
        touched = ", ".join([self.about] if self.about else [str(one) for one in self.items])
        return f"{self.function.name}{f' {touched}' if touched else ''}"


@dataclass(frozen=True, slots=True)
class Unknown:
    """A function that nobody here can judge."""

    name: str


@dataclass(frozen=True, slots=True)
class Illegal:
    """Well-formed, and refused by every CPU: its items by ``code``."""

    code: int
    items: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Malformed:
    """A length contradicts another."""

    sentence: str


Said = Request | Unknown | Illegal | Malformed


def read_job(message: Message) -> Said:
    """What a job asks for."""
    code = message.function
    if code == PI_SERVICE:
        return _service(message)
    function = JOBS.get(code)
    if function is None or code in {DOWNLOAD_BLOCK, DOWNLOAD_ENDED}:  # these two are the CPU's own to ask
        return Unknown(f"function {code:#04x}")
    if code != WRITE_VAR and message.data:
        return _length(function)
    return READERS[code](function, message)


def read_userdata(message: Message) -> Said:
    """What user data ask for."""
    told, data = message.parameters, message.data
    if len(told) not in {8, CONTINUED} or told[:3] != b"\0\1\x12" or told[3] != len(told) - 4:
        return Malformed("User data whose parameters contradict their length.")
    if told[4] != (NEXT if len(told) == CONTINUED else FIRST) or told[5] >> 4 != REQUEST:
        return Malformed("User data that are no question.")
    if len(data) < 4 or data[1] not in {0, 9} or int.from_bytes(data[2:4]) != len(data) - 4:
        return Malformed("User data whose data contradict their length.")
    group, sub = told[5] & 0x0F, told[6]
    function = USERDATA.get((group, sub))
    if function is None:
        return Unknown(f"sub-function {sub} of group {group}")
    if len(told) == CONTINUED:
        return (
            Malformed("The next part of an answer, with data.")
            if data[4:]
            else Request(function, about="further")
        )
    return Request(function, about=ABOUT.get((group, sub), _nothing)(data[4:]))


def _length(function: Function) -> Malformed:
    return Malformed(f"The length of a request to {function.name} contradicts what it says.")


def _setup(function: Function, message: Message) -> Said:
    if len(message.parameters) != 8:
        return _length(function)
    _code, _zero, calling, called, length = struct.unpack(">BBHHH", message.parameters)
    if not calling or not called or length < SMALLEST_PDU:
        return Malformed(f"A set-up for {calling} and {called} jobs at once of {length} bytes.")
    return Request(function, agreed=min(length, LARGEST_PDU))


def _items(function: Function, message: Message) -> tuple[list[Item], list[Wrong]] | Unknown | Malformed:
    told = message.parameters
    if len(told) < 2 or not told[1]:
        return _length(function)
    right: list[Item] = []
    wrong: list[Wrong] = []
    at = 2
    for _number in range(told[1]):
        if len(told) - at < 3 or told[at] != SPECIFICATION or len(told) - at < 2 + told[at + 1]:
            return _length(function)
        if told[at + 2] != ANY:
            return Unknown(f"address by the syntax {told[at + 2]:#04x}")
        if told[at + 1] != LENGTH:
            return _length(function)
        found = item(told[at : at + ITEM])
        if isinstance(found, Item):
            right.append(found)
        else:
            wrong.append(found)
        at += ITEM
    return (right, wrong) if at == len(told) else _length(function)


def _reading(function: Function, message: Message) -> Said:
    found = _items(function, message)
    if not isinstance(found, tuple):
        return found
    right, wrong = found
    return _illegal(wrong, len(right) + len(wrong)) or Request(function, tuple(right))


def _writing(function: Function, message: Message) -> Said:
    found = _items(function, message)
    if not isinstance(found, tuple):
        return found
    right, wrong = found
    count = len(right) + len(wrong)
    given = parts(message.data, count)
    if given is None:
        return _length(function)
    if no := _illegal(wrong, count):
        return no
    if not all(fits(one, part) for one, part in zip(right, given, strict=True)):
        return Illegal(BAD_LENGTH, count, "the data of an item are not as many as it names")
    if any(one.area in NEVER_A_SENSOR_S_WORD for one in right):
        function = WRITE_INPUTS
    values = tuple(one.values(part.data) for one, part in zip(right, given, strict=True))
    return Request(function, tuple(right), values)


def _illegal(wrong: list[Wrong], count: int) -> Illegal | None:
    if wrong:
        return Illegal(wrong[0].code, count, wrong[0].sentence)
    return (
        Illegal(0x01, count, f"{count} items at once, where 1 to {MOST_ITEMS} are allowed")
        if count > MOST_ITEMS
        else None
    )


def _transfer(function: Function, message: Message) -> Said:
    """A block's way in or out begins: eight bytes, the block's name, and of a download its length."""
    told = message.parameters
    named = _texts(told[8:], 2 if told[0] == REQUEST_DOWNLOAD else 1)
    block = _block(named[0]) if named else ""
    return Request(function, about=block) if block else _length(function)


def _texts(data: bytes, count: int) -> list[bytes]:
    """``count`` texts, each with its length before it, and nothing more; none when there are not just that."""
    found, at = [], 0
    while at < len(data) and at + 1 + data[at] <= len(data):
        found.append(data[at + 1 : at + 1 + data[at]])
        at += 1 + data[at]
    return found if at == len(data) and len(found) == count else []


def _block(name: bytes) -> str:
    """``_0A00001P`` is DB 1; nothing for what names no block."""
    text = name.decode("ascii", "replace")
    kind = BLOCK_KINDS.get(text[1:3])
    if len(text) != 9 or text[0] != "_" or kind is None or not (text[3:8].isascii() and text[3:8].isdigit()):
        return ""
    return f"{kind} {int(text[3:8])}"


def _eight(function: Function, message: Message) -> Said:
    return Request(function) if len(message.parameters) == 8 else _length(function)


def _stop(function: Function, message: Message) -> Said:
    named = _texts(message.parameters[6:], 1)
    return Request(function) if named == [b"P_PROGRAM"] else _length(function)


def _service(message: Message) -> Said:
    """0x28: seven bytes, an argument with its length in two, and the service's name with its in one."""
    told = message.parameters
    if message.data or len(told) < 10:
        return Malformed("A service of the program invocation that is cut short.")
    length = int.from_bytes(told[8:10])
    argument, named = told[10 : 10 + length], _texts(told[10 + length :], 1)
    if len(argument) != length or not named:
        return Malformed("A service of the program invocation whose lengths contradict each other.")
    name = named[0].decode("ascii", "replace")
    function = SERVICES.get(name)
    if function is None:
        return Unknown(f"service {name!r}")
    if name == "P_PROGRAM":
        if argument not in {b"", b"C "}:
            return Unknown(f"start of the CPU by {argument!r}")
        return Request(COLD_START if argument else function)
    blocks = ", ".join(filter(None, (_block(b"_" + argument[at : at + 8]) for at in range(2, length, 8))))
    return Request(function, about=blocks)


def _nothing(_data: bytes) -> str:
    return ""


def _state_list(data: bytes) -> str:
    return "{:#06x}, index {:#06x}".format(*struct.unpack(">HH", data)) if len(data) == 4 else ""


def _kind(data: bytes) -> str:
    return BLOCK_KINDS.get(_digits(data), "") if len(data) == 2 else ""


def _named(data: bytes) -> str:
    return _block(b"_" + data) if len(data) == 8 else ""


def _digits(data: bytes) -> str:
    return data.decode("ascii", "replace")


ABOUT: Mapping[tuple[int, int], Callable[[bytes], str]] = {
    (CPU, 1): _state_list,
    (BLOCKS, 2): _kind,
    (BLOCKS, 3): _named,
}
"""What a question names, in words; only told, never judged by."""

READERS: Mapping[int, Callable[[Function, Message], Said]] = {
    SETUP: _setup,
    READ_VAR: _reading,
    WRITE_VAR: _writing,
    **dict.fromkeys((REQUEST_DOWNLOAD, START_UPLOAD), _transfer),
    **dict.fromkeys((UPLOAD, END_UPLOAD), _eight),
    PLC_STOP: _stop,
}
"""One for each of ``JOBS`` that a tool may ask for."""
