"""Events out of the ordinary: a holder who was passed over, and an end that waited for a step.

Members of the closed union in ``domain.events``, which everybody imports them from.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from domain.ids import PermitId, PersonId, SessionId


@dataclass(frozen=True, slots=True, kw_only=True)
class GlassBroken:
    """A permit was approved past those who hold the right; ``skipped`` is each of them, by name.

    Until ``until`` at the latest. The next use over ``boundary`` waits for a review by somebody else.
    """

    number: ClassVar[int] = 17
    at: datetime
    permit: PermitId
    by: tuple[str, ...]
    skipped: tuple[str, ...]
    boundary: str
    reason: str
    until: datetime
    emergency: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GlassReviewed:
    """Somebody who did not use it looked at a use of break-glass; ``step`` is that of the code they spent, if they did."""

    number: ClassVar[int] = 18
    at: datetime
    permit: PermitId
    by: PersonId
    finding: str
    step: int
    kind: str = "totp"
    """How they showed who they are: ``totp``, ``passkey`` or ``sshsig``."""
    statement: str = ""
    """SHA-256, in hex, of what they signed; empty for a code, which signs nothing."""
    proof: str = ""
    """SHA-256, in hex, of that statement and its proof, as the watchdog keeps them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDeclared:
    """Somebody of the plant said that what runs must not be interrupted; only the window's end waits, until ``until``.

    Once for a permit. ``step`` is the time-step of the one-time code that was spent on it.
    """

    number: ClassVar[int] = 38
    at: datetime
    session: SessionId
    permit: PermitId
    by: PersonId
    reason: str
    until: datetime
    step: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDone:
    """They said that the step is done; the window's end is where it was."""

    number: ClassVar[int] = 39
    at: datetime
    session: SessionId
    by: PersonId
