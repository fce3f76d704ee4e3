"""What the ledger is told of whoever handles evidence. A member of the closed union in ``domain.events``.

The fields are those of ISO/IEC 27037:2012 clause 7.1.1.1: the item's identifier, who had it, when and
where, why and by whose leave, and what of it could not be left unchanged.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from domain.ids import SessionId


class Deed(StrEnum):
    """What was done with it."""

    VIEW = "view"
    REPLAY = "replay"
    VERIFY = "verify"
    EXPORT = "export"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceHandled:
    """Somebody viewed, replayed, verified or took away the evidence of a session, or was kept from it.

    ``item`` is the recording's SHA-256, or empty where the ledger has none yet. ``by`` did ``deed`` with ``what`` of it,
    through ``door`` from the address ``source``, as ``office``, and gave ``purpose`` (empty: none). Where something
    left, ``copy_sha256`` and ``copy_bytes`` are of what left. ``changed`` says what of the original was changed.
    """

    number: ClassVar[int] = 150
    at: datetime
    session: SessionId
    item: str
    by: str
    deed: str
    what: str
    door: str
    source: str
    office: str
    purpose: str
    copy_sha256: str
    copy_bytes: int
    changed: str
