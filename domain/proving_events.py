"""Facts about proofs that a person gives within a live session. Members of ``domain.events.Event``."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from domain.ids import AssetId, PermitId, PersonId, SessionId


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionUnlocked:
    """The person of a locked session proved once more that it is they; from here on its input goes on.

    ``door``: ``terminal`` (the gate asked on the session's own), ``lobby`` (they signed in anew), or ``browser``. ``factor``: ``code`` or
    ``passkey``. ``digest`` is SHA-256 of what the passkey signed, in hex; empty for a code.
    """

    number: ClassVar[int] = 217
    at: datetime
    session: SessionId
    permit: PermitId
    person: PersonId
    door: str
    source: str
    factor: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofRefused:
    """A proof within a live session did not count, and changed nothing. ``purpose``: ``unlock`` or ``confirm``."""

    number: ClassVar[int] = 218
    at: datetime
    session: SessionId
    permit: PermitId
    person: PersonId
    purpose: str
    door: str
    source: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionConfirmed:
    """A person proved for one request that the charter lists that it is theirs: it may pass once, until ``until``.

    ``what`` is the request in words, ``digest`` SHA-256 of all that says what it does, in hex, and ``step`` its beginning, by which it was named.
    """

    number: ClassVar[int] = 219
    at: datetime
    session: SessionId
    permit: PermitId
    person: PersonId
    asset: AssetId
    protocol: str
    what: str
    step: str
    digest: str
    door: str
    source: str
    factor: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionPassed:
    """That request was sent again and went to the asset. Its proof is used up."""

    number: ClassVar[int] = 220
    at: datetime
    session: SessionId
    permit: PermitId
    step: str
    what: str
    digest: str
