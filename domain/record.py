"""What is written down about a zone or a conduit beside what the rules ask (IEC 62443-3-2 ZCR 6.4).

Nothing here opens or shuts anything by itself, the safety dependency apart: it is what an approver, an
auditor and the next engineer read, and a charter in which any of it is missing is not accepted.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from domain.canonical import Json, canonical
from domain.ids import DependencyId, PersonId, ZoneId

FOUNDATIONAL_REQUIREMENTS = (
    "identification and authentication control",
    "use control",
    "system integrity",
    "data confidentiality",
    "restricted data flow",
    "timely response to events",
    "resource availability",
)
"""FR 1 to FR 7 of IEC 62443, in their order: one target level each."""

HIGHEST_LEVEL = 4


@dataclass(frozen=True, slots=True)
class SecurityLevels:
    """A target security level, 0 to 4, for each of the seven foundational requirements, FR 1 first."""

    levels: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.levels) != len(FOUNDATIONAL_REQUIREMENTS):
            raise ValueError("a security level vector has seven members, FR 1 to FR 7")
        if not all(0 <= one <= HIGHEST_LEVEL for one in self.levels):
            raise ValueError("a security level is 0 to 4")

    @property
    def highest(self) -> int:
        """The highest of the seven: what asks for the most care."""
        return max(self.levels)

    def __str__(self) -> str:
        return " ".join(map(str, self.levels))


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The attributes that ZCR 6.4 asks of zones and conduits alike, id, name and safety apart."""

    accountable: str
    """The organisation that answers for it."""
    sl_t: SecurityLevels
    logical_boundary: str
    physical_boundary: str
    logical_access: Mapping[str, str]
    """Each logical access point, and the data that flows through it."""
    physical_access: Mapping[str, str]
    """Each physical access point, and what is carried in and out there."""
    requirements: tuple[str, ...]
    policies: tuple[str, ...]
    assumptions: str
    dependencies: str


@dataclass(frozen=True, slots=True)
class SafetyDependency:
    """How securing a way touches a safety function, as the safety and the security side signed it.

    Whatever changes in it changes its digest; a permit names the digest that its approvers saw.
    """

    id: DependencyId
    zone: ZoneId
    function: str
    harm: str
    """How an action of security (a cut, a kill, an expiry) could harm that function."""
    key_switch: str
    """The position of the configuration switch that writing needs, and who turns it."""
    safety: PersonId
    security: PersonId
    signed_on: date
    writes_in: frozenset[str] = frozenset()
    """The operating states in which the switch stands where writing needs it; in none, nobody writes from outside."""

    def text(self) -> str:
        """What both sides signed, in short: 16 hex digits over everything but the signatures."""
        return hashlib.sha256(canonical(self._said())).hexdigest()[:16]

    def digest(self) -> bytes:
        """SHA-256 of the whole record, signatures included: 32 bytes."""
        signed: Json = {
            "said": self._said(),
            "safety": self.safety,
            "security": self.security,
            "on": self.signed_on.isoformat(),
        }
        return hashlib.sha256(canonical(signed)).digest()

    def _said(self) -> Json:
        # What is as usual (nobody writes from outside) is left out.
        writes: dict[str, Json] = {"writes_in": sorted(self.writes_in)} if self.writes_in else {}
        return writes | {
            "id": self.id,
            "zone": self.zone,
            "function": self.function,
            "harm": self.harm,
            "key_switch": self.key_switch,
        }


@dataclass(frozen=True, slots=True)
class Agreement:
    """Who of each side said yes to a conduit's purpose, owner, failure description and success test."""

    source: PersonId
    destination: PersonId
    on: date
