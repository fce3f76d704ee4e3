"""What the ledger is told of copies in a second store, and of room for more. Members of the closed union in ``domain.events``."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from domain.ids import SessionId


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreProven:
    """It was tried to break a store's lock. ``held`` only when nothing gave way; ``code`` names what did.

    ``by`` is ``uploader``, or the account on the plant's machine that asked for the proof.
    """

    number: ClassVar[int] = 140
    at: datetime
    store: str
    held: bool
    code: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceStored:
    """A recording lies in a second store too: this version was read back and is the same, byte for byte.

    ``locked_until``: until when the store lets nobody delete it; none where the plant asks for no lock.
    """

    number: ClassVar[int] = 141
    at: datetime
    session: SessionId
    store: str
    version: str
    size: int
    sha256: str
    locked_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRoomAlarmed:
    """Room for evidence runs short, or what is to be copied elsewhere waits too long. ``refusal``: why no session opens.

    ``alarms`` and ``refusal`` are stable codes. Told again when either changes. Sizes in bytes.
    """

    number: ClassVar[int] = 142
    at: datetime
    alarms: tuple[str, ...]
    refusal: str
    waiting: int
    waiting_bytes: int
    oldest: datetime | None
    free_bytes: int
    total_bytes: int
    days_left: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRoomRegained:
    """What ``EvidenceRoomAlarmed`` told of is over."""

    number: ClassVar[int] = 143
    at: datetime
    waiting: int
    free_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceFetched:
    """A recording that was missing on the node was put back from a second store. Its hash is the ledger's."""

    number: ClassVar[int] = 144
    at: datetime
    session: SessionId
    store: str
    version: str
    sha256: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingAltered:
    """A recording on the node's disk is not what the ledger says was sealed. It was not copied over a good one."""

    number: ClassVar[int] = 145
    at: datetime
    session: SessionId
    sealed_sha256: str
    found_sha256: str
