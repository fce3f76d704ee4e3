"""Facts about a live session whose input is held, and about who watches. Members of ``domain.events.Event``."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from domain.ids import PermitId, SessionId


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionHeld:
    """Nothing of a live session goes towards its asset any more, until it is released or ends.

    ``hold``: ``state`` (its zone went into ``state``, which its permit does not name), ``unattended``, ``paused``, or ``locked``:
    nobody used it, and its person has to sign in again (``SessionUnlocked``).
    """

    number: ClassVar[int] = 36
    at: datetime
    session: SessionId
    permit: PermitId
    hold: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionReleased:
    """This hold was lifted. ``agreed`` is the permit by which the new state was agreed to, empty if none was.

    ``digest`` is SHA-256 of that permit's canonical bytes, ``approvals`` those of its approvals; in hex.
    """

    number: ClassVar[int] = 37
    at: datetime
    session: SessionId
    permit: PermitId
    hold: str
    state: str
    agreed: str
    digest: str
    approvals: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPaused:
    """Somebody of the plant let nothing of a live session towards its asset any more."""

    number: ClassVar[int] = 42
    at: datetime
    session: SessionId
    by: str
    reason: str
    enforced: str
    """What the gate said to it, or that it was killed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionResumed:
    """Somebody who may has lifted that pause. What else holds the session still does."""

    number: ClassVar[int] = 43
    at: datetime
    session: SessionId
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionWatched:
    """Somebody began to see a live session's screens, or no longer does.

    ``way``: ``console``, or ``local`` for the plant's own machine. ``since`` is empty when it begins; when it ends
    it says, in RFC 3339, when it began. Of a watching whose end is missing the session's end is the latest.
    """

    number: ClassVar[int] = 44
    at: datetime
    session: SessionId
    by: str
    way: str
    since: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendanceChanged:
    """Somebody of the plant began to watch a scope (``session:``, ``zone:``), or no longer does."""

    number: ClassVar[int] = 59
    at: datetime
    scope: str
    by: str
    present: bool
