"""What an EtherNet/IP frame from the vendor's tool asks for, read strictly, with what it only carries unpacked. Pure."""

import struct
from dataclasses import dataclass
from itertools import pairwise

from broker.conduits.enip.connections import Key, Opening, closing, explicit, opening
from broker.conduits.enip.frames import SEND_RR, SEND_UNIT, Frame, items, packet
from broker.conduits.enip.paths import BACKPLANE, Path, PathError, path
from broker.conduits.enip.services import (
    CLASSES,
    FORWARD_CLOSE,
    FORWARD_OPEN,
    LARGE_FORWARD_OPEN,
    MANAGER,
    MULTIPLE,
    ROUTER,
    UNCONNECTED_SEND,
    Service,
    action,
    service,
)
from domain.access import Action

MOST_USES = 128
"""Services in one frame; Studio 5000 and its like send some twenty at once."""

DEEPEST = 3
"""Of what carries what: one that is sent on, with several at once in it."""

PRIVILEGE, UNSUPPORTED, CONNECTION_FAILED = 0x0F, 0x08, 0x01
"""General status, volume 1, appendix B."""


@dataclass(frozen=True, slots=True)
class Use:
    """One service of one object."""

    code: int
    service: Service
    path: Path
    data: bytes
    slot: str = ""
    """In which slot of the rack; empty where the message goes no further than the endpoint."""

    @property
    def action(self) -> Action:
        """What a permit has to be for."""
        return action(self.service, self.path.klass, tag=bool(self.path.tag))

    def __str__(self) -> str:
        where = f"slot {self.slot}: " if self.slot else ""
        return f"{where}{self.service.name}, {place(self.path)}"


def place(of: Path) -> str:
    """An object in words: ``tag Line1.Speed``, ``assembly 100 attribute 3``."""
    if of.tag:
        return f"tag {of.tag}"
    klass = CLASSES.get(of.klass, f"class {of.klass:#04x}") if of.klass is not None else "no class"
    instance = f" {of.instance}" if of.instance is not None else ""
    attribute = f" attribute {of.attribute}" if of.attribute is not None else ""
    return f"{klass}{instance}{attribute}"


@dataclass(frozen=True, slots=True)
class Request:
    """One frame with a message that can be judged."""

    uses: tuple[Use, ...]
    answered_as: int
    """The service that an answer names."""
    connection: int | None = None
    number: int = 0
    opens: Opening | None = None
    closes: Key | None = None


@dataclass(frozen=True, slots=True)
class Plain:
    """A frame about the session, or about what the device is, without a message to an object."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A service that nobody here can judge."""

    code: int
    where: str
    answered_as: int


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Understood, and to another device than the endpoint's, or by another way than messages."""

    sentence: str
    answered_as: int
    status: int = PRIVILEGE


@dataclass(frozen=True, slots=True)
class Malformed:
    """Its bytes contradict each other."""

    sentence: str


Said = Request | Plain | Unknown | Elsewhere | Malformed


class _StopError(Exception):
    """The reading ends here, with this."""

    def __init__(self, said: Unknown | Elsewhere | Malformed) -> None:
        super().__init__()
        self.said = said


def read(frame: Frame, slots: dict[int, str]) -> Said:
    """What ``frame``, from the vendor's tool, asks for. ``slots``: where each open connection leads to."""
    if frame.status or frame.options:
        return Malformed("A request has a status or options.")
    if frame.command not in {SEND_RR, SEND_UNIT}:
        return Plain()
    carried = packet(frame.data)
    connected = frame.command == SEND_UNIT
    if carried is None or (carried.connection is not None) is not connected or items(frame.data) != 2:
        return Malformed("A message without its address and its data, or with more than these.")
    slot = slots.get(carried.connection, "") if carried.connection is not None else ""
    try:
        uses, answered_as = _unpacked(carried.message, slot, 0, sent_on=connected)
        opens = next(filter(None, map(_opening, uses)), None)
        closes = next(filter(None, map(_closing, uses)), None)
    except _StopError as stop:
        return stop.said
    if (opens or closes) and len(uses) > 1:
        return Malformed("A connection is opened or closed among other services.")
    return Request(tuple(uses), answered_as, carried.connection, carried.number, opens, closes)


def _unpacked(message: bytes, slot: str, depth: int, *, sent_on: bool) -> tuple[list[Use], int]:
    """The services in ``message``, and as which one it is answered. ``sent_on``: it is beyond the first object."""
    code, to, data = _parts(message)
    if depth > DEEPEST:
        raise _StopError(Malformed("A message carries one that carries one, and so on."))
    if to.hops:
        raise _StopError(Malformed("The path of a message has a hop in it."))
    if code == MULTIPLE and (to.klass, to.instance, to.tag) == (ROUTER, 1, ""):
        uses = [one for each in _several(data) for one in _unpacked(each, slot, depth + 1, sent_on=True)[0]]
        if len(uses) > MOST_USES:
            raise _StopError(Malformed(f"{len(uses)} services at once."))
        return uses, code
    if code == UNCONNECTED_SEND and (to.klass, to.instance, to.tag) == (MANAGER, 1, ""):
        if sent_on:
            raise _StopError(Elsewhere("A message that is sent on asks to be sent on once more.", code))
        inner, route = _sent_on(data)
        return _unpacked(inner, _slot(route, inner[0]), depth + 1, sent_on=True)
    found = service(code, to.klass, tag=bool(to.tag))
    if found is None:
        raise _StopError(Unknown(code, place(to), code))
    return [Use(code, found, to, data, slot)], code


def _parts(message: bytes) -> tuple[int, Path, bytes]:
    """The service, the path and the data of a request to the message router (volume 1, 2-4)."""
    if len(message) < 2 or message[0] & 0x80 or len(message) < 2 + 2 * message[1]:
        raise _StopError(Malformed("A message without a service or without its path."))
    end = 2 + 2 * message[1]
    try:
        return message[0], path(message[2:end]), message[end:]
    except PathError as error:
        raise _StopError(Malformed(error.sentence)) from None


def _several(data: bytes) -> list[bytes]:
    """The messages of a Multiple Service Packet (volume 1, A-4.10): each begins where the one before ends."""
    count = int.from_bytes(data[:2], "little")
    if not 1 <= count <= MOST_USES or len(data) < 2 + 2 * count:
        raise _StopError(Malformed(f"{count} services at once, or fewer than that."))
    starts = [*struct.unpack_from(f"<{count}H", data, 2), len(data)]
    if starts[0] != 2 + 2 * count or any(end - start < 2 for start, end in pairwise(starts)):
        raise _StopError(Malformed("Several services at once that do not follow each other."))
    return [data[start:end] for start, end in pairwise(starts)]


def _sent_on(data: bytes) -> tuple[bytes, Path]:
    """The message of an Unconnected Send, and its route (volume 1, 3-5.5.4)."""
    length = int.from_bytes(data[2:4], "little")
    end = 4 + length + length % 2
    if length < 2 or len(data) < end + 2 or len(data) != end + 2 + 2 * data[end]:
        raise _StopError(Malformed("The length of a message that is sent on contradicts what it says."))
    try:
        route = path(data[end + 2 :])
    except PathError as error:
        raise _StopError(Malformed(error.sentence)) from None
    if (route.klass, route.instance, route.tag) != (None, None, ""):
        raise _StopError(Malformed("The route of a message names an object."))
    return data[4 : 4 + length], route


def _slot(route: Path, code: int) -> str:
    """In which slot ``route`` ends. Whoever has the conduit to one rack has none to what can be reached through it."""
    if not route.hops:
        return ""
    ((port, address), *more) = route.hops
    if more or port != BACKPLANE or not address.isdecimal():
        hops = ", ".join(f"port {port} to {address}" for port, address in route.hops[:4])
        raise _StopError(Elsewhere(f"It would be sent on to another device: {hops}.", code & 0x7F))
    return address


def _opening(use: Use) -> Opening | None:
    if use.path.klass != MANAGER or use.code not in {FORWARD_OPEN, LARGE_FORWARD_OPEN}:
        return None
    found = opening(use.code, use.data)
    if found is None:
        raise _StopError(Malformed("A request for a connection contradicts itself."))
    if not explicit(found):
        sentence = f"A connection of class {found.transport} to {place(found.route)}, which carries more than messages."
        raise _StopError(Elsewhere(sentence, use.code, CONNECTION_FAILED))
    if _slot(found.route, use.code) and use.slot:
        raise _StopError(
            Elsewhere("A connection that is asked for in one slot leads on to another.", use.code)
        )
    return found


def _closing(use: Use) -> Key | None:
    if use.path.klass != MANAGER or use.code != FORWARD_CLOSE:
        return None
    found = closing(use.data)
    if found is None:
        raise _StopError(Malformed("A request to close a connection contradicts itself."))
    return found


def slot(opens: Opening, asked: Use) -> str:
    """Where a connection leads to that ``asked`` opens."""
    return asked.slot or (opens.route.hops[0][1] if opens.route.hops else "")
