"""Which filter a protocol gets. A new protocol is one line here."""

from collections.abc import Callable, Mapping

from broker.conduits.tcp.filter import Filter, Opaque
from domain.plant import Protocol

FILTERS: Mapping[Protocol, Callable[[], Filter]] = {
    Protocol.MODBUS: Opaque,
    Protocol.OPC_UA: Opaque,
    Protocol.S7: Opaque,
    Protocol.HTTP: Opaque,
    Protocol.VNC: Opaque,
    Protocol.TCP: Opaque,
}
"""``ssh`` is missing on purpose: an SSH connection through a forward would be a passage nobody can see into."""


def filter_for(protocol: Protocol) -> Filter | None:
    """A fresh filter for one connection; None when this protocol is never forwarded."""
    make = FILTERS.get(protocol)
    return make() if make is not None else None
