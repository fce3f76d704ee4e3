"""Somebody who needs access no longer, or is known to be a danger, stays out."""

from dataclasses import dataclass
from typing import ClassVar

from domain.access import AccessRequest
from domain.ids import RuleId
from domain.said import say
from policies.facts import Facts
from policies.rule import Abstain, Accept, Refuse, Verdict
from policies.wording import when

STAYS = Accept("Nobody has said that the person needs access no longer.")
READMIT = say("Only a new admission by whoever holds 'identity' changes that; ask your contact at the plant.")


@dataclass(frozen=True, slots=True)
class PersonStays:
    """A termination takes effect at once, a reassignment at the end of the next calendar day."""

    id: ClassVar[RuleId] = RuleId("person-stays/1")

    def judge(self, request: AccessRequest, facts: Facts) -> Verdict:
        """This rule's word on ``request``."""
        person = facts.matter(request).person
        if person is None or person.vendor is None:
            return Abstain()
        if person.high_risk:
            return Refuse(
                "person_barred", say("{person} is barred from this plant.", person=person.name), READMIT
            )
        if person.leaving is None:
            return STAYS
        until, place = person.leaving.until, facts.charter.organisation
        if facts.now >= until:
            return Refuse(
                "person_left",
                say("The access of {person} ended at {until}.", person=person.name, until=when(until, place)),
                READMIT,
            )
        if request.window is not None and request.window.end > until:
            return Refuse(
                "beyond_leaving",
                say(
                    "The window asked for ends after {until}, when the access of {person} ends.",
                    until=when(until, place),
                    person=person.name,
                ),
                say("Ask for a window that ends before."),
            )
        return STAYS
