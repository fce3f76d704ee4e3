"""The plant: an organisation's sites, zones, conduits between them, and the assets inside (IEC 62443-3-2)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address

from domain.access import Action, Grant, RequestField
from domain.ids import AssetId, ConduitId, DependencyId, OrganisationId, SiteId, VendorId, ZoneId
from domain.line import Line
from domain.proof import ProofKind
from domain.record import Agreement, Record, SecurityLevels
from domain.recurrence import Hours
from domain.rights import DecisionRight
from domain.screening import FileRules
from domain.web import Web


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
    IEC_104 = "iec-104"
    DNP3 = "dnp3"
    ETHERNET_IP = "ethernet-ip"
    HTTP = "http"
    VNC = "vnc"
    RDP = "rdp"
    """An engine of the gate's speaks it; whoever looks is shown VNC."""
    TCP = "tcp"
    TELNET = "telnet"
    SERIAL = "serial"
    """A serial line behind a terminal server: raw bytes over TCP, or RFC 2217."""


LINES = frozenset({Protocol.TELNET, Protocol.SERIAL})
"""A terminal and nothing else, in the clear from the gate on."""

SCREENS = frozenset({Protocol.VNC, Protocol.RDP})
"""What is looked at, and worked at by keys and clicks."""

TERMINALS = LINES | {Protocol.SSH}
"""What the gate ends, and opens its own towards the asset. Nobody is let through to it blind."""


CONTROLLED_BY = frozenset(
    {
        Protocol.MODBUS,
        Protocol.OPC_UA,
        Protocol.S7,
        Protocol.IEC_104,
        Protocol.DNP3,
        Protocol.ETHERNET_IP,
    }
)
"""What controllers speak: an asset with such an endpoint is one."""

PROVABLE = frozenset({Protocol.MODBUS, Protocol.S7, Protocol.DNP3, Protocol.IEC_104, Protocol.ETHERNET_IP})
"""Of whose functions the gate can hold one until it is proved, and answer in the device's place meanwhile."""

UNREAD = frozenset({Protocol.TCP})
"""Passed on as it is, by port alone: the evidence has the bytes, and nobody's reading of them."""


class Tunnel(StrEnum):
    """What can run inside a protocol that the gate does not read, and takes all that is done out of the evidence."""

    SSH = "ssh"
    TLS = "tls"
    SOCKS = "socks"
    HTTP_CONNECT = "http-connect"
    OPENVPN = "openvpn"
    WIREGUARD = "wireguard"
    RDP = "rdp"
    VNC = "vnc"


class Way(StrEnum):
    """What a limit lets be done at its place."""

    READ = "read"
    WRITE = "write"
    USE = "use"
    """One function that touches no address, by its name."""


class Form(StrEnum):
    """How the value that a limit bounds is read from what goes over the line."""

    PLAIN = ""
    """As the protocol has it; of a Modbus register the unsigned 16 bits, of a byte of S7's its eight."""
    SIGNED = "signed"
    UNSIGNED_16 = "unsigned 16"
    """Two neighbouring bytes, the higher one first."""
    SIGNED_16 = "signed 16"
    UNSIGNED_32 = "unsigned 32"
    """Two neighbouring registers or four bytes, the higher ones first."""
    SIGNED_32 = "signed 32"
    FLOAT_32 = "float 32"
    UNSIGNED_32_LOW_FIRST = "unsigned 32 low word first"
    SIGNED_32_LOW_FIRST = "signed 32 low word first"
    FLOAT_32_LOW_FIRST = "float 32 low word first"


@dataclass(frozen=True, slots=True)
class Limit:
    """A part of what an asset holds that may be read or written over a protocol. ``domain.limits`` reads and writes it.

    Once there is one for a protocol, nothing outside those there are may be touched over it.
    """

    protocol: Protocol
    way: Way
    place: str
    """The kind of place in the protocol's own words: ``holding registers``; of ``use`` the function's name."""
    first: int = 0
    last: int = 0
    """The last address, itself included."""
    name: str = ""
    """The address itself, where the protocol's addresses are names."""
    unit: int | None = None
    """Who answers behind the endpoint; None is everybody who does."""
    least: Decimal | None = None
    """Of a written value, itself included; None together with ``most`` is any value."""
    most: Decimal | None = None
    form: Form = Form.PLAIN


class ZoneKind(StrEnum):
    """On which side of the DMZ a zone stands. What may be joined depends on it, and on nothing else."""

    EXTERNAL = "external"
    """Not the organisation's own: the internet, a vendor's or a provider's network."""
    BUSINESS = "business"
    DMZ = "dmz"
    CONTROL = "control"


class Direction(StrEnum):
    """Which way bytes go over a conduit, seen from the zone that it leads to."""

    BOTH = "both"
    OUTBOUND = "outbound"
    """Out of that zone only: not one byte of the vendor's goes in."""


@dataclass(frozen=True, slots=True)
class Organisation:
    """Who runs the sites. ``time_zone`` is the IANA name by which dates in the charter are read."""

    id: OrganisationId
    name: str
    time_zone: str
    broker_zones: frozenset[ZoneId] = frozenset()
    """Where this broker and its like stand: in a DMZ, never in a control zone."""
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
    """Assets that share security requirements."""

    id: ZoneId
    name: str
    site: SiteId
    kind: ZoneKind
    criticality: Criticality
    safety: bool
    record: Record
    purdue_level: str = ""
    """For whoever draws the plant in layers; nothing depends on it."""
    exposure: str = ""
    """How it can be reached from outside the organisation, where it can."""
    step_up_actions: frozenset[Action] = frozenset()
    """What needs a proof of its own each time that it is done in here, over whichever conduit; never ``view``."""
    hardware_keys: bool = False
    """Whether a vendor's people come in here by a key in a security key alone, over whichever conduit."""

    @property
    def dmz(self) -> bool:
        """Whether everything between the business networks and the plant passes through it."""
        return self.kind is ZoneKind.DMZ

    @property
    def sl_t(self) -> SecurityLevels:
        """Its target security level, as a vector."""
        return self.record.sl_t


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where an asset answers: an IP literal, never a name, so that nothing is looked up for a client."""

    protocol: Protocol
    address: IPv4Address | IPv6Address
    port: int
    host_keys: tuple[str, ...] = ()
    """Pinned SSH host keys, in OpenSSH's one-line form; without any, and without an authority, there is no connection."""
    line: Line | None = None
    """How a telnet or serial endpoint is spoken to, where that is not the usual."""
    certificate: str = ""
    """The pinned certificate of an OPC UA server (DER in base64): where there is one, the gate ends what is encrypted."""
    web: Web | None = None
    """By which name an HTTP endpoint is asked; by what it or an RDP endpoint is known."""
    host_authority: str = ""
    """The key that signs SSH host certificates here, in OpenSSH's one-line form: one for the asset's own id counts as pinned."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A machine in a zone. ``consequence`` is what could go wrong, in the plant's own words."""

    id: AssetId
    name: str
    zone: ZoneId
    owner: str
    criticality: Criticality
    consequence: str
    protect: str
    """What is to be protected here."""
    keep_available: str
    """What must go on, whatever is done to it."""
    bears: Mapping[OperatingState, str]
    """What change it can bear in an operating state; none in a state that is missing here."""
    endpoints: tuple[Endpoint, ...]
    depends_on: frozenset[AssetId] = frozenset()
    replica: AssetId | None = None
    """A one-way copy of it, which is enough for looking."""
    writers: int = 0
    """How many people may write to it at once; 0 is one where it is a controller, and no limit elsewhere."""
    sessions: int = 0
    """How many sessions it may have at once; 0 is no limit."""

    def endpoint(self, protocol: Protocol) -> Endpoint | None:
        """The asset's endpoint for ``protocol``, if it has one."""
        return next((one for one in self.endpoints if one.protocol is protocol), None)

    def terminal(self) -> Endpoint | None:
        """Where a shell leads: an asset has one such endpoint at most."""
        return next((one for one in self.endpoints if one.protocol in TERMINALS), None)

    def endpoint_at(self, port: int) -> Endpoint | None:
        """The asset's endpoint on ``port``, if the charter names one there."""
        return next((one for one in self.endpoints if one.port == port), None)


class Screening(StrEnum):
    """What becomes of a file that is put over a conduit."""

    SCREENED = "screened"
    """It goes to the node's quarantine first, and to the asset once it is released."""
    UNSCREENED = "unscreened"
    """It goes to the asset as it comes, recorded like all else."""


class Outflow(StrEnum):
    """Ways in which data leaves a zone: a kind of passage, or what was recorded of a session."""

    SHELL = "shell"
    EXEC = "exec"
    SFTP = "sftp"
    SCP = "scp"
    RSYNC = "rsync"
    ZMODEM = "zmodem"
    FORWARD = "forward"
    RECORDING = "recording"


@dataclass(frozen=True, slots=True)
class Conduit:
    """An approved path from one zone into another, and the conditions under which it may be used."""

    id: ConduitId
    name: str
    source: ZoneId
    destination: ZoneId
    direction: Direction
    purpose: str
    owner: str
    failure: str
    """What it looks like when it fails, and what then."""
    success: str
    """How one tests that it does what it is for, and no more."""
    agreed: Agreement | None
    vendors: frozenset[VendorId]
    carries: Mapping[Protocol, frozenset[Action]]
    """The protocols that pass, and what each may be used for."""
    grants: frozenset[Grant]
    """Kinds of passage the conduit lets through; a forward grant's port 0 means the asset's own endpoints."""
    states: frozenset[OperatingState]
    proofs: frozenset[ProofKind]
    """Which proofs of approval the plant accepts here; ``totp`` is the weaker one, the bound kinds the stricter."""
    longest_window: timedelta
    supervised: bool
    """Whether somebody of the plant must watch while it is used."""
    safety_dependency: DependencyId | None
    record: Record
    requires: frozenset[RequestField] = frozenset(RequestField)
    """What a request over it must say in words; the purpose always."""
    data_out: frozenset[Outflow] = frozenset()
    """What the holder of ``data_out`` must have said yes to as well, because data can leave by it."""
    hours: tuple[Hours, ...] = ()
    """When it may be used; empty is at any time."""
    limits: frozenset[Limit] = frozenset()
    """Where, and within which bounds, a protocol may be used here; one for which none is named reaches everything."""
    step_up: frozenset[Limit] = frozenset()
    """What needs a proof of its own each time, whatever a permit allows: whoever touches any of it is held."""
    step_up_actions: frozenset[Action] = frozenset()
    """The same for whatever is done that is of these kinds; never ``view``."""
    hardware_keys: bool = False
    """Whether its vendors' people come by a key in a security key alone, which can't be copied out of it."""
    cleartext: frozenset[Protocol] = frozenset()
    """What may cross in the clear behind the gate, each by its name."""
    not_recordable: frozenset[Tunnel] = frozenset()
    """Tunnels that may run inside a protocol that the gate does not read, each by its name: what is done in them is in no
    evidence."""
    sessions: int = 0
    """How many sessions there may be over it at once; 0 is no limit."""
    in_order: tuple[DecisionRight, ...] = ()
    """Rights that decide one after another, the first one first; one that is not here decides at any time."""
    files: Screening = Screening.SCREENED
    """What becomes of files that are put over it."""
    screening: FileRules = field(default_factory=FileRules)
    """What is asked of files that are brought over it."""

    @property
    def protocols(self) -> frozenset[Protocol]:
        """The protocols that pass."""
        return frozenset(self.carries)

    @property
    def actions(self) -> frozenset[Action]:
        """Everything that some protocol may be used for here."""
        return frozenset[Action]().union(*self.carries.values())

    def unprovable(self, actions: frozenset[Action]) -> tuple[Protocol, ...]:
        """The protocols over which some of ``actions`` may be done here without anybody being able to hold it for a proof."""
        return tuple(
            sorted(one for one, may in self.carries.items() if one not in PROVABLE and may & actions)
        )
