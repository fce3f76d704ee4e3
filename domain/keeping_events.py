"""What the ledger is told of how evidence is kept. Members of the closed union in ``domain.events``."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from domain.ids import PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingKeyChanged:
    """The node's recording key was replaced: the keys of ``recordings`` recordings were wrapped again, and none rewritten.

    ``old`` and ``new`` are the keys' names (``recorder/format/SPEC.md``), which tell nothing of them. The old key is
    destroyed right after this; copies of it elsewhere are not.
    """

    number: ClassVar[int] = 151
    at: datetime
    old: str
    new: str
    recordings: int
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldSet:
    """A person signed a legal hold: from here on nothing under ``scope`` is deleted, whatever any term says.

    ``hold`` is the statement's digest, in hex, and ``signed`` the statement with its proof, as canonical JSON.
    """

    number: ClassVar[int] = 152
    at: datetime
    hold: str
    scope: str
    session: str
    by: PersonId
    reason: str
    signed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepingAsked:
    """The first of two persons signed that evidence may go (``erase``, ``remove``) or that a hold be lifted (``lift``).

    Nothing has happened yet. ``ask`` is the statement's digest; ``subject`` is the session or the hold.
    """

    number: ClassVar[int] = 153
    at: datetime
    ask: str
    deed: str
    subject: str
    session: str
    by: PersonId
    reason: str
    signed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepingAgreed:
    """A second person signed the same: a hold is lifted by this, and evidence may go from here on.

    ``term`` is the charter's retention term that it goes by, ``charter`` the digest of the charter that says so.
    """

    number: ClassVar[int] = 154
    at: datetime
    ask: str
    deed: str
    subject: str
    session: str
    asked_by: PersonId
    by: PersonId
    reason: str
    term: str
    charter: str
    signed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceErased:
    """The tombstone: what a session's evidence was, and that it is gone from this node. The other leaves stand.

    ``deed`` is ``erase`` (the recording's key; its chain still verifies) or ``remove`` (the recording too). ``elsewhere``
    names what holds copies that this node can't destroy, each with until when it is locked, where that is known.
    """

    number: ClassVar[int] = 155
    at: datetime
    ask: str
    session: str
    deed: str
    recording_sha256: str
    removed_bytes: int
    elsewhere: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepingRefused:
    """Somebody wanted evidence deleted or a hold lifted, and might not. Nothing happened."""

    number: ClassVar[int] = 156
    at: datetime
    deed: str
    subject: str
    session: str
    by: PersonId
    code: str
    sentence: str
