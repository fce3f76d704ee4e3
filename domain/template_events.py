"""What the ledger is told of standing templates. Part of the closed union in ``domain.events``.

That somebody signed one is a ``RightAttested``, whose subject names the template by its digest.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from domain.ids import PermitId, PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateWritten:
    """A standing template was written down. ``document`` is its canonical JSON; it counts once it is signed."""

    number: ClassVar[int] = 90
    at: datetime
    template: str
    id: str
    by: PersonId
    document: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateUsed:
    """A permit inside a standing template was confirmed: the ``use``-th of ``uses`` in the template's period."""

    number: ClassVar[int] = 91
    at: datetime
    template: str
    permit: PermitId
    by: PersonId
    right: str
    use: int
    uses: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateEnded:
    """Somebody ended a standing template; from then on nothing is inside it."""

    number: ClassVar[int] = 92
    at: datetime
    template: str
    id: str
    by: str
    reason: str
