"""What the ledger is told of the kill switch and of operating states. Part of the closed union in ``domain.events``."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from domain.ids import PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChanged:
    """A zone's operating state was set."""

    number: ClassVar[int] = 50
    at: datetime
    zone: str
    before: str
    after: str
    by: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Isolated:
    """The kill switch was used on a scope: ``all``, ``site:…``, ``zone:…``, ``vendor:…``, ``session:…``."""

    number: ClassVar[int] = 51
    at: datetime
    scope: str
    by: str
    reason: str
    enforced: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """A scope was released again."""

    number: ClassVar[int] = 52
    at: datetime
    scope: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreAgreed:
    """A holder said that a suspended scope may come back over one boundary; ``step`` is the code they spent on it."""

    number: ClassVar[int] = 58
    at: datetime
    scope: str
    boundary: str
    by: PersonId
    step: int
