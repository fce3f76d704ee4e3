"""Which of a vendor's permits a tunnel goes by, and what a tool has to be told. Pure; it reads what the lobby's JSON says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.access import Grant, PassageKind
from domain.canonical import Json, instant_of, text_in, texts_in
from domain.errors import PenstockError
from domain.notice import inert
from domain.permit import LONGEST_LIMIT, USABLE
from domain.plant import TERMINALS, Protocol

LOCAL_PORT_ABOVE = 10_000

NO_OTHER_PORT = frozenset({Protocol.S7, Protocol.ETHERNET_IP})
"""Makers' tools for these have no field for a port."""

TOOLS: Mapping[Protocol, str] = {
    Protocol.MODBUS: "In a Modbus master: TCP, host {host}, port {port}",
    Protocol.OPC_UA: "In UaExpert or another OPC UA client: opc.tcp://{address}",
    Protocol.S7: "In TIA Portal or STEP 7: the PLC's address is {host}",
    Protocol.IEC_104: "In an IEC 104 master: host {host}, port {port}",
    Protocol.DNP3: "In a DNP3 master: TCP, host {host}, port {port}",
    Protocol.ETHERNET_IP: "In Studio 5000 or RSLinx: an EtherNet/IP driver with the address {host}",
    Protocol.HTTP: "In a browser: http://{address}/",
    Protocol.VNC: "In a VNC viewer: {host}::{port}",
    Protocol.RDP: "In a VNC viewer (the gate speaks RDP itself): {host}::{port}",
    Protocol.TCP: "In your tool: host {host}, port {port}",
}


@dataclass(frozen=True, slots=True)
class Way:
    """One port of the asset."""

    protocol: Protocol
    port: int

    def hint(self, host: str, local: int) -> str:
        """What to type into a tool, now that this way begins at ``host``:``local``."""
        address = f"[{host}]:{local}" if ":" in host else f"{host}:{local}"
        said = TOOLS[self.protocol].format(host=host, port=local, address=address)
        if local != self.port and self.protocol in NO_OTHER_PORT:
            said += f" (these know port {self.port} only: end what holds it here, or run this as an administrator)"
        return said


@dataclass(frozen=True, slots=True)
class Plan:
    """What one permit opens. ``end`` is the end of its window; half-open."""

    permit: str
    asset: str
    end: datetime
    ways: tuple[Way, ...]
    limits: tuple[str, ...] = ()
    """Where these protocols may reach, as the permit says it."""


class NoPlanError(PenstockError):
    """There is no permit to go by; says what there is."""


def plan(permits: Sequence[Json], assets: Sequence[Json], wanted: str) -> Plan:
    """By the permit ``wanted``, or by the only one that may be used; NoPlanError where that is none, or several.

    Whether its window is open is the gate's to say, whose clock is right. ValueError when what came is not what a lobby says.
    """
    endpoints = {text_in(one, "asset"): _ways(one) for one in map(_mapping, assets)}
    known = [_mapping(one) for one in permits]
    if wanted and wanted not in {text_in(one, "permit") for one in known}:
        raise NoPlanError(
            f"There is no permit {wanted} of yours.", remedy="See where yours stand: ssh you@gate permits."
        )
    found = []
    for one in known:
        ways = _granted(one, endpoints.get(text_in(one, "asset"), ()))
        if wanted == text_in(one, "permit"):
            _check_usable(one, ways)
        if ways and text_in(one, "state") in USABLE and wanted in {"", text_in(one, "permit")}:
            found.append(
                Plan(
                    text_in(one, "permit"),
                    text_in(one, "asset"),
                    instant_of(text_in(one, "end")),
                    ways,
                    tuple(inert(limit, LONGEST_LIMIT) for limit in texts_in(one, "limits")),
                )
            )
    if len(found) == 1:
        return found[0]
    if found:
        listed = ", ".join(f"{one.permit} ({one.asset})" for one in found)
        raise NoPlanError(
            f"Several permits can be used: {listed}.", remedy="Name one: penstock tunnel PERMIT."
        )
    raise NoPlanError(
        "No permit of yours that can be used opens a port.",
        remedy="Ask for one, or see where they stand: ssh you@gate permits.",
    )


def local_ports(way: Way) -> tuple[int, ...]:
    """Where this way may begin on the vendor's machine, the best first: many tools know the usual port only; 0 is any."""
    return way.port, way.port + LOCAL_PORT_ABOVE if way.port < 2**16 - LOCAL_PORT_ABOVE else 0, 0


def _check_usable(one: Mapping[str, Json], ways: tuple[Way, ...]) -> None:
    name, state = text_in(one, "permit"), text_in(one, "state")
    if not ways:
        raise NoPlanError(
            f"Permit {name} opens no port of {text_in(one, 'asset')}.",
            remedy="Ask for one with forward:PORT.",
        )
    if state not in USABLE:
        remedy = f"Wait for it: ssh you@gate wait {name}." if state == "requested" else "Ask for a new one."
        raise NoPlanError(f"Permit {name} is {state}.", remedy=remedy)


def _granted(one: Mapping[str, Json], ways: tuple[Way, ...]) -> tuple[Way, ...]:
    forwards = [
        grant for grant in map(Grant.of, texts_in(one, "grants")) if grant.kind is PassageKind.FORWARD
    ]
    ports = {grant.port for grant in forwards}
    return tuple(way for way in ways if 0 in ports or way.port in ports)


def _ways(asset: Mapping[str, Json]) -> tuple[Way, ...]:
    told = asset.get("endpoints")
    found = []
    for one in map(_mapping, told if isinstance(told, list) else []):
        protocol, port = Protocol(text_in(one, "protocol")), one.get("port")
        if not isinstance(port, int) or not 0 < port < 2**16:
            raise ValueError("an endpoint's port lies between 1 and 65535")
        if protocol not in TERMINALS:
            found.append(Way(protocol, port))
    return tuple(found)


def _mapping(one: Json) -> Mapping[str, Json]:
    if not isinstance(one, dict):
        raise ValueError("a list of objects was awaited")  # noqa: TRY004 - of data, not of our caller
    return one
