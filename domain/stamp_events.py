"""What the ledger is told of its own time-stamps. Members of the closed union in ``domain.events``."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadStamped:
    """A time-stamp authority says that the first ``size`` leaves were there at ``stamped_at``, by its own clock.

    ``token`` is the SHA-256 of the token, and ``crls`` of the CRLs that were kept with it, empty for none. With this leaf every later
    time-stamp takes the earlier one in: so it stays proven after ``until``, when the first certificate of its way runs out.
    """

    number: ClassVar[int] = 65
    at: datetime
    size: int
    stamped_at: datetime
    authority: str
    serial: str
    token: str
    crls: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StampsLate:
    """Heads of the ledger wait for a time-stamp, the oldest, of ``size`` leaves, since ``since``. Told once for each such time.

    ``code`` is why the last attempt came to nothing.
    """

    number: ClassVar[int] = 66
    at: datetime
    size: int
    since: datetime
    waiting: int
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StampRefused:
    """What a time-stamp authority answered is not to be believed, or it said no; ``code`` says why. Told once for each code until one succeeds.

    ``authority`` is the host that was asked.
    """

    number: ClassVar[int] = 67
    at: datetime
    size: int
    authority: str
    code: str
