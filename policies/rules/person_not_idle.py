"""An outside person who has not come in for thirty days stays out until somebody admits them anew."""

from dataclasses import dataclass
from typing import ClassVar

from domain.access import AccessRequest
from domain.ids import RuleId
from domain.said import say
from policies.facts import Facts
from policies.rule import Abstain, Accept, Refuse, Verdict
from policies.tenure import IDLE_AFTER, idle_at
from policies.wording import when

USED = Accept("The person's access was used or given lately.")
READMIT = say("Ask your contact at the plant: whoever holds 'identity' admits you anew, with a new 'from'.")


@dataclass(frozen=True, slots=True)
class PersonNotIdle:
    """When nobody can tell when they last came in, they are idle."""

    id: ClassVar[RuleId] = RuleId("person-not-idle/1")

    def judge(self, request: AccessRequest, facts: Facts) -> Verdict:
        """This rule's word on ``request``."""
        person = facts.matter(request).person
        if person is None or person.vendor is None or person.admitted is None:
            return Abstain()
        if facts.last_use is None:
            return Refuse(
                "last_use_unknown",
                say("The gate can't tell when {person} last came in.", person=person.name),
                say("Tell the plant: its ledger can't be read."),
            )
        idle = idle_at(person, facts.last_use)
        if facts.now >= idle:
            return Refuse(
                "person_idle",
                say(
                    "{person} has not come in for {days} days; their access closed at {idle}.",
                    person=person.name,
                    days=IDLE_AFTER.days,
                    idle=when(idle, facts.charter.organisation),
                ),
                READMIT,
            )
        return USED
