"""What the ledger is told of the charter. Part of the closed union in ``domain.events``."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class CharterLoaded:
    """A process of this node verified a charter, and goes by it from now on."""

    number: ClassVar[int] = 54
    at: datetime
    digest: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CharterApplied:
    """A version of the charter was put in force, signed by those whom it concerns.

    Digests are in hex; ``previous`` is empty for the first version. ``application`` is the SHA-256 of the
    document with the signatures. ``signers`` say who, under which right, over which boundary;
    ``changes`` say in sentences what became different, what relaxed first. ``impact`` is the SHA-256 of what
    it would have decided otherwise, as its signers had it before them; empty where nothing relaxed.
    """

    number: ClassVar[int] = 56
    at: datetime
    version: int
    digest: str
    previous: str
    reason: str
    by: str
    signers: tuple[str, ...]
    changes: tuple[str, ...]
    application: str
    impact: str = ""
