"""Facts about a supervisor's override, which reverts by itself. Members of ``domain.events.Event``."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from domain.ids import PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideBegun:
    """A holder suspended ``scope`` until ``until`` (RFC 3339, or empty), or until ``zone`` is in ``state``. ``step`` is the code they spent on it."""

    number: ClassVar[int] = 221
    at: datetime
    override: str
    scope: str
    by: PersonId
    reason: str
    until: str
    zone: str
    state: str
    step: int
    enforced: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideEnded:
    """It is over. ``why``: ``time`` or ``state`` (it reverted by itself), ``restored``, or ``isolated`` (its scope stays shut). A review is open."""

    number: ClassVar[int] = 222
    at: datetime
    override: str
    scope: str
    by: PersonId
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideReviewed:
    """Somebody who had not made it looked at an override that was over; ``step`` is the code they spent on it."""

    number: ClassVar[int] = 223
    at: datetime
    override: str
    scope: str
    by: PersonId
    finding: str
    step: int
