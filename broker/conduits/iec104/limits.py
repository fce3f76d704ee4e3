"""An IEC 104 request against the permit's limits: its station, its place, and the value that it commands. Pure.

What a station tells by itself, or when it is interrogated as a whole, is not held place by place.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from broker.conduits.iec104.asdu import UNKNOWN_PLACE
from broker.conduits.iec104.requests import Request, confirmation
from broker.conduits.iec104.types import READ
from broker.conduits.within import Beyond, Within

PLACES: Mapping[int, str] = {
    **dict.fromkeys((45, 58), "single commands"),
    **dict.fromkeys((46, 59), "double commands"),
    **dict.fromkeys((47, 60), "step commands"),
    **dict.fromkeys((48, 49, 50, 61, 62, 63), "set-points"),
    **dict.fromkeys((51, 64), "bit strings"),
    **dict.fromkeys((110, 111, 112, 113), "parameters"),
}
"""The kind of place that a type writes, as limits name it."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request does not go on, and the cause with which the tool is told no."""

    code: str
    sentence: str
    cause: int


def beyond(within: Within, request: Request) -> Refusal | None:
    """Why ``request`` is not within the limits; None when it is."""
    station, kind = request.asdu.station, request.asdu.type
    if not within:
        return None
    if kind in PLACES:
        return _writes(within, request)
    if kind == READ:
        reaches = within.reads(station, "points", request.asdu.places[0], 1)
        return None if reaches else _elsewhere(request, UNKNOWN_PLACE)
    if within.uses(station, request.type.name):
        return None
    said = f"The permit's limits do not name this: {request}."
    return Refusal("iec_104_function_not_permitted", said, confirmation(request.asdu.cause))


def _writes(within: Within, request: Request) -> Refusal | None:
    asdu, no = request.asdu, confirmation(request.asdu.cause)
    match within.writes(asdu.station, PLACES[asdu.type], asdu.places[0], (request.value,)):
        case Beyond.PLACE:
            return _elsewhere(request, no)
        case Beyond.VALUE:
            value = f" = {request.shown}" if request.shown else ""
            said = f"The permit's limits do not allow this value: {request}{value}."
            return Refusal("iec_104_value_not_permitted", said, no)
        case None:
            return None


def _elsewhere(request: Request, cause: int) -> Refusal:
    said = f"The permit's limits do not reach there: {request}."
    return Refusal("iec_104_address_not_permitted", said, cause)
