"""What the ledger is told of itself: where its key is, and what was pruned. Members of the closed union in ``domain.events``."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from domain.ids import PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerKeyAway:
    """The ledger's key could not sign from ``since`` until now: nothing that was asked for meanwhile took effect.

    ``code`` says why (``docs/token.md``).
    """

    number: ClassVar[int] = 190
    at: datetime
    since: datetime
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerKeyPlaced:
    """From here on the ledger's key is in ``place``: ``file``, or a token's label and serial number. The key is the same.

    ``born``: the token says that the key was made in it and was never outside.
    """

    number: ClassVar[int] = 191
    at: datetime
    place: str
    born: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerPruned:
    """Entries, texts and lowest tiles below leaf ``below`` go after this leaf stands, but for the bundles in ``kept``.

    ``ask`` is the digest of what the first of two persons signed, which stands in this ledger with both their proofs;
    ``term`` is the charter's, by which it may go. ``kept`` are the numbers of bundles that hold a leaf still needed.
    """

    number: ClassVar[int] = 192
    at: datetime
    ask: str
    first: PersonId
    second: PersonId
    term: str
    below: int
    kept: tuple[int, ...]
