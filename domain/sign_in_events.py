"""What the ledger is told of sign-ins that are held back. Part of the closed union in ``domain.events``."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from domain.ids import PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInLocked:
    """Too many failures: attempts of ``subject`` at ``door`` are not looked at until ``until``.

    ``subject`` is ``person:`` and an id of the charter, or ``source:`` and an address; ``door`` is ``console``,
    ``ssh``, ``api``, ``browser`` for codes of waiting connections, or ``code`` for one-time codes at whichever door. Nobody who is in already is put out by it,
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


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserSignInShown:
    """A connection whose key was proved was shown a code, for its person to confirm it with a passkey in the browser.

    ``connection`` is SHA-256, in hex, of its SSH session identifier; the code itself is nowhere but on that terminal.
    """

    number: ClassVar[int] = 112
    at: datetime
    person: PersonId
    source: str
    key: str
    asked: str
    connection: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserSignInEnded:
    """How that ended: ``confirmed`` or ``refused`` by its person from ``browser``, ``expired``, or its client ``left``."""

    number: ClassVar[int] = 113
    at: datetime
    person: PersonId
    source: str
    connection: str
    outcome: str
    browser: str = ""
    """The browser's address; empty where nobody decided."""
