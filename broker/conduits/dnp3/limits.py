"""A DNP3 request against the permit's limits: every point it names, every value it commands. Pure.

What an outstation tells by itself, or when its classes are read as a whole (``use read``), is not held point by point.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from broker.conduits.dnp3.answers import NOT_AUTHORISED, OUT_OF_RANGE
from broker.conduits.dnp3.functions import CONFIRM, READ, WRITE
from broker.conduits.dnp3.headers import Header
from broker.conduits.dnp3.objects import BINARY_OUTPUT, CONTROL, CONTROL_BLOCK, PATTERN_BLOCK, number
from broker.conduits.dnp3.requests import COMMANDS, NO_FUNCTION, PARAMETER, Request
from broker.conduits.within import Beyond, Within

PLACES: Mapping[int, str] = {
    **dict.fromkeys((1, 2), "binary inputs"),
    **dict.fromkeys((3, 4), "double-bit inputs"),
    **dict.fromkeys((10, 11, 12, 13), "binary outputs"),
    **dict.fromkeys((20, 22), "counters"),
    **dict.fromkeys((21, 23), "frozen counters"),
    **dict.fromkeys((30, 31, 32, 33), "analog inputs"),
    **dict.fromkeys((40, 41, 42, 43), "analog outputs"),
}
"""By group, as limits name it."""

INDEXES = 65_536
PLAIN_OPERATION = 0x0F
"""The bits of a control code that say whether to pulse or latch, on or off; with any other set it has no value."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request does not go on: the status of each commanded object, or the indication of anything else."""

    code: str
    sentence: str
    status: int = NOT_AUTHORISED
    indication: int = PARAMETER


def beyond(within: Within, request: Request) -> Refusal | None:
    """Why ``request`` is not within the limits; None when all of it is."""
    if not within or request.code == CONFIRM:
        return None
    if not request.headers and not within.uses(request.outstation, request.function.name):
        return _unnamed(request)
    return next(filter(None, (_judge(within, request, one) for one in request.headers)), None)


def _point(request: Request, one: Header) -> bool:
    """Whether ``one`` is held by its points: what is read, what is written to an output, what is commanded."""
    return (request.code == READ and one.group in PLACES) or (
        request.code == WRITE and one.group == BINARY_OUTPUT
    )


def _judge(within: Within, request: Request, one: Header) -> Refusal | None:
    """Why ``one`` of the request's headers is not within."""
    if request.code in COMMANDS:
        return (
            None if (one.group, one.variation) == (CONTROL, PATTERN_BLOCK) else _written(within, request, one)
        )
    if not _point(request, one):
        return None if within.uses(request.outstation, request.function.name) else _unnamed(request)
    return _written(within, request, one) if request.code == WRITE else _read(within, request, one)


def _read(within: Within, request: Request, one: Header) -> Refusal | None:
    unit, place = request.outstation, PLACES[one.group]
    if one.points is None:
        held = within.reads(unit, place, 0, INDEXES)
    elif isinstance(one.points, range):
        held = within.reads(unit, place, one.points.start, one.points.stop - one.points.start)
    else:
        held = all(within.reads(unit, place, at, 1) for at in one.points)
    return None if held else _elsewhere(request)


def _written(within: Within, request: Request, one: Header) -> Refusal | None:
    for at, value in _values(one):
        match within.writes(request.outstation, PLACES[one.group], at, (value,)):
            case Beyond.PLACE:
                return _elsewhere(request)
            case Beyond.VALUE:
                said = f"The permit's limits do not allow this value: {request} = {', '.join(request.values()[:8])}."
                return Refusal("dnp3_value_not_permitted", said, OUT_OF_RANGE)
            case None:
                pass
    return None


def _values(one: Header) -> Iterator[tuple[int, float | None]]:
    """Each point with its value: of a control block its operation, and none where it says more than that."""
    for at, data in zip(one.points or (), one.values, strict=False):
        if one.group != CONTROL:
            yield at, number(one.group, one.variation, data)
        elif one.variation == CONTROL_BLOCK and not data[0] & ~PLAIN_OPERATION:
            yield at, data[0]
        else:
            yield at, None


def _unnamed(request: Request) -> Refusal:
    said = f"The permit's limits do not name this: {request}."
    return Refusal("dnp3_function_not_permitted", said, indication=NO_FUNCTION)


def _elsewhere(request: Request) -> Refusal:
    return Refusal("dnp3_point_not_permitted", f"The permit's limits do not reach there: {request}.")
