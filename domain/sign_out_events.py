"""What the ledger is told of sign-ins that end before their time. Part of the closed union in ``domain.events``."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from domain.ids import PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedOut:
    """A browser's sign-in ended on somebody's word: its person's, the identity provider's, or a directory's.

    ``by`` is the person, ``provider:`` and its address, or ``directory:`` and the name of its token.
    """

    number: ClassVar[int] = 120
    at: datetime
    door: str
    person: PersonId
    by: str
    browser: str
    """Names the sign-in: a part of its key, as the person's own list shows it."""
