"""An S7 request against the permit's limits: every byte, timer and counter that it touches, every value that it writes. Pure.

A CPU's memory is bytes: whatever type a tool names, what is written is what stands in them afterwards. So a bounded value
is told from the bytes of one item, once that writes all of them; a bit, or a half of a value, tells none.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from broker.conduits.s7.functions import JOBS, SETUP
from broker.conduits.s7.items import BIT, COUNTERS, DATA_BLOCKS, INPUTS, PERIPHERY, TIMERS, Item, Number
from broker.conduits.s7.requests import Request
from broker.conduits.within import Beyond, Within

PLACES: Mapping[int, str] = {
    0x03: "system data",
    0x05: "special flags",
    0x06: "analog inputs",
    0x07: "analog outputs",
    PERIPHERY: "periphery",
    INPUTS: "inputs",
    0x82: "outputs",
    0x83: "flags",
    DATA_BLOCKS: "data",
    COUNTERS: "counters",
    TIMERS: "timers",
}
"""The areas as limits name them. Where ``of block N`` is not said, ``data`` are those of every block."""


MOST_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request does not go on."""

    code: str
    sentence: str


def beyond(within: Within, request: Request) -> Refusal | None:
    """Why ``request`` is not within the limits; None when all of it is. Communication may always be set up."""
    if not within or request.function is JOBS[SETUP]:
        return None
    if not request.items:
        if within.uses(None, request.function.name):
            return None
        return Refusal("s7_function_not_permitted", f"The permit's limits do not name this: {request}.")
    if request.writes:
        return _written(within, request)
    if all(within.reads(_block(one), PLACES[one.area], one.byte, len(one.places)) for one in request.items):
        return None
    return _elsewhere(request)


def _written(within: Within, request: Request) -> Refusal | None:
    for one, values in zip(request.items, request.values, strict=True):
        match within.writes(_block(one), PLACES[one.area], one.byte, _bytes(one, values)):
            case Beyond.PLACE:
                return _elsewhere(request)
            case Beyond.VALUE:
                told = ", ".join(map(str, values[:MOST_SHOWN]))
                return Refusal(
                    "s7_value_not_permitted",
                    f"The permit's limits do not allow this value: {request} = {told}.",
                )
            case None:
                pass
    return None


def _bytes(one: Item, values: tuple[Number, ...]) -> tuple[int | None, ...]:
    """What stands at each of its places afterwards; None where that can't be told."""
    if one.kind == BIT or one.area in {COUNTERS, TIMERS}:
        return (None,) * len(one.places)
    return tuple(one.data(values))


def _block(one: Item) -> int | None:
    return one.block if one.area == DATA_BLOCKS else None


def _elsewhere(request: Request) -> Refusal:
    return Refusal("s7_address_not_permitted", f"The permit's limits do not reach there: {request}.")
