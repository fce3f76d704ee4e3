"""What whoever meets a file on its way calls, and what it is told. The file's bytes are a vendor's: nothing is believed of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from domain.access import Grant
from domain.errors import PenstockError
from domain.ids import AssetId, ConduitId, PermitId, PersonId, SessionId, VendorId


class FileState(StrEnum):
    """What may become of a file."""

    RELEASED = "released"
    """It may pass to its asset."""
    HELD = "held"
    """It waits for somebody of the plant, or for a scanner that works again."""
    REFUSED = "refused"
    """It never passes, whoever says so: a new file has to come."""


class Outcome(StrEnum):
    """How a transfer ended."""

    WHOLE = "whole"
    CUT = "cut"
    """Somebody stopped before the end: the connection, the session, or the asset."""
    FAILED = "failed"
    """The asset said no."""


class NotTakenError(PenstockError):
    """These bytes are not taken. ``code`` is stable and begins with ``file_``; the fact is a sentence for the vendor.

    Nothing of the file may reach the asset. After it was raised by ``write`` the intake is abandoned.
    """

    def __init__(self, fact: str, *, code: str, remedy: str = "") -> None:
        super().__init__(fact, remedy=remedy)
        self.code = code


class QuarantineFull(NotTakenError):  # noqa: N818 - a state of the place, and read as one
    """There is no room for this file: of the disk, or of what this session, permit or node may bring."""


@dataclass(frozen=True, slots=True)
class Came:
    """Where a file comes from, and where it is to go."""

    session: SessionId
    permit: PermitId
    person: PersonId
    vendor: VendorId
    asset: AssetId
    conduit: ConduitId
    way: Grant
    """The grant that it uses; its kind is in the evidence."""
    name: bytes
    """As the client said it, byte for byte; never a path of this machine, and never printed as it is."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a file, and what to tell whoever sent it. Of a cut one, too: what came is kept, and held."""

    state: FileState
    id: str
    """26 lower-case letters and digits: how people name this file. Empty when nothing was kept."""
    sha256: str
    """Of what came, in hex."""
    size: int
    """In bytes."""
    code: str
    """Stable; ``file_clean`` and ``file_released`` when it may pass, and otherwise what a refusal carries."""
    sentence: str
    remedy: str = ""

    @property
    def may_pass(self) -> bool:
        """Whether the same bytes may go to the asset from now on."""
        return self.state is FileState.RELEASED


class Reader(Protocol):
    """A released file's bytes, wherever the caller looks first. Raises EvidenceError when they are not what they were."""

    def read(self, at: int, length: int) -> bytes:
        """The bytes from ``at`` on, ``length`` at most; fewer only at the end. May be called on the loop for 64 KiB and less."""
        ...

    def close(self) -> None:
        """Let go of the file; again is as good."""
        ...


class Released(Protocol):
    """A file that may pass to one asset under one permit, now. What is compared with it passes only as long as it is equal."""

    @property
    def id(self) -> str: ...
    @property
    def sha256(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def name(self) -> bytes:
        """As the client that brought it said it; another name does not matter."""
        ...

    def open(self) -> Reader:
        """Its bytes; EvidenceError when they are gone or changed."""
        ...


class Intake(Protocol):
    """One file as it comes. Exactly one of ``finish`` and ``abandon`` ends it, and a second call gives the same verdict."""

    @property
    def id(self) -> str: ...
    @property
    def size(self) -> int:
        """How many bytes have come without a gap."""
        ...

    def write(self, at: int, data: bytes | memoryview) -> None:
        """Keep ``data``, which begins at byte ``at`` of the file; when it returns the operating system holds it or this process does.

        A part that comes up to 1 MiB early is kept until the gap is filled. NotTakenError (``file_sparse``) for one
        further off, for one that writes over what came already (``file_rewritten``), and QuarantineFull for no room.
        """
        ...

    async def finish(self) -> Verdict:
        """The whole file came: make it durable, look at it, and say what becomes of it. Takes as long as looking takes."""
        ...

    async def abandon(self, why: str) -> Verdict:
        """The transfer was cut: what came is kept and the ledger says that it is not whole. ``why`` is for the evidence."""
        ...


class Quarantine(Protocol):
    """One node's. Everything that it says about a file is in the ledger before it says it."""

    def begin(self, came: Came, expected: int | None = None) -> Intake:
        """A place for one file; ``expected`` is the size that the client announced, where it did. QuarantineFull when there is none."""
        ...

    async def released(self, came: Came, sha256: str) -> Sequence[Released]:
        """The files with these bytes (SHA-256 in hex) that may pass to this asset under this permit now, the newest first.

        Every proof is verified for this very answer.
        """
        ...

    async def moved(
        self, came: Came, *, size: int, sha256: str, outcome: Outcome, released: str = ""
    ) -> None:
        """Tell the ledger of bytes that went through: a released upload by its id, or a download or an unscreened upload.

        EvidenceError when the ledger can't be told.
        """
        ...
