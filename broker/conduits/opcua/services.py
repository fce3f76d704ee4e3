"""OPC UA's services, and what each does to a server. Pure. OPC 10000-4, clause 5; the numbers of OPC 10000-6, annex A."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from broker.conduits.opcua.encoding import NodeId
from domain.access import Action

V, OP, C, X = Action.VIEW, Action.OPERATE, Action.CONFIGURE, Action.OVERRIDE

OPEN_CHANNEL, CLOSE_CHANNEL = 446, 452
READ, WRITE, CALL, WATCH = 631, 673, 712, 751
FAULT = 397
VALUE = 13
"""The attribute that is a variable's value; every other says what a node is."""


@dataclass(frozen=True, slots=True)
class Service:
    """One service. Of a write and a call what is named in it says more."""

    name: str
    action: Action


SERVICES: Mapping[int, Service] = {
    422: Service("find servers", V),
    12208: Service("find servers on network", V),
    428: Service("get endpoints", V),
    437: Service("register server", C),
    12211: Service("register server 2", C),
    461: Service("create session", V),
    467: Service("activate session", V),
    473: Service("close session", V),
    479: Service("cancel", V),
    488: Service("add nodes", C),
    494: Service("add references", C),
    500: Service("delete nodes", C),
    506: Service("delete references", C),
    527: Service("browse", V),
    533: Service("browse next", V),
    554: Service("translate browse paths", V),
    560: Service("register nodes", V),
    566: Service("unregister nodes", V),
    615: Service("query first", V),
    621: Service("query next", V),
    READ: Service("read", V),
    664: Service("history read", V),
    WRITE: Service("write", OP),
    700: Service("history update", C),
    CALL: Service("call", OP),
    # What a client is told of, and how often, is its own affair: nothing of it changes what a server does for others.
    WATCH: Service("create monitored items", V),
    763: Service("modify monitored items", V),
    769: Service("set monitoring mode", V),
    775: Service("set triggering", C),
    781: Service("delete monitored items", V),
    787: Service("create subscription", V),
    793: Service("modify subscription", V),
    799: Service("set publishing mode", V),
    826: Service("publish", V),
    832: Service("republish", V),
    # It takes a subscription from the session that has it.
    841: Service("transfer subscriptions", C),
    847: Service("delete subscriptions", V),
}
"""By the number of the request's binary encoding."""

WORKING = frozenset({422, 428, 461, 467, 473, 479, 763, 769, 781, 787, 793, 799, 826, 832, 847})
"""Services by which a client finds a server, has a session and is told what it has watched. They name no node, and a
permit's limits always let them be used."""

METHODS: Mapping[int, Action] = {
    3875: V,  # ConditionRefresh: events are told once more
    12912: V,  # ConditionRefresh2
    11492: V,  # GetMonitoredItems, of the client's own subscription
    12873: V,  # ResendData, likewise
    12886: X,  # RequestServerStateChange, which shuts a server down
    12883: X,
}
"""Methods of the standard itself. Its others (certificates, files, roles) set a server up."""


def called(method: NodeId) -> Action:
    """What calling ``method`` takes. What a maker's own does, its namespace does not say: it is operation."""
    if method.namespace:
        return OP
    return METHODS.get(method.name, C) if isinstance(method.name, int) else C


def written(attribute: int) -> Action:
    """What writing ``attribute`` takes."""
    return OP if attribute == VALUE else C


def listed() -> Iterator[tuple[str, str, Action]]:
    """Number, name and what it takes, of every service; then where what is named in it says more."""
    for code, one in SERVICES.items():
        yield str(code), one.name, one.action
    yield f"{WRITE} / other", "write any attribute but the value, or in several chunks", C
    yield f"{CALL} / standard", "call a method of the standard", C
    yield f"{CALL} / own", "call one that tells a client's own items or events again", V
    yield f"{CALL} / state", "call one that shuts a server down", X
