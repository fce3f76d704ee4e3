"""What the ledger is told of telling people. Members of the closed union in ``domain.events``.

Persons stand here by their ids; where they were reached does not, so that it can be forgotten.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from domain.ids import PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeSent:
    """A person was told. ``confirmed``: the other side said that it has it; in the console, that they looked.

    ``notice`` is the notice's key, ``permit`` the permit that it is about, if it is about one.
    """

    number: ClassVar[int] = 70
    at: datetime
    notice: str
    to: PersonId
    kind: str
    channel: str
    permit: str
    confirmed: bool
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeFailed:
    """A person could not be told on this channel, and it is not tried again. ``code`` says why."""

    number: ClassVar[int] = 71
    at: datetime
    notice: str
    to: PersonId
    kind: str
    channel: str
    permit: str
    code: str
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeChoiceMade:
    """Somebody said how ``person`` wants to be told. Addresses stay out; ``mail`` says whether there is one."""

    number: ClassVar[int] = 72
    at: datetime
    person: PersonId
    by: str
    mail: bool
    quiet: str
    digest: tuple[str, ...]
