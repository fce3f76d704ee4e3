"""Which filter a protocol gets. A new protocol is one line here."""

from collections.abc import Callable, Mapping

from broker.conduits.modbus.filter import ModbusFilter
from broker.conduits.tcp.filter import Filter, Opaque
from domain.access import Action
from domain.plant import Protocol


def _opaque(_actions: frozenset[Action]) -> Filter:
    return Opaque()


FILTERS: Mapping[Protocol, Callable[[frozenset[Action]], Filter]] = {
    Protocol.MODBUS: ModbusFilter,
    Protocol.OPC_UA: _opaque,
    Protocol.S7: _opaque,
    Protocol.HTTP: _opaque,
    Protocol.VNC: _opaque,
    Protocol.TCP: _opaque,
}
"""``ssh`` is missing on purpose: an SSH connection through a forward would be a passage nobody can see into."""


def filter_for(protocol: Protocol, actions: frozenset[Action]) -> Filter | None:
    """A fresh filter for one connection, by a permit for ``actions``; None when this protocol is never forwarded."""
    make = FILTERS.get(protocol)
    return make(actions) if make is not None else None
