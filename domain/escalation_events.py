"""What the ledger is told of calls up the ladder. Part of the closed union in ``domain.events``."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalated:
    """A level of the ladder was called, because nobody had seen to ``about`` by ``due``.

    ``about`` is ``permit:``, ``dispute:``, ``void:`` or ``review:`` and what it is; ``called`` is empty where the
    charter names nobody for that level. ``key`` is never told twice; ``permit`` is empty for a void.
    """

    number: ClassVar[int] = 80
    at: datetime
    key: str
    about: str
    permit: str
    level: str
    called: tuple[str, ...]
    since: datetime
    due: datetime
