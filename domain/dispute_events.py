"""What the ledger is told of a disagreement. Part of the closed union in ``domain.events``."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from domain.ids import PermitId, PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class PermitDisputed:
    """One who may decide said no where another had said yes; ``arbiter`` may settle it until ``until``.

    ``agreed`` and ``refused`` are who said what, under which right and why. ``dispute`` is SHA-256 of its
    canonical bytes, in hex.
    """

    number: ClassVar[int] = 15
    at: datetime
    permit: PermitId
    right: str
    boundary: str
    arbiter: PersonId
    agreed: tuple[str, ...]
    refused: tuple[str, ...]
    until: datetime
    dispute: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PermitSettled:
    """The arbiter decided, or said nothing in time (``by`` is ``clock``), which is a no. Both positions stand here.

    ``approval`` is SHA-256 of the arbiter's signed approval, in hex; empty for a no, which needs none.
    """

    number: ClassVar[int] = 16
    at: datetime
    permit: PermitId
    right: str
    by: str
    allows: bool
    reason: str
    agreed: tuple[str, ...]
    refused: tuple[str, ...]
    dispute: str
    approval: str
