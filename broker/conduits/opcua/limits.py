"""An OPC UA request against the permit's limits: every node that it names, every value that it writes. Pure."""

from dataclasses import dataclass

from broker.conduits.opcua.answers import ACCESS_DENIED, OUT_OF_RANGE
from broker.conduits.opcua.encoding import OF, numbers
from broker.conduits.opcua.requests import NAMING, Request, Touched
from broker.conduits.opcua.services import VALUE, WORKING, WRITE
from broker.conduits.within import Beyond, Within

MOST_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request does not go on, with the status that says so."""

    code: str
    sentence: str
    status: int = ACCESS_DENIED


def beyond(within: Within, request: Request) -> Refusal | None:
    """Why ``request`` is not within the limits; None when all of it is. What names no node but the session always is."""
    if not within or request.code in WORKING:
        return None
    if request.code not in NAMING:
        if within.uses(None, request.service.name):
            return None
        return Refusal("opc_ua_service_not_permitted", f"The permit's limits do not name this: {request}.")
    if request.whole:
        return _named(within, request)
    said = f"Where limits hold, nobody can judge this in several chunks: {request}."
    return Refusal("opc_ua_node_not_permitted", said)


def _named(within: Within, request: Request) -> Refusal | None:
    found = {_judge(within, request, one) for one in request.touched}
    if Beyond.PLACE in found:
        return Refusal("opc_ua_node_not_permitted", f"The permit's limits do not reach there: {request}.")
    if Beyond.VALUE in found:
        told = ", ".join(request.values[:MOST_SHOWN])
        said = f"The permit's limits do not allow this value: {request} = {told}."
        return Refusal("opc_ua_value_not_permitted", said, OUT_OF_RANGE)
    return None


def _judge(within: Within, request: Request, one: Touched) -> Beyond | None:
    if one.of is not None:
        name = f"{one.node.exact}{OF}{one.of.exact}" if one.node.exact and one.of.exact else ""
        return None if within.uses(None, "methods", name) else Beyond.PLACE
    if request.code != WRITE:
        return None if within.reads_named(None, "nodes", one.node.exact) else Beyond.PLACE
    values = numbers(one.value) if one.attribute == VALUE else (None,)
    return within.writes_named(None, "nodes", one.node.exact, values)
