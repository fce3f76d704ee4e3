"""A step that must not be interrupted: who of the plant may say so, and for how long (requirement D03)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.ids import PersonId
from domain.permit import Permit
from domain.rights import DecisionRight
from policies.charter.charter import Charter
from policies.rights import may_decide_on


@dataclass(frozen=True, slots=True)
class NoStep:
    """Why it is not declared: a stable code, a sentence and a remedy. False in a test."""

    code: str
    sentence: str
    remedy: str

    def __bool__(self) -> bool:
        return False


def may_declare(charter: Charter, permit: Permit, person: PersonId, at: datetime) -> bool:
    """Whether ``person`` attends for the plant: its shift, or who holds ``connect`` there. Never a vendor's person."""
    found = charter.people.get(person)
    if found is None or found.vendor is not None or person == permit.person:
        return False
    if permit.asset not in charter.assets or permit.conduit not in charter.conduits:
        return False
    return found.shift or may_decide_on(charter, DecisionRight.CONNECT, person, permit, at)


def refusal(
    charter: Charter,
    permit: Permit,
    person: PersonId,
    length: timedelta,
    longest: timedelta,
    at: datetime,
    *,
    declared: bool,
) -> NoStep | None:
    """Why ``person`` may not hold this permit's expiry for ``length`` now; None when they may.

    ``declared``: whether a step was declared under this permit before; there is one, however many sessions.
    """
    if not may_declare(charter, permit, person, at):
        return NoStep(
            "not_attending",
            f"{person} neither holds the right connect here nor is of the plant's shift.",
            "Ask the shift; a vendor's person never holds their own end.",
        )
    if declared:
        return NoStep(
            "step_declared_before",
            "A step was declared under this permit already; time waits once.",
            "Ask the holder for a new permit.",
        )
    if not timedelta() < length <= longest:
        minutes = longest.total_seconds() / 60
        return NoStep(
            "step_too_long",
            f"The charter lets a step hold the end for {minutes:g} minutes at most.",
            "Declare a shorter step, or ask the holder for a new permit.",
        )
    return None
