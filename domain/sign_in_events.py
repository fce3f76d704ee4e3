"""What the ledger is told of sign-ins that are held back. Part of the closed union in ``domain.events``."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInLocked:
    """Too many failures: attempts of ``subject`` at ``door`` are not looked at until ``until``.

    ``subject`` is ``person:`` and an id of the charter, or ``source:`` and an address; ``door`` is ``console``,
    ``ssh``, ``api``, or ``code`` for one-time codes at whichever door. Nobody who is in already is put out by it,
    and the local kill switch asks nobody who they are.
    """

    number: ClassVar[int] = 110
    at: datetime
    subject: str
    door: str
    failures: int
    until: datetime
    source: str = ""
    """Where the last of the failures came from, where that is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInLockLifted:
    """Somebody at the node had attempts of ``subject`` looked at again, before the wait was over."""

    number: ClassVar[int] = 111
    at: datetime
    subject: str
    by: str
