"""What the ledger is told of companies that ask to be known. Part of the closed union in ``domain.events``."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from domain.ids import PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorInvited:
    """Somebody who holds ``identity`` made an invitation code. ``invitation`` names it: a part of its digest."""

    number: ClassVar[int] = 130
    at: datetime
    invitation: str
    by: PersonId
    company: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorAsked:
    """A company asked to be known. Nothing of it counts; what it wrote is its own word.

    ``keys`` are the fingerprints that it named; ``invited_by`` is empty where it came without an invitation.
    """

    number: ClassVar[int] = 131
    at: datetime
    application: str
    company: str
    keys: tuple[str, ...]
    source: str
    invited_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorAnswered:
    """Who holds ``identity`` refused an application with a reason, or took it: as a draft, which still has to be decided.

    ``answer`` is ``refused`` or ``taken``; ``draft`` is SHA-256, in hex, of the text that came of it.
    """

    number: ClassVar[int] = 132
    at: datetime
    application: str
    answer: str
    by: PersonId
    reason: str
    draft: str = ""
