"""What the ledger is told of files on their way. Members of the closed union in ``domain.events``.

``name`` is what the client called the file, made visible and shortened: never a path of the plant's.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from domain.ids import AssetId, ConduitId, PermitId, PersonId, SessionId, VendorId


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTakenIn:
    """A file of a vendor's lies in the quarantine, and on the disk; nobody has looked at it yet.

    ``whole`` is False for what was cut, and ``cause`` says by what. ``sha256`` is of what came, in hex.
    """

    number: ClassVar[int] = 237
    at: datetime
    file: str
    session: SessionId
    permit: PermitId
    person: PersonId
    vendor: VendorId
    asset: AssetId
    conduit: ConduitId
    passage: str
    name: str
    size: int
    sha256: str
    whole: bool
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileScreened:
    """A file was looked at. ``state`` is what may become of it by the charter and by what was found: ``released`` is the charter's word.

    ``scans`` says of each scanner what it is and what it found, ``contents`` how many things an archive holds.
    """

    number: ClassVar[int] = 238
    at: datetime
    file: str
    session: SessionId
    permit: PermitId
    person: PersonId
    asset: AssetId
    conduit: ConduitId
    name: str
    sha256: str
    state: str
    code: str
    kind: str
    scans: tuple[str, ...]
    contents: int
    charter: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReleased:
    """A person signed that these bytes may pass to this asset until then. ``signed`` is the statement with its proof, as canonical JSON.

    It lets nothing pass by itself: the gate verifies what was signed, and waits for every right that is needed.
    """

    number: ClassVar[int] = 239
    at: datetime
    file: str
    session: SessionId
    asset: AssetId
    permit: str
    sha256: str
    by: PersonId
    right: str
    until: datetime
    reason: str
    signed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRefused:
    """A person of the plant said that a file is not to pass. That is for good: the same bytes may come again as another file."""

    number: ClassVar[int] = 240
    at: datetime
    file: str
    session: SessionId
    asset: AssetId
    sha256: str
    by: PersonId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDelivered:
    """Bytes equal to a released file's went to its asset; ``outcome`` says how the transfer ended."""

    number: ClassVar[int] = 241
    at: datetime
    file: str
    session: SessionId
    permit: PermitId
    asset: AssetId
    passage: str
    name: str
    size: int
    sha256: str
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileMoved:
    """A file went out of an asset, or into one over a conduit whose charter says by name that nobody looks. Its bytes are in the recording."""

    number: ClassVar[int] = 242
    at: datetime
    session: SessionId
    permit: PermitId
    person: PersonId
    asset: AssetId
    conduit: ConduitId
    passage: str
    name: str
    size: int
    sha256: str
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileErased:
    """A file of a session whose evidence two persons let go is destroyed, its key first. ``ask`` is what they signed."""

    number: ClassVar[int] = 243
    at: datetime
    file: str
    session: SessionId
    sha256: str
    ask: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileNotTaken:
    """A file was turned away before it was whole, and nothing of it is kept. One leaf a session and code."""

    number: ClassVar[int] = 244
    at: datetime
    session: SessionId
    permit: PermitId
    person: PersonId
    asset: AssetId
    passage: str
    name: str
    code: str
    sentence: str
