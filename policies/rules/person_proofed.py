"""An outside person is who they say, and the plant knows that they were checked."""

from dataclasses import dataclass
from typing import ClassVar

from domain.access import AccessRequest
from domain.ids import RuleId
from domain.said import say
from policies.facts import Facts
from policies.rule import Abstain, Accept, Refuse, Verdict
from policies.wording import when

PROOFED = Accept("The person's identity was made sure of, and their personnel check counts now.")
ASK = say("Ask your contact at the plant to have it done and written into people.toml.")


@dataclass(frozen=True, slots=True)
class PersonProofed:
    """While asking, the check must also count for the whole window that is asked for."""

    id: ClassVar[RuleId] = RuleId("person-proofed/1")

    def judge(self, request: AccessRequest, facts: Facts) -> Verdict:
        """This rule's word on ``request``."""
        person = facts.matter(request).person
        if person is None or person.vendor is None:
            return Abstain()
        if person.proofed is None or person.proofed.at > facts.now:
            return Refuse(
                "not_proofed", say("Nobody has made sure yet who {person} is.", person=person.name), ASK
            )
        if person.checked is None or facts.now < person.checked.start:
            return Refuse(
                "check_missing",
                say("There is no personnel check of {person} that counts.", person=person.name),
                ASK,
            )
        end, place = person.checked.end, facts.charter.organisation
        if facts.now >= end:
            return Refuse(
                "check_expired",
                say(
                    "The personnel check of {person} counted until {end}.",
                    person=person.name,
                    end=when(end, place),
                ),
                ASK,
            )
        if request.window is not None and request.window.end > end:
            return Refuse(
                "beyond_check",
                say(
                    "The window asked for ends after {end}, until when the personnel check counts.",
                    end=when(end, place),
                ),
                say("Ask for a window that ends before."),
            )
        return PROOFED
