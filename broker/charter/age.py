"""Since when a charter is in effect here, by the ledger's word: from then on its vacant rights are voids."""

from datetime import datetime

from domain.canonical import instant_of
from domain.errors import EvidenceError
from domain.events import CharterLoaded
from recorder.ledger.reader import LogReader

LOADED = CharterLoaded.__name__
LOOK_BACK = 20_000
"""How many leaves are looked through; an older charter counts from the oldest of them that names it."""


def in_effect_since(log: LogReader, digest: bytes) -> datetime | None:
    """When the charter of this digest took effect without a break until now; None where no leaf says so."""
    found: datetime | None = None
    try:
        for kept in log.find(event=LOADED, start=log.size - LOOK_BACK, limit=LOOK_BACK):
            if kept.event.get("digest") != digest.hex():
                break
            found = instant_of(str(kept.event.get("at")))
    except (EvidenceError, OSError, ValueError):
        return found  # a log that can't be read, or none yet: the report then counts from now
    return found
