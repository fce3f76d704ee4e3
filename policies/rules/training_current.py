"""An outside person has taken the courses that the plant asks of them, lately enough."""

from dataclasses import dataclass
from typing import ClassVar

from domain.access import AccessRequest
from domain.ids import RuleId
from domain.said import say
from policies.facts import Facts
from policies.rule import Abstain, Accept, Refuse, Verdict
from policies.tenure import course_windows
from policies.wording import when

TRAINED = Accept("The person's training counts now.")
TRAIN = "Take the course, and have your contact at the plant write it into people.toml."


@dataclass(frozen=True, slots=True)
class TrainingCurrent:
    """Every course that is written of the person counts now; while asking, for the whole window asked for."""

    id: ClassVar[RuleId] = RuleId("training-current/1")

    def judge(self, request: AccessRequest, facts: Facts) -> Verdict:
        """This rule's word on ``request``."""
        person = facts.matter(request).person
        if person is None or person.vendor is None:
            return Abstain()
        if not person.trainings:
            return Refuse(
                "training_missing",
                say("{person} has had no training for this plant.", person=person.name),
                TRAIN,
            )
        place = facts.charter.organisation
        for course, window in sorted(course_windows(person.trainings, facts.now).items()):
            if facts.now >= window.end:
                return Refuse(
                    "training_expired",
                    say(
                        "The training '{course}' of {person} counted until {end}.",
                        course=course,
                        person=person.name,
                        end=when(window.end, place),
                    ),
                    TRAIN,
                )
            if facts.now < window.start:
                return Refuse(
                    "training_missing",
                    say(
                        "The training '{course}' of {person} counts from {start}.",
                        course=course,
                        person=person.name,
                        start=when(window.start, place),
                    ),
                    TRAIN,
                )
            if request.window is not None and request.window.end > window.end:
                return Refuse(
                    "beyond_training",
                    say(
                        "The window asked for ends after {end}, until when '{course}' counts.",
                        end=when(window.end, place),
                        course=course,
                    ),
                    say("Ask for a window that ends before, or take the course again."),
                )
        return TRAINED
