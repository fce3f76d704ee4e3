"""What an outstation's fragment is, and what one would answer that refuses. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from broker.conduits.dnp3.functions import AUTHENTICATION_RESPONSE, RESPONSE, UNSOLICITED
from broker.conduits.dnp3.headers import Header, UnreadableError, headers
from broker.conduits.dnp3.objects import CONTROL, PATTERN_MASK
from broker.conduits.dnp3.requests import (
    COMMANDED,
    COMMANDS,
    FINAL,
    FIRST,
    NO_FUNCTION,
    NUMBER,
    UNSOLICITED_BIT,
    Request,
)
from broker.conduits.dnp3.transport import Fragment, frames

ANSWERS = frozenset({RESPONSE, UNSOLICITED, AUTHENTICATION_RESPONSE})
SUCCESS, NOT_AUTHORISED, OUT_OF_RANGE = 0, 9, 12

STATUS: Mapping[int, str] = {
    1: "select timed out", 2: "not selected", 3: "format error", 4: "not supported", 5: "already active",
    6: "hardware error", 7: "in local control", 8: "too many objects", 9: "not authorised",
    10: "inhibited by automation", 11: "processing limited", 12: "out of range",
    13: "downstream in local control", 14: "already complete", 15: "blocked", 16: "cancelled",
    17: "another master has it", 18: "downstream failed", 126: "not participating", 127: "undefined",
}  # fmt: skip
"""Of a command: what came of it."""

INDICATIONS: Mapping[int, str] = {
    0x01: "function not supported",
    0x02: "object unknown",
    0x04: "parameter error",
    0x10: "already executing",
    0x20: "configuration corrupt",
}
"""Of the second byte, what says that a request was not carried out (clause 4.2.2.6)."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A fragment from an outstation."""

    number: int
    first: bool
    final: bool
    unsolicited: bool
    indications: tuple[int, int]
    objects: bytes

    def headers(self) -> tuple[Header, ...]:
        """The objects, as far as they can be read."""
        found: list[Header] = []
        try:
            found.extend(headers(self.objects, carries=True))
        except UnreadableError:
            return ()
        return tuple(found)

    def outcome(self) -> str:
        """The outstation's own no: of its indications, or of a command's status; empty when there is none."""
        for bit, sentence in INDICATIONS.items():
            if self.indications[1] & bit:
                return sentence
        for one in self.headers():
            commanded = one.group in COMMANDED and (one.group, one.variation) != (CONTROL, PATTERN_MASK)
            for value in one.values if commanded else ():
                if value[-1] != SUCCESS:
                    return STATUS.get(value[-1], f"status {value[-1]}")
        return ""


def judge(fragment: Fragment) -> Answered | None:
    """What ``fragment``, from an outstation, is; None when it is no answer."""
    data = fragment.data
    if len(data) < 4 or data[1] not in ANSWERS:
        return None
    unsolicited = bool(data[0] & UNSOLICITED_BIT)
    if data[1] != AUTHENTICATION_RESPONSE and unsolicited is not (data[1] == UNSOLICITED):
        return None
    return Answered(
        data[0] & NUMBER,
        bool(data[0] & FIRST),
        bool(data[0] & FINAL),
        unsolicited,
        (data[2], data[3]),
        data[4:],
    )


def refusal(fragment: Fragment, indication: int, indications: int = 0, objects: bytes = b"") -> bytes:
    """The answer of an outstation that does not do what ``fragment`` asks for, as it goes over the line.

    ``indications``: the first byte of them, as the outstation had it last; a master takes a change for news.
    """
    control = FIRST | FINAL | fragment.data[0] & NUMBER
    data = bytes((control, RESPONSE, indications, indication)) + objects
    answer = Fragment(fragment.destination, fragment.source, data)
    return b"".join(frame.wire() for frame in frames(answer, from_master=False))


def not_permitted(
    fragment: Fragment,
    request: Request,
    indications: int = 0,
    *,
    status: int = NOT_AUTHORISED,
    indication: int = NO_FUNCTION,
) -> bytes:
    """Of a command each object comes back with ``status``, not authorised; else the function is not supported."""
    if not request.answered:
        return b""
    if request.code not in COMMANDS:
        return refusal(fragment, indication, indications)
    return refusal(fragment, 0, indications, b"".join(_echoed(one, status) for one in request.headers))


def _echoed(one: Header, status: int) -> bytes:
    if (one.group, one.variation) == (CONTROL, PATTERN_MASK):
        return b"".join(one.raw)
    head, *objects = one.raw
    return head + b"".join(each[:-1] + bytes((status,)) for each in objects)
