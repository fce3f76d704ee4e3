"""Who is called for a permit that waits, and when: the pure core's answer, with the charter's names. Pure."""

from dataclasses import dataclass
from datetime import datetime

from approvals.escalation import Level, Matter, of_dispute, of_wish
from approvals.filed import Filed
from approvals.lifecycle import PermitEvent
from approvals.quorum import Terms
from domain.ids import PersonId
from domain.permit import PermitState
from domain.said import say
from policies.charter.charter import Charter

LEVELS = {
    Level.HOLDER: say("holder"),
    Level.DEPUTY: say("stand-in"),
    Level.ARBITER: say("arbiter"),
    Level.EXECUTIVE: say("executive"),
}


@dataclass(frozen=True, slots=True)
class Called:
    """One person on one rung, as a page shows them."""

    level: str
    person: PersonId | None
    """None where the charter names nobody."""
    contact: str
    """How to reach them without a network; empty where the charter does not say."""
    at: datetime
    reached: bool
    """Whether they have been called, or told, by now."""


def matter_of(filed: Filed, terms: Terms, charter: Charter, now: datetime) -> Matter | None:
    """What waits here for whom; None where nobody is to decide any more, or nobody may."""
    permit, executive = filed.permit, charter.escalation.executive
    timers = charter.timers_of(permit.asset, permit.conduit)
    if (dispute := filed.dispute) is not None:
        opened = next(one.at for one in reversed(filed.history) if one.event is PermitEvent.DISPUTE)
        return of_dispute(permit, dispute, opened, timers, executive)
    if filed.state is not PermitState.REQUESTED or not terms.required:
        return None
    given = [(one.right, one.approver) for one in filed.approvals]
    return of_wish(permit, given, terms, timers, executive, now)


def called(matter: Matter | None, charter: Charter, now: datetime) -> tuple[Called, ...]:
    """Every rung in its order: who, how to reach them, since or from when."""
    if matter is None or (matter.until is not None and now >= matter.until):
        return ()
    return tuple(
        Called(LEVELS[rung.level], person, contact_of(charter, person), rung.at, rung.at <= now)
        for rung in matter.rungs
        for person in rung.persons or (None,)
    )


def contact_of(charter: Charter, person: PersonId | None) -> str:
    """The charter's phone number, radio channel or place of a person."""
    known = charter.people.get(person) if person is not None else None
    return known.contact if known else ""
