"""The parties: vendor companies under contract, what they bring, and persons of either side."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.ids import AssetId, PersonId, ProductId, SubcontractorId, ToolId, VendorId
from domain.rights import Side
from domain.window import TimeWindow


class Term(StrEnum):
    """What a contract must say before anybody comes in under it (NIS2-IR 5.1.4, paraphrased)."""

    SECURITY = "security"
    INCIDENT_NOTICE = "incident_notice"
    AUDIT = "audit"
    SUBCONTRACTING = "subcontracting"
    EXIT = "exit"


class Instruction(StrEnum):
    """What must be on file before a tool may be chosen (IEC 62443-2-4 SP.07.02, paraphrased)."""

    INSTALL = "install"
    CONFIGURE = "configure"
    OPERATE = "operate"
    TERMINATE = "terminate"


class LeavingKind(StrEnum):
    """Why somebody needs their access no longer; it decides how soon it goes."""

    TERMINATED = "terminated"
    """At the instant of the notice (CIP-004-7 R5.1)."""
    REASSIGNED = "reassigned"
    """By the end of the next calendar day (CIP-004-7 R5.2)."""


class ProofingKind(StrEnum):
    """How it was made sure that a person is who they say."""

    IN_PERSON = "in-person"
    VIDEO = "video"
    BY_VENDOR = "by-vendor"


_EVERY_TERM = frozenset(Term)


@dataclass(frozen=True, slots=True)
class Contract:
    """What a vendor may work on, and for how long. After its window it closes by itself."""

    reference: str
    window: TimeWindow
    assets: frozenset[AssetId]
    """Those that it names, and those of the products that it names."""
    products: frozenset[ProductId] = frozenset()
    terms: frozenset[Term] = frozenset(Term)
    """The terms that it holds."""

    @property
    def missing(self) -> tuple[Term, ...]:
        """The terms that it ought to hold and does not."""
        return () if self.terms >= _EVERY_TERM else tuple(term for term in Term if term not in self.terms)


@dataclass(frozen=True, slots=True)
class Product:
    """Something a vendor made that stands in the plant, and the assets it consists of."""

    id: ProductId
    name: str
    assets: frozenset[AssetId]
    supported_until: datetime | None = None
    """When its maker stops supporting it: a decision is due before, and without one the way closes."""


@dataclass(frozen=True, slots=True)
class Subcontractor:
    """A company that works for a vendor, as the plant has agreed to, within ``window``."""

    id: SubcontractorId
    name: str
    window: TimeWindow


_EVERY_INSTRUCTION = frozenset(Instruction)


@dataclass(frozen=True, slots=True)
class Tool:
    """A program with which vendors may come in: known by the version string its SSH client sends.

    ``clients`` are the beginnings of such strings (RFC 4253 section 4.2); the string is what the
    client says of itself, so this keeps out what nobody chose, not somebody who lies.
    """

    id: ToolId
    name: str
    clients: tuple[str, ...]
    documents: frozenset[Instruction] = frozenset(Instruction)
    """The instructions that are on file. Without all of them nobody can choose the tool."""

    @property
    def documented(self) -> bool:
        """Whether every instruction is on file."""
        return self.documents >= _EVERY_INSTRUCTION

    def is_client(self, version: str) -> bool:
        """Whether a client that says ``version`` is this tool."""
        return version.startswith(self.clients)


@dataclass(frozen=True, slots=True)
class Vendor:
    """A company outside the plant. ``networks`` are the CIDR blocks that its people come from."""

    id: VendorId
    name: str
    contracts: tuple[Contract, ...]
    products: tuple[Product, ...] = ()
    subcontractors: tuple[Subcontractor, ...] = ()
    tools: frozenset[ToolId] = frozenset()
    networks: tuple[str, ...] = ()
    sessions: int = 0
    """How many sessions its people may have at once, all together; 0 is no limit."""

    def covers(self, asset: AssetId) -> tuple[Contract, ...]:
        """The contracts that name ``asset``, whatever the time."""
        return tuple(one for one in self.contracts if asset in one.assets)

    def products_of(self, asset: AssetId) -> tuple[Product, ...]:
        """The vendor's products that ``asset`` is part of."""
        return tuple(one for one in self.products if asset in one.assets)


@dataclass(frozen=True, slots=True)
class Proofing:
    """When, how and by whom somebody's identity was made sure of."""

    at: datetime
    kind: ProofingKind
    by: str


@dataclass(frozen=True, slots=True)
class Training:
    """One course, and from when until when it counts."""

    name: str
    window: TimeWindow


@dataclass(frozen=True, slots=True)
class Leaving:
    """Somebody needs access no longer; ``until`` is the first instant without it."""

    kind: LeavingKind
    noticed: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Binding:
    """What an identity provider calls somebody: ``subject``, by ``issuer``. Both are compared to the letter.

    Only the two together say who somebody is (OpenID Connect Core section 5.7); a name or an e-mail never does.
    """

    issuer: str
    subject: str

    def __str__(self) -> str:
        """As a sentence names it."""
        return f"'{self.subject}' of {self.issuer}"


@dataclass(frozen=True, slots=True)
class Person:
    """One natural person. ``vendor`` is None for people of the plant and its owner.

    ``admitted`` is when, and by whose ``identity`` decision, an outside person may appear at all.
    """

    id: PersonId
    name: str
    vendor: VendorId | None
    ssh_keys: tuple[str, ...] = ()
    """Public keys in OpenSSH's one-line form, without options or comment."""
    admitted: TimeWindow | None = None
    admitted_by: PersonId | None = None
    auditor: bool = False
    """May read evidence. Grants nothing else."""
    shift: bool = False
    """May set operating states and use the kill switch. Grants nothing else."""
    side: Side | None = None
    """For a person of the plant: whom they speak for. Without one they fill no seat that asks for a side."""
    contact: str = ""
    """How to reach them when the network is down: a telephone number, a radio channel."""
    subcontractor: SubcontractorId | None = None
    """The company that employs them, where it is not the vendor itself."""
    proofed: Proofing | None = None
    checked: TimeWindow | None = None
    """The span for which a personnel check counts."""
    trainings: tuple[Training, ...] = ()
    leaving: Leaving | None = None
    high_risk: bool = False
    """Known to be a danger: kept out whatever else is written (AC-2(13))."""
    sessions: int = 0
    """How many sessions they may have at once; 0 is no limit."""
    bindings: tuple[Binding, ...] = ()
    """What identity providers call them. It lets them sign in at the console, and approves nothing."""
