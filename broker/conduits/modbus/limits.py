"""A Modbus request against the permit's limits: every register it touches, every value it writes. Pure."""

from dataclasses import dataclass

from broker.conduits.modbus.requests import ILLEGAL_ADDRESS, ILLEGAL_FUNCTION, ILLEGAL_VALUE, Request, Span
from broker.conduits.transaction import MOST_SHOWN
from broker.conduits.within import Beyond, Within


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request does not go on, and the exception that the tool is shown."""

    code: str
    sentence: str
    exception: int


def beyond(within: Within, request: Request) -> Refusal | None:
    """Why ``request`` is not within the limits; None when all of it is.

    A read and a write in one are held to both. A mask write is within no bounds: what it makes of a register depends on
    what is there.
    """
    if not within:
        return None
    if request.reads is None and request.writes is None:
        return None if within.uses(request.unit, request.function.name) else _unnamed(request)
    if not _reads(within, request):
        return _elsewhere(request)
    return _writes(within, request)


def _reads(within: Within, request: Request) -> bool:
    span = request.reads
    return span is None or within.reads(request.unit, _place(span), span.address, span.count)


def _writes(within: Within, request: Request) -> Refusal | None:
    span = request.writes
    if span is None:
        return None
    values = request.values if request.mask is None else (None,)
    match within.writes(request.unit, _place(span), span.address, values):
        case Beyond.PLACE:
            return _elsewhere(request)
        case Beyond.VALUE:
            what = ", ".join(map(str, request.values[:MOST_SHOWN])) or "what a mask makes of it"
            said = f"The permit's limits do not allow this value: {request} = {what}."
            return Refusal("modbus_value_not_permitted", said, ILLEGAL_VALUE)
        case None:
            return None


def _unnamed(request: Request) -> Refusal:
    said = f"The permit's limits do not name this: {request}."
    return Refusal("modbus_function_not_permitted", said, ILLEGAL_FUNCTION)


def _elsewhere(request: Request) -> Refusal:
    said = f"The permit's limits do not reach there: {request}."
    return Refusal("modbus_address_not_permitted", said, ILLEGAL_ADDRESS)


def _place(span: Span) -> str:
    """The table as limits name it."""
    return f"{span.table}s"
