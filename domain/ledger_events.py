"""What the ledger is told of itself: where its key is, and what was pruned. Members of the closed union in ``domain.events``."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


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
