"""What happens when a decision right falls void, or those who must agree do not: who is told, and when."""

from dataclasses import dataclass
from datetime import timedelta

from domain.ids import PersonId


@dataclass(frozen=True, slots=True)
class Escalation:
    """The ladder: the deputy, then the executive; and how long an arbiter has."""

    executive: PersonId | None = None
    """Who answers for the whole in the end."""
    deputy_after: timedelta = timedelta(minutes=5)
    executive_after: timedelta = timedelta(hours=4)
    arbiter_within: timedelta = timedelta(hours=4)
    """After this, a permit on which those who must agree do not is refused."""
