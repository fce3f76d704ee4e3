"""What the ledger is told of evidence that no session gives. Part of the closed union in ``domain.events``."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from domain.ids import PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceCollected:
    """A part of this node looked at the node itself. ``facts`` are what it saw, ``digest`` is SHA-256 of them, in hex.

    ``kind`` is the baseline's: ``EV-CFG``, ``EV-CLK``, ``EV-AUD``. ``sound`` says whether it is as it ought to be.
    """

    number: ClassVar[int] = 170
    at: datetime
    kind: str
    subject: str
    digest: str
    facts: tuple[str, ...]
    sound: bool
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentTaken:
    """A document was taken in as evidence. ``digest`` is SHA-256 of its bytes, in hex; they lie under it in the node.

    ``name`` is the plant's own word for it: the same name again replaces what was there. ``made`` is when what it says
    was so, and its refresh cycle ``every`` (ISO 8601) counts from there; any of ``triggers`` ends it at once.
    """

    number: ClassVar[int] = 171
    at: datetime
    name: str
    kind: str
    sort: str
    title: str
    digest: str
    size_bytes: int
    media: str
    file: str
    owner: PersonId
    zone: str
    vendor: str
    made: datetime
    every: str
    triggers: tuple[str, ...]
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentEnded:
    """A document is evidence no longer, and nothing takes its place."""

    number: ClassVar[int] = 172
    at: datetime
    name: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerNoted:
    """Somebody said that something happened that makes evidence stale and that no other event tells."""

    number: ClassVar[int] = 173
    at: datetime
    name: str
    zone: str
    vendor: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EquivalenceDecided:
    """Somebody answers for it that evidence of one zone meets the same need in another, until ``until``.

    ``name`` is the decision's: the same name again replaces it, and one whose ``until`` is ``at`` ends it.
    """

    number: ClassVar[int] = 174
    at: datetime
    name: str
    kind: str
    from_zone: str
    to_zone: str
    owner: PersonId
    until: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRaised:
    """Something is wrong with ``about``, and stands in exactly one register. ``told`` are the others it concerns."""

    number: ClassVar[int] = 175
    at: datetime
    finding: str
    about: str
    register: str
    owner: PersonId
    told: tuple[str, ...]
    sentence: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingClosed:
    """Whoever answers for it said what was done about a finding."""

    number: ClassVar[int] = 176
    at: datetime
    finding: str
    by: str
    reason: str
