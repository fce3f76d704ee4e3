"""An S7 request against the permit's limits: every byte, timer and counter that it touches. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from broker.conduits.s7.functions import JOBS, SETUP
from broker.conduits.s7.items import COUNTERS, DATA_BLOCKS, INPUTS, PERIPHERY, TIMERS, Item
from broker.conduits.s7.requests import Request
from broker.conduits.within import Within

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
    if all(_reaches(within, one, writes=request.writes) for one in request.items):
        return None
    return Refusal("s7_address_not_permitted", f"The permit's limits do not reach there: {request}.")


def _reaches(within: Within, one: Item, *, writes: bool) -> bool:
    block = one.block if one.area == DATA_BLOCKS else None
    place, count = PLACES[one.area], len(one.places)
    if not writes:
        return within.reads(block, place, one.byte, count)
    return within.writes(block, place, one.byte, (None,) * count) is None
