"""What an OPC UA request says, read strictly as far as it is judged by. Pure. OPC 10000-4, clause 5."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from broker.conduits.opcua.encoding import OF, EncodingError, NodeId, Reader
from broker.conduits.opcua.services import CALL, READ, SERVICES, VALUE, WATCH, WRITE, Service, called, written
from domain.access import Action

MOST_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Touched:
    """One node that a request names."""

    node: NodeId
    attribute: int = VALUE
    of: NodeId | None = None
    """Of a method that is called, its object."""
    value: bytes = b""
    """What is written to it, with its status and times."""

    def __str__(self) -> str:
        if self.of is not None:
            return f"{self.node}{OF}{self.of}"
        return str(self.node) if self.attribute == VALUE else f"{self.node} attribute {self.attribute}"


@dataclass(frozen=True, slots=True)
class Request:
    """One request that can be judged."""

    code: int
    service: Service
    needs: frozenset[Action]
    """What a permit has to be for: all of these."""
    handle: int
    """By which the client knows the answer."""
    stamp: bytes = bytes(8)
    touched: tuple[Touched, ...] = ()
    """What it reads, writes, calls or has watched."""
    values: tuple[str, ...] = ()
    """What it writes."""
    whole: bool = True
    """All of it was read; of one in several chunks nothing of what it names."""

    @property
    def nodes(self) -> tuple[str, ...]:
        """What it names, in words."""
        return tuple(map(str, self.touched))

    def __str__(self) -> str:
        nodes = ", ".join(map(str, self.touched[:MOST_SHOWN]))
        more = f" and {len(self.touched) - MOST_SHOWN} more" if len(self.touched) > MOST_SHOWN else ""
        return f"{self.service.name}{f', {nodes}{more}' if nodes else ''}"


@dataclass(frozen=True, slots=True)
class Unknown:
    """A service that nobody here can judge."""

    node: str
    handle: int
    stamp: bytes


@dataclass(frozen=True, slots=True)
class Malformed:
    """Its bytes say nothing."""


Said = Request | Unknown | Malformed


def read(body: bytes, *, whole: bool) -> Said:
    """What the request in ``body`` asks for. ``whole``: it is all of it, and no chunk more follows."""
    try:
        return _read(Reader(body), whole=whole)
    except EncodingError:
        return Malformed()


def _read(reader: Reader, *, whole: bool) -> Said:
    kind = reader.node()
    handle, stamp = header(reader)
    service = SERVICES.get(kind.name) if not kind.namespace and isinstance(kind.name, int) else None
    if service is None or not isinstance(kind.name, int):
        return Unknown(str(kind), handle, stamp)
    readers = NAMING.get(kind.name)
    if readers is None:
        return Request(kind.name, service, frozenset({service.action}), handle, stamp)
    if not whole:
        # Nobody reads all of it before it goes on: what it names can't be judged, and it takes what the most would take.
        looks = service.action is Action.VIEW
        most = {Action.VIEW} if looks else {service.action, Action.CONFIGURE}
        return Request(kind.name, service, frozenset(most), handle, stamp, whole=False)
    touched, values, needs = readers(reader)
    if not reader.over:
        raise EncodingError
    return Request(kind.name, service, needs or frozenset({service.action}), handle, stamp, touched, values)


def header(reader: Reader) -> tuple[int, bytes]:
    """The handle and the time of a request (7.33)."""
    reader.node()
    stamp = reader.take(8)
    handle = reader.whole()
    reader.whole()
    reader.bytes_()
    reader.whole()
    reader.extension()
    return handle, stamp


Named = tuple[tuple[Touched, ...], tuple[str, ...], frozenset[Action]]
"""What a request names, with what values, and what it takes where its service does not say it."""


def _reads(reader: Reader) -> Named:
    reader.take(12)
    return reader.array(lambda: _read_value(reader)), (), frozenset()


def _watches(reader: Reader) -> Named:
    """Items that a client has watched (5.13.2): each is a read that the server repeats."""
    reader.take(8)
    return reader.array(lambda: _item(reader)), (), frozenset()


def _writes(reader: Reader) -> Named:
    found = reader.array(lambda: _write_value(reader))
    needs = frozenset(written(one.attribute) for one, _text in found)
    return tuple(one for one, _text in found), tuple(text for _one, text in found), needs


def _calls(reader: Reader) -> Named:
    found = reader.array(lambda: _call(reader))
    return found, (), frozenset(called(one.node) for one in found)


def _read_value(reader: Reader) -> Touched:
    node, attribute = reader.node(), reader.whole()
    reader.bytes_()
    reader.whole("<H")
    reader.bytes_()
    return Touched(node, attribute)


def _item(reader: Reader) -> Touched:
    found = _read_value(reader)
    reader.take(4 + 4 + 8)
    reader.extension()
    reader.take(4 + 1)
    return found


def _write_value(reader: Reader) -> tuple[Touched, str]:
    node, attribute = reader.node(), reader.whole()
    reader.bytes_()
    begin = reader.at
    text = reader.data_value()
    return Touched(node, attribute, value=reader.since(begin)), text


def _call(reader: Reader) -> Touched:
    of, method = reader.node(), reader.node()
    reader.array(reader.variant)
    return Touched(method, of=of)


NAMING: Mapping[int, Callable[[Reader], Named]] = {
    READ: _reads,
    WATCH: _watches,
    WRITE: _writes,
    CALL: _calls,
}
"""The services whose requests are read as far as the nodes that they name."""
