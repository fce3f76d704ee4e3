"""What the ledger is told of reviews of sessions. Members of the closed union in ``domain.events``."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from domain.ids import PermitId, PersonId, SessionId


class Disposition(StrEnum):
    """What came of looking at a session."""

    IN_ORDER = "in_order"
    """What was done is what the permit was for."""
    QUESTION = "question"
    """Something has to be asked; the words say what. The session was looked at all the same."""
    INCIDENT = "incident"
    """Something was done that must not be; whoever leads incidents is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionReviewed:
    """Somebody of the plant looked at an ended session and said what they found. The newest word counts.

    ``office`` is by what they might: a right, or ``auditor``. ``item`` is the recording's SHA-256, empty where there is none.
    """

    number: ClassVar[int] = 160
    at: datetime
    session: SessionId
    permit: PermitId
    by: PersonId
    office: str
    disposition: str
    words: str
    item: str
