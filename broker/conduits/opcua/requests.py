"""What an OPC UA request says, read strictly as far as it is judged by. Pure. OPC 10000-4, clause 5."""

from dataclasses import dataclass

from broker.conduits.opcua.encoding import EncodingError, NodeId, Reader
from broker.conduits.opcua.services import CALL, READ, SERVICES, VALUE, WRITE, Service, called, written
from domain.access import Action

MOST_SHOWN = 8


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
    nodes: tuple[str, ...] = ()
    """What it reads, writes or calls."""
    values: tuple[str, ...] = ()
    """What it writes."""

    def __str__(self) -> str:
        nodes = ", ".join(self.nodes[:MOST_SHOWN])
        more = f" and {len(self.nodes) - MOST_SHOWN} more" if len(self.nodes) > MOST_SHOWN else ""
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
    if kind.name not in {READ, WRITE, CALL}:
        return Request(kind.name, service, frozenset({service.action}), handle, stamp)
    if not whole:
        # Nobody reads all of it before it goes on: what it names can't be judged, and it takes what the most would take.
        most = {Action.VIEW} if kind.name == READ else {service.action, Action.CONFIGURE}
        return Request(kind.name, service, frozenset(most), handle, stamp)
    nodes, values, needs = _named(reader, kind.name)
    if not reader.over:
        raise EncodingError
    return Request(kind.name, service, needs or frozenset({service.action}), handle, stamp, nodes, values)


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


def _named(reader: Reader, code: int) -> tuple[tuple[str, ...], tuple[str, ...], frozenset[Action]]:
    """What a read, a write or a call names, with what values, and what it takes."""
    if code == READ:
        reader.take(12)
        return tuple(reader.array(lambda: _read_value(reader))), (), frozenset()
    if code == WRITE:
        found = reader.array(lambda: _write_value(reader))
        needs = frozenset(written(attribute) for _node, attribute, _value in found)
        return (
            tuple(_place(node, attribute) for node, attribute, _ in found),
            tuple(one for *_, one in found),
            needs,
        )
    calls = reader.array(lambda: _call(reader))
    return (
        tuple(f"{method} of {of}" for of, method in calls),
        (),
        frozenset(called(method) for _of, method in calls),
    )


def _place(node: NodeId, attribute: int) -> str:
    return str(node) if attribute == VALUE else f"{node} attribute {attribute}"


def _read_value(reader: Reader) -> str:
    node, attribute = reader.node(), reader.whole()
    reader.bytes_()
    reader.whole("<H")
    reader.bytes_()
    return _place(node, attribute)


def _write_value(reader: Reader) -> tuple[NodeId, int, str]:
    node, attribute = reader.node(), reader.whole()
    reader.bytes_()
    return node, attribute, reader.data_value()


def _call(reader: Reader) -> tuple[NodeId, NodeId]:
    of, method = reader.node(), reader.node()
    reader.array(reader.variant)
    return of, method
