"""What a CPU's answer says to a request, held against it. Pure."""

import struct
from dataclasses import dataclass

from broker.conduits.s7.functions import READ_VAR, SETUP, UPLOAD, WRITE_VAR
from broker.conduits.s7.items import DONE, RETURN_CODES, Item, Number, Part, fits, parts
from broker.conduits.s7.messages import ACK, ACK_DATA, USERDATA, Message
from broker.conduits.s7.requests import Request

RESPONSE = 8
"""The kind of user data that answer."""

ERRORS = {
    0x8104: "function not available",
    0x8302: "no room for it",
    0x8500: "message too long",
    0xD209: "does not exist",
    0xD241: "the CPU's protection level does not allow it",
    0xD402: "not known here",
    0xD602: "wrong password",
}
"""Error words that mean something to an engineer; others are told by their number."""


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer that fits. ``no``: the CPU's own, in words; ``values``: what was read, item by item."""

    no: str = ""
    values: tuple[tuple[Number, ...], ...] = ()
    agreed: int = 0
    """The length of messages, of the set-up alone."""


def judge(asked: Message, request: Request, answer: Message) -> Answered | None:
    """What ``answer`` says to ``request``, which ``asked`` carried; None when it can't be the answer to it."""
    if answer.reference != asked.reference:
        return None
    if asked.kind == USERDATA:
        return _userdata(asked, answer)
    if answer.kind not in {ACK, ACK_DATA} or answer.parameters[:1] not in {b"", asked.parameters[:1]}:
        return None
    if answer.error:
        return Answered(no=ERRORS.get(answer.error, f"error {answer.error:#06x}"))
    return _done(asked, request, answer)


def _done(asked: Message, request: Request, answer: Message) -> Answered | None:
    if asked.function == SETUP:
        return _setup(request, answer)
    if asked.function in {READ_VAR, WRITE_VAR}:
        if answer.parameters != bytes((asked.function, len(request.items))):
            return None
        return _read(request, answer) if asked.function == READ_VAR else _written(request, answer)
    # A block's next piece comes with as many bytes as it likes; every other job is answered without data.
    return Answered() if asked.function == UPLOAD or not answer.data else None


def _setup(request: Request, answer: Message) -> Answered | None:
    if len(answer.parameters) != 8 or answer.data:
        return None
    length = struct.unpack(">H", answer.parameters[6:])[0]
    return Answered(agreed=length) if 0 < length <= request.agreed else None


def _read(request: Request, answer: Message) -> Answered | None:
    given = parts(answer.data, len(request.items)) or parts(
        answer.data[:-1], len(request.items)
    )  # the last filled up
    if given is None:
        return None
    values: list[tuple[Number, ...]] = []
    for one, part in zip(request.items, given, strict=True):
        if part.code != DONE:
            values.append(())
        elif not _answers(one, part):
            return None
        else:
            values.append(one.values(part.data))
    return Answered(_said([part.code for part in given]), tuple(values))


def _answers(one: Item, part: Part) -> bool:
    return fits(one, part) or len(part.data) == one.length


def _written(request: Request, answer: Message) -> Answered | None:
    if len(answer.data) != len(request.items):
        return None
    return Answered(_said(list(answer.data)), request.values if set(answer.data) == {DONE} else ())


def _said(codes: list[int]) -> str:
    """The CPU's no to some of the items; nothing when it did all."""
    noes = dict.fromkeys(RETURN_CODES.get(code, f"return code {code:#04x}") for code in codes if code != DONE)
    if not noes:
        return ""
    some = f" ({sum(code != DONE for code in codes)} of {len(codes)})" if len(codes) > 1 else ""
    return ", ".join(noes) + some


def _userdata(asked: Message, answer: Message) -> Answered | None:
    told, wanted = answer.parameters, asked.parameters
    if answer.kind != USERDATA or len(told) != 12 or told[:5] != b"\0\1\x12\x08\x12":
        return None
    if told[5] != RESPONSE << 4 | wanted[5] & 0x0F or told[6] != wanted[6]:
        return None
    error = int.from_bytes(told[10:12])
    return Answered(no=ERRORS.get(error, f"error {error:#06x}") if error else "")
