"""Facts about sessions and what went through them. Members of ``domain.events.Event``."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from domain.ids import AssetId, ConduitId, PermitId, PersonId, SessionId


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOpened:
    """One use of a permit began; its recording is open. ``deadline`` is when it will end at the latest.

    ``charter`` is the digest of the charter under which it was let in, in hex.
    """

    number: ClassVar[int] = 30
    at: datetime
    session: SessionId
    permit: PermitId
    digest: str
    person: PersonId
    asset: AssetId
    source: str
    deadline: datetime
    approvals: tuple[str, ...]
    exceptions: tuple[str, ...] = ()
    """The exceptions of the charter that it rests on; it ends when one of them does."""
    charter: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageOpened:
    """A channel was let through: shell, exec, sftp, scp, rsync or a forward."""

    number: ClassVar[int] = 31
    at: datetime
    session: SessionId
    channel: int
    passage: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageRefused:
    """A channel, request or environment variable was refused, on any door, in or out of a session."""

    number: ClassVar[int] = 32
    at: datetime
    session: str
    person: str
    asset: str
    source: str
    passage: str
    detail: str
    code: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionHeartbeat:
    """At least every ten seconds: how far the recording has come, so that a cut-off tail shows."""

    number: ClassVar[int] = 33
    at: datetime
    session: SessionId
    frames: int
    head: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnded:
    """Both sides are closed and the recording is sealed. ``head`` is the chain's last hash, in hex.

    ``verified`` says that both sides were seen closed; ``remote_job`` says whether a program
    started without a terminal may live on at the asset. What a program set off on its own before
    it ended, at a terminal or not, can't be seen from here.
    """

    number: ClassVar[int] = 34
    at: datetime
    session: SessionId
    permit: PermitId
    cause: str
    frames: int
    bytes_to_asset: int
    bytes_to_vendor: int
    head: str
    recording_sha256: str
    verified: bool
    remote_job: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionInterrupted:
    """Found at start: a session that never ended in order. Sealed as far as its chain verifies."""

    number: ClassVar[int] = 35
    at: datetime
    session: SessionId
    frames: int
    head: str
    recording_sha256: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HostKeyMismatch:
    """An asset showed a host key, or a certificate, other than the pinned one. No credential was sent."""

    number: ClassVar[int] = 40
    at: datetime
    asset: AssetId
    session: str
    shown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InwardRefused:
    """A vendor's client sent bytes into an outbound conduit. Not one reached the asset; the forward was closed."""

    number: ClassVar[int] = 41
    at: datetime
    session: SessionId
    conduit: ConduitId
    asset: AssetId
    detail: str
    dropped_bytes: int
