"""Which filter a protocol gets, and who reads afterwards what was done over it. A new protocol is one function here."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from broker.conduits.far_end import FarEnd
from broker.conduits.tcp.filter import Filter, Opaque
from broker.conduits.transaction import TransactionReader
from domain.access import Action
from domain.plant import TERMINALS, Limit, Protocol, Tunnel


@dataclass(frozen=True, slots=True)
class Spoken:
    """A protocol that the gate reads."""

    name: str
    """As people write it, for a heading."""
    filter: Callable[[frozenset[Action], tuple[Limit, ...]], Filter]
    """By what a permit lets be done, and its limits for this protocol; none named is no limit."""
    reader: Callable[[], TransactionReader]
    functions: Callable[[], Iterable[tuple[str, str, Action]]]
    """Code, name and what it takes, for docs/conduits.md: from the table that the filter judges by."""
    toward: Callable[[frozenset[Action], tuple[Limit, ...], FarEnd], Filter] | None = None
    """The same filter, for a protocol whose requests name the asset, or sign in to it."""


def _modbus() -> Spoken:
    from broker.conduits.modbus.filter import ModbusFilter
    from broker.conduits.modbus.functions import listed
    from broker.conduits.modbus.transactions import ModbusReader

    return Spoken("Modbus/TCP", ModbusFilter, ModbusReader, listed)


def _dnp3() -> Spoken:
    from broker.conduits.dnp3.filter import Dnp3Filter
    from broker.conduits.dnp3.functions import listed
    from broker.conduits.dnp3.transactions import Dnp3Reader

    return Spoken("DNP3", Dnp3Filter, Dnp3Reader, listed)


def _iec_104() -> Spoken:
    from broker.conduits.iec104.filter import Iec104Filter
    from broker.conduits.iec104.transactions import Iec104Reader
    from broker.conduits.iec104.types import listed

    return Spoken("IEC 60870-5-104", Iec104Filter, Iec104Reader, listed)


def _s7() -> Spoken:
    from broker.conduits.s7.filter import S7Filter
    from broker.conduits.s7.functions import listed
    from broker.conduits.s7.transactions import S7Reader

    return Spoken("S7comm", S7Filter, S7Reader, listed)


def _ethernet_ip() -> Spoken:
    from broker.conduits.enip.filter import EthernetIpFilter
    from broker.conduits.enip.services import listed
    from broker.conduits.enip.transactions import EthernetIpReader

    return Spoken("EtherNet/IP", EthernetIpFilter, EthernetIpReader, listed)


def _opc_ua() -> Spoken:
    from broker.conduits.opcua.filter import OpcUaFilter
    from broker.conduits.opcua.services import listed
    from broker.conduits.opcua.transactions import OpcUaReader

    return Spoken("OPC UA", OpcUaFilter, OpcUaReader, listed)


def _http() -> Spoken:
    from broker.conduits.http.filter import HttpFilter
    from broker.conduits.http.methods import listed
    from broker.conduits.http.transactions import HttpReader

    return Spoken("HTTP/1.1", HttpFilter, HttpReader, listed, toward=HttpFilter)


def _vnc() -> Spoken:
    from broker.conduits.vnc.filter import VncFilter
    from broker.conduits.vnc.functions import listed
    from broker.conduits.vnc.transactions import VncReader

    return Spoken("VNC", VncFilter, VncReader, listed, toward=VncFilter)


def _rdp() -> Spoken:
    from broker.conduits.rdp.filter import RdpFilter, listed
    from broker.conduits.vnc.transactions import VncReader

    return Spoken("RDP", RdpFilter, VncReader, listed)


_LOADS: Mapping[Protocol, Callable[[], Spoken]] = {
    Protocol.MODBUS: _modbus,
    Protocol.DNP3: _dnp3,
    Protocol.IEC_104: _iec_104,
    Protocol.S7: _s7,
    Protocol.ETHERNET_IP: _ethernet_ip,
    Protocol.OPC_UA: _opc_ua,
    Protocol.HTTP: _http,
    Protocol.VNC: _vnc,
    Protocol.RDP: _rdp,
}


@cache
def _loaded(protocol: Protocol) -> Spoken:
    return _LOADS[protocol]()


class _WhenAsked(Mapping[Protocol, Spoken]):
    """Loads a protocol when it is asked for: most plants speak two or three, and each takes some milliseconds of a start."""

    def __getitem__(self, protocol: Protocol) -> Spoken:
        return _loaded(protocol)

    def __iter__(self) -> Iterator[Protocol]:
        return iter(_LOADS)

    def __len__(self) -> int:
        return len(_LOADS)


SPOKEN: Mapping[Protocol, Spoken] = _WhenAsked()


def load(protocols: Iterable[Protocol]) -> None:
    """Have these ready, so that nobody's first connection waits for one."""
    for protocol in SPOKEN.keys() & protocols:
        _loaded(protocol)


SIGNED_IN = frozenset({Protocol.HTTP, Protocol.RDP, Protocol.VNC})
"""Over which the gate signs in at the asset with what the vault keeps for them, and no vendor sees it."""

NEVER_FORWARDED = TERMINALS
"""SSH through a forward would be a passage nobody can see into; a line through one would keep what is typed blind."""


def filter_for(
    protocol: Protocol,
    actions: frozenset[Action],
    limits: Iterable[Limit],
    end: FarEnd | None = None,
    *,
    not_recordable: frozenset[Tunnel] = frozenset(),
) -> Filter | None:
    """A fresh filter for one connection, by a permit for ``actions`` within ``limits``; None when never forwarded.

    ``not_recordable`` are the tunnels that the charter lets run inside what is not read.
    """
    if protocol in NEVER_FORWARDED:
        return None
    spoken = SPOKEN.get(protocol)
    if spoken is None:
        return Opaque(not_recordable)
    mine = tuple(one for one in limits if one.protocol is protocol)
    if end is not None and spoken.toward is not None:
        return spoken.toward(actions, mine, end)
    return spoken.filter(actions, mine)


def reader_for(protocol: str) -> TransactionReader | None:
    """Who reads a recorded channel of ``protocol``; None where it was passed on unread."""
    known = next((one for one in SPOKEN if one == protocol), None)
    return SPOKEN[known].reader() if known is not None else None
