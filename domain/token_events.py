"""What the ledger is told of tokens and passwords. Part of the closed union in ``domain.events``."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from domain.ids import PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenIssued:
    """A token of the API was issued for a person. ``token`` names it: a part of its digest, never the token."""

    number: ClassVar[int] = 25
    at: datetime
    token: str
    person: PersonId
    by: str
    label: str
    scopes: tuple[str, ...]
    networks: tuple[str, ...]
    expires: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenEnded:
    """A token was made worthless before its end, by its owner or at the node."""

    number: ClassVar[int] = 26
    at: datetime
    token: str
    person: PersonId
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenUsed:
    """Something is to be changed by a token, or was tried with one where it may not be used: ``code`` says why."""

    number: ClassVar[int] = 27
    at: datetime
    token: str
    person: PersonId
    source: str
    deed: str
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordSet:
    """A person's password at the console was set at the node. It signs nothing and decides nothing."""

    number: ClassVar[int] = 28
    at: datetime
    person: PersonId
    by: str
