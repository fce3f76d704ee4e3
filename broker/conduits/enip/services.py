"""CIP's services, and what each does to a device. Pure.

CIP specification volume 1, appendix A and chapter 5; for tags, Rockwell's 1756-PM020. A number means one thing for one
class and another for the next: what does not stand here is unknown, and nobody could say what it does.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from domain.access import Action

V, OP, C, X = Action.VIEW, Action.OPERATE, Action.CONFIGURE, Action.OVERRIDE

MULTIPLE, UNCONNECTED_SEND = 0x0A, 0x52
FORWARD_OPEN, LARGE_FORWARD_OPEN, FORWARD_CLOSE = 0x54, 0x5B, 0x4E
READ_TAG, WRITE_TAG, MODIFY_TAG, READ_FRAGMENT, WRITE_FRAGMENT = 0x4C, 0x4D, 0x4E, 0x52, 0x53
GET_SINGLE, SET_SINGLE = 0x0E, 0x10

IDENTITY, ROUTER, ASSEMBLY, MANAGER = 0x01, 0x02, 0x04, 0x06
PARAMETER, FILE, SYMBOL, TEMPLATE = 0x0F, 0x37, 0x6B, 0x6C

CLASSES: Mapping[int, str] = {
    IDENTITY: "identity", ROUTER: "message router", 0x03: "DeviceNet", ASSEMBLY: "assembly", 0x05: "connection",
    MANAGER: "connection manager", 0x07: "register", 0x08: "discrete input", 0x09: "discrete output",
    0x0A: "analog input", 0x0B: "analog output", PARAMETER: "parameter", 0x10: "parameter group", 0x12: "group",
    0x1D: "discrete input group", 0x1E: "discrete output group", 0x20: "analog group", 0x21: "analog input group",
    0x22: "analog output group", 0x25: "position controller", 0x28: "motor data", 0x29: "control supervisor",
    0x2A: "drive", FILE: "file", 0x43: "time synchronisation", 0x47: "device level ring", 0x48: "quality of service",
    0x64: "user memory", SYMBOL: "symbol", TEMPLATE: "template", 0x8B: "wall clock", 0xAC: "controller changes",
    0xF4: "port", 0xF5: "TCP/IP interface", 0xF6: "Ethernet link",
}  # fmt: skip

OUTPUTS = frozenset({ASSEMBLY, 0x07, 0x09, 0x0B, 0x1E, 0x22, 0x25, 0x29, 0x2A, SYMBOL})
"""Classes whose attributes drive the process; what is set of any other class is how a device is set up."""


@dataclass(frozen=True, slots=True)
class Service:
    """One service. ``sets``: it sets attributes, and takes ``operate`` of an object that drives the process."""

    name: str
    action: Action
    sets: bool = False


COMMON: Mapping[int, Service] = {
    0x01: Service("get all attributes", V),
    0x02: Service("set all attributes", C, sets=True),
    0x03: Service("get attributes", V),
    0x04: Service("set attributes", C, sets=True),
    # What resets, starts or stops an object takes the process from whoever runs it.
    0x05: Service("reset", X),
    0x06: Service("start", X),
    0x07: Service("stop", X),
    0x08: Service("create", C),
    0x09: Service("delete", C),
    0x0D: Service("apply attributes", C),
    GET_SINGLE: Service("get attribute", V),
    SET_SINGLE: Service("set attribute", C, sets=True),
    0x11: Service("find next instance", V),
    0x15: Service("restore", C),
    0x16: Service("save", C),
    0x17: Service("no operation", V),
    0x18: Service("get member", V),
    0x19: Service("set member", C, sets=True),
    0x1A: Service("insert member", C),
    0x1B: Service("remove member", C),
}
"""Of every class."""

TAGS: Mapping[int, Service] = {
    READ_TAG: Service("read tag", V),
    WRITE_TAG: Service("write tag", OP),
    MODIFY_TAG: Service("modify tag", OP),
    READ_FRAGMENT: Service("read tag in parts", V),
    WRITE_FRAGMENT: Service("write tag in parts", OP),
}
"""Of a tag by its name, and of a symbol by its number."""

OWN: Mapping[int, Mapping[int, Service]] = {
    IDENTITY: {0x4B: Service("flash lights", OP)},
    MANAGER: {
        FORWARD_CLOSE: Service("close connection", V),
        FORWARD_OPEN: Service("open connection", V),
        0x56: Service("get connection data", V),
        0x57: Service("search connection data", V),
        0x5A: Service("get connection owner", V),
        LARGE_FORWARD_OPEN: Service("open large connection", V),
    },
    PARAMETER: {0x4B: Service("get text of a value", V)},
    FILE: {
        0x4B: Service("begin upload", V),
        0x4C: Service("begin download", C),
        0x4D: Service("begin partial read", V),
        0x4E: Service("begin partial write", C),
        0x4F: Service("upload", V),
        0x50: Service("download", C),
        0x51: Service("clear file", C),
    },
    SYMBOL: {**TAGS, 0x55: Service("list tags", V)},
    TEMPLATE: {0x4C: Service("read template", V)},
}
"""By class, what the others have not. Two services only carry others: several at once (0x0A), and one on (0x52)."""


def service(code: int, klass: int | None, *, tag: bool) -> Service | None:
    """What ``code`` does to an object of ``klass``, or to a tag by its name; None when nobody here knows."""
    if tag:
        return TAGS.get(code) or COMMON.get(code)
    return OWN.get(klass if klass is not None else -1, {}).get(code) or COMMON.get(code)


def action(one: Service, klass: int | None, *, tag: bool) -> Action:
    """What ``one`` takes, of an object of ``klass`` or of a tag."""
    return OP if one.sets and (tag or klass in OUTPUTS) else one.action


def listed() -> Iterator[tuple[str, str, Action]]:
    """Code, name and what it takes, of every service; then those of one class, by its number or for tags."""
    for code, one in COMMON.items():
        yield f"{code:#04x}", f"{one.name}{', of most classes' if one.sets else ''}", one.action
        if one.sets:
            yield f"{code:#04x} on outputs", f"{one.name}, of a tag, an assembly, an output, a drive", OP
    for klass, services in OWN.items():
        for code, one in services.items():
            named = "a tag or symbol" if klass == SYMBOL and code in TAGS else CLASSES[klass]
            yield f"{code:#04x} on {klass:#04x}", f"{one.name}, of {named}", one.action
