"""What a device's answer says to a request, held against it. Pure.

An answer whose length or echo contradicts its request is one that the vendor's tool and we could read differently.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from broker.conduits.modbus.frames import Frame
from broker.conduits.modbus.functions import COILS, DIAGNOSTICS, ENCAPSULATED, INPUTS
from broker.conduits.modbus.requests import Request, Span, bits, words

EXCEPTIONS = {
    1: "illegal function",
    2: "illegal data address",
    3: "illegal data value",
    4: "device failure",
    5: "acknowledged, still at work",
    6: "device busy",
    8: "memory parity error",
    10: "gateway path unavailable",
    11: "gateway target did not answer",
}
"""V1.1b3, section 7."""


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer that fits. ``exception``: the device's own no; ``values``: what was read, of coils 0 and 1."""

    exception: int = 0
    values: tuple[int, ...] = ()


def judge(asked: Frame, request: Request, answer: Frame) -> Answered | None:
    """What ``answer`` says to ``request``, which ``asked`` carried; None when it can't be the answer to it."""
    if answer.unit != asked.unit or answer.function & 0x7F != asked.function:
        return None
    body = answer.pdu[1:]
    if answer.function & 0x80:
        return Answered(exception=body[0]) if len(body) == 1 else None
    if request.reads is not None:
        return _read(request.reads, body)
    return Answered() if FITS[asked.function](asked.pdu[1:], body) else None


def _read(span: Span, body: bytes) -> Answered | None:
    coils = span.table in {COILS, INPUTS}
    length = (span.count + 7) // 8 if coils else 2 * span.count
    if len(body) != 1 + length or body[0] != length:
        return None
    return Answered(values=bits(body[1:], span.count) if coils else words(body[1:]))


def _counted(_sent: bytes, body: bytes) -> bool:
    return bool(body) and body[0] == len(body) - 1


def _echo(sent: bytes, body: bytes) -> bool:
    return body == sent


def _where_and_how_many(sent: bytes, body: bytes) -> bool:
    return body == sent[:4]


def _diagnosed(sent: bytes, body: bytes) -> bool:
    return body == sent if sent[:2] == b"\0\0" else len(body) == 4 and body[:2] == sent[:2]


FITS: Mapping[int, Callable[[bytes, bytes], bool]] = {
    **dict.fromkeys((0x05, 0x06, 0x15, 0x16), _echo),
    0x07: lambda _sent, body: len(body) == 1,
    DIAGNOSTICS: _diagnosed,
    0x0B: lambda _sent, body: len(body) == 4,
    **dict.fromkeys((0x0F, 0x10), _where_and_how_many),
    **dict.fromkeys((0x0C, 0x11, 0x14), _counted),
    0x18: lambda _sent, body: len(body) >= 4 and int.from_bytes(body[:2]) == len(body) - 2,
    ENCAPSULATED: lambda sent, body: len(body) >= 6 and body[:2] == sent[:2],
}
"""By function: whether what follows the function in an answer fits what followed it in the request."""
