"""What is said about suspending and coming back, as the watchdog hears it. Pure."""

from dataclasses import dataclass
from datetime import datetime

from domain.ids import PersonId


@dataclass(frozen=True, slots=True)
class Notice:
    """A person needs access no longer, from ``until`` on. An earlier notice stands; a later one changes nothing."""

    person: PersonId
    until: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Agree:
    """A holder says that ``scope`` may come back over ``boundary``. ``step`` is the one-time code they spent on it."""

    scope: str
    boundary: str
    by: PersonId
    step: int

    @property
    def purpose(self) -> str:
        """What the code was spent on."""
        return agreement_purpose(self.scope, self.boundary)


def agreement_purpose(scope: str, boundary: str) -> str:
    """What a one-time code is spent on that lets ``scope`` come back over ``boundary``."""
    return f"restore:{scope}:{boundary}"
