"""An outside person appears only while somebody of the plant has admitted them."""

from dataclasses import dataclass
from typing import ClassVar

from domain.access import AccessRequest
from domain.ids import RuleId
from domain.said import say
from policies.facts import Facts
from policies.rule import Abstain, Accept, Refuse, Verdict
from policies.wording import plain, when

ADMITTED = Accept("The person is admitted now.")
ASK = say("Ask your contact at the plant to admit you.")


@dataclass(frozen=True, slots=True)
class PersonAdmitted:
    """Half-open: the last instant of an admission is the one before its end."""

    id: ClassVar[RuleId] = RuleId("person-admitted/1")

    def judge(self, request: AccessRequest, facts: Facts) -> Verdict:  # noqa: PLR0911 - one return per answer
        """This rule's word on ``request``."""
        person = facts.matter(request).person
        if person is None:
            return Refuse(
                "person_unknown",
                say("The charter knows no person '{person}'.", person=plain(request.person)),
                ASK,
            )
        if person.vendor is None:
            return Abstain()
        admitted = person.admitted
        if admitted is None:
            return Refuse(
                "not_admitted", say("{person} has not been admitted to this plant.", person=person.name), ASK
            )
        place = facts.charter.organisation
        if facts.now < admitted.start:
            return Refuse(
                "admission_not_begun",
                say(
                    "{person} is admitted from {start}.",
                    person=person.name,
                    start=when(admitted.start, place),
                ),
                ASK,
            )
        if facts.now >= admitted.end:
            return Refuse(
                "admission_over",
                say("{person} was admitted until {end}.", person=person.name, end=when(admitted.end, place)),
                ASK,
            )
        if request.window is not None and request.window.end > admitted.end:
            return Refuse(
                "beyond_admission",
                say(
                    "The window asked for ends after {end}, when the admission of {person} ends.",
                    end=when(admitted.end, place),
                    person=person.name,
                ),
                say("Ask for a window that ends before, or ask the plant to admit you for longer."),
            )
        return ADMITTED
