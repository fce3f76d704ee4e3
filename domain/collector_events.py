"""What the ledger is told of the plant's collectors. Part of the closed union in ``domain.events``."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectorLate:
    """A collector of the SIEM has not taken leaf ``leaf`` and those after it, though it waits since ``since``.

    Told once for each such time. ``code`` is why the last attempt came to nothing.
    """

    number: ClassVar[int] = 180
    at: datetime
    collector: str
    leaf: int
    since: datetime
    code: str
