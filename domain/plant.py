"""The plant: an organisation's sites, zones, conduits between them, and the assets inside (IEC 62443-3-2)."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address

from domain.access import Action, Grant
from domain.ids import AssetId, ConduitId, OrganisationId, SiteId, VendorId, ZoneId
from domain.proof import ProofKind


class OperatingState(StrEnum):
    """What a zone is doing now. What may be touched from outside depends on it."""

    RUNNING = "running"
    MAINTENANCE = "maintenance"
    TURNAROUND = "turnaround"
    START_UP = "start-up"
    SHUTDOWN = "shutdown"
    EMERGENCY = "emergency"
    ISOLATED = "isolated"


class Criticality(StrEnum):
    """What the loss of a zone or an asset would mean for the plant."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Protocol(StrEnum):
    """What an endpoint speaks."""

    SSH = "ssh"
    MODBUS = "modbus"
    OPC_UA = "opc-ua"
    S7 = "s7"
    HTTP = "http"
    VNC = "vnc"
    TCP = "tcp"


@dataclass(frozen=True, slots=True)
class Organisation:
    """Who runs the sites. ``time_zone`` is the IANA name by which dates in the charter are read."""

    id: OrganisationId
    name: str
    time_zone: str
    demonstration: bool = False
    """Assets on loopback addresses are accepted, and every page says that nothing here is real."""


@dataclass(frozen=True, slots=True)
class Site:
    """One plant. ``time_zone`` is the IANA name in which its people read a clock."""

    id: SiteId
    name: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class Zone:
    """Assets that share security requirements. ``sl_t`` is the target security level, 0 to 4."""

    id: ZoneId
    name: str
    site: SiteId
    purdue_level: str
    sl_t: int
    criticality: Criticality
    dmz: bool = False
    safety: bool = False


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where an asset answers: an IP literal, never a name, so that nothing is looked up for a client."""

    protocol: Protocol
    address: IPv4Address | IPv6Address
    port: int
    host_keys: tuple[str, ...] = ()
    """Pinned SSH host keys, in OpenSSH's one-line form; none pinned means no connection."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A machine in a zone. ``consequence`` is what could go wrong, in the plant's own words."""

    id: AssetId
    name: str
    zone: ZoneId
    criticality: Criticality
    consequence: str
    endpoints: tuple[Endpoint, ...]

    def endpoint(self, protocol: Protocol) -> Endpoint | None:
        """The asset's endpoint for ``protocol``, if it has one."""
        return next((one for one in self.endpoints if one.protocol is protocol), None)

    def endpoint_at(self, port: int) -> Endpoint | None:
        """The asset's endpoint on ``port``, if the charter names one there."""
        return next((one for one in self.endpoints if one.port == port), None)


class Outflow(StrEnum):
    """Ways in which data leaves a zone: a kind of passage, or what was recorded of a session."""

    SHELL = "shell"
    EXEC = "exec"
    SFTP = "sftp"
    SCP = "scp"
    FORWARD = "forward"
    RECORDING = "recording"


@dataclass(frozen=True, slots=True)
class Conduit:
    """An approved path from one zone into another, and the conditions under which it may be used."""

    id: ConduitId
    name: str
    source: ZoneId
    destination: ZoneId
    purpose: str
    owner: str
    vendors: frozenset[VendorId]
    protocols: frozenset[Protocol]
    grants: frozenset[Grant]
    """Kinds of passage the conduit lets through; a forward grant's port 0 means the asset's own endpoints."""
    actions: frozenset[Action]
    states: frozenset[OperatingState]
    proofs: frozenset[ProofKind]
    """Which proofs of approval the plant accepts here; ``totp`` is the weaker one."""
    longest_window: timedelta
    data_out: frozenset[Outflow] = frozenset()
    """What the holder of ``data_out`` must have said yes to as well, because data can leave by it."""
