"""What the ledger is told of the check that looks whether its evidence is still what it was. Members of the union in ``domain.events``."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceChecked:
    """All evidence of the node was looked at, from ``begun`` on, under the tree of ``size`` leaves with this ``root``.

    The counts are of what was compared, ``found`` of what was not as it should be; each is told in a leaf of its own
    when it is first found.
    """

    number: ClassVar[int] = 194
    at: datetime
    begun: datetime
    size: int
    root: str
    recordings: int
    copies: int
    permits: int
    approvals: int
    charters: int
    trusts: int
    found: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceFaultFound:
    """Something is not what it was: changed, missing, out of its order, or not bound to its key any more.

    ``place`` is which kind of thing, ``item`` which one, ``code`` what is the matter. ``holder`` last had it, by the leaf
    ``leaf``; empty and -1 where the ledger tells of nobody.
    """

    number: ClassVar[int] = 195
    at: datetime
    place: str
    item: str
    code: str
    fact: str
    holder: str
    leaf: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceFaultGone:
    """What was found before is as it should be again: restored, since nothing here mends by itself."""

    number: ClassVar[int] = 196
    at: datetime
    place: str
    item: str
    code: str
