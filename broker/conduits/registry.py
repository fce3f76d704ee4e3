"""Which filter a protocol gets, and who reads afterwards what was done over it. A new protocol is one line here."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from broker.conduits.dnp3.filter import Dnp3Filter
from broker.conduits.dnp3.functions import listed as dnp3_functions
from broker.conduits.dnp3.transactions import Dnp3Reader
from broker.conduits.enip.filter import EthernetIpFilter
from broker.conduits.enip.services import listed as ethernet_ip_services
from broker.conduits.enip.transactions import EthernetIpReader
from broker.conduits.far_end import FarEnd
from broker.conduits.http.filter import HttpFilter
from broker.conduits.http.methods import listed as http_methods
from broker.conduits.http.transactions import HttpReader
from broker.conduits.iec104.filter import Iec104Filter
from broker.conduits.iec104.transactions import Iec104Reader
from broker.conduits.iec104.types import listed as iec104_types
from broker.conduits.modbus.filter import ModbusFilter
from broker.conduits.modbus.functions import listed as modbus_functions
from broker.conduits.modbus.transactions import ModbusReader
from broker.conduits.opcua.filter import OpcUaFilter
from broker.conduits.opcua.services import listed as opc_ua_services
from broker.conduits.opcua.transactions import OpcUaReader
from broker.conduits.rdp.filter import RdpFilter
from broker.conduits.rdp.filter import listed as rdp_functions
from broker.conduits.s7.filter import S7Filter
from broker.conduits.s7.functions import listed as s7_functions
from broker.conduits.s7.transactions import S7Reader
from broker.conduits.tcp.filter import Filter, Opaque
from broker.conduits.transaction import TransactionReader
from broker.conduits.vnc.filter import VncFilter
from broker.conduits.vnc.functions import listed as vnc_functions
from broker.conduits.vnc.transactions import VncReader
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


SPOKEN: Mapping[Protocol, Spoken] = {
    Protocol.MODBUS: Spoken("Modbus/TCP", ModbusFilter, ModbusReader, modbus_functions),
    Protocol.DNP3: Spoken("DNP3", Dnp3Filter, Dnp3Reader, dnp3_functions),
    Protocol.IEC_104: Spoken("IEC 60870-5-104", Iec104Filter, Iec104Reader, iec104_types),
    Protocol.S7: Spoken("S7comm", S7Filter, S7Reader, s7_functions),
    Protocol.ETHERNET_IP: Spoken("EtherNet/IP", EthernetIpFilter, EthernetIpReader, ethernet_ip_services),
    Protocol.OPC_UA: Spoken("OPC UA", OpcUaFilter, OpcUaReader, opc_ua_services),
    Protocol.HTTP: Spoken("HTTP/1.1", HttpFilter, HttpReader, http_methods, toward=HttpFilter),
    Protocol.VNC: Spoken("VNC", VncFilter, VncReader, vnc_functions, toward=VncFilter),
    Protocol.RDP: Spoken("RDP", RdpFilter, VncReader, rdp_functions),
}

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
    spoken = next((one for known, one in SPOKEN.items() if known == protocol), None)
    return spoken.reader() if spoken is not None else None
