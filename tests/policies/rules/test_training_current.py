from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.ids import PersonId
from domain.parties import Training
from domain.window import TimeWindow
from policies.facts import Facts
from policies.rules.training_current import TrainingCurrent
from tests.policies.plant import MICRO, NOW, SECOND, asking, charter, charter_with, facts, wanting, word

RULE = TrainingCurrent()
BEGINS, ENDS = NOW, NOW + timedelta(hours=4)
ANA = PersonId("ana")
SAFETY = Training("Site safety", TimeWindow(BEGINS, ENDS))
LASTS = Training("Hot work", TimeWindow(BEGINS - SECOND, ENDS + timedelta(days=9)))


def given(*trainings: Training, now: Any = NOW) -> Facts:
    person = replace(charter().people[ANA], trainings=trainings)
    return facts(charter=charter_with(people={**charter().people, ANA: person}), now=now)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param(BEGINS - MICRO, "training_missing", id="before it counts"),
        pytest.param(BEGINS, "accept", id="its first instant is inside"),
        pytest.param(ENDS - MICRO, "accept", id="its last instant is inside"),
        pytest.param(ENDS, "training_expired", id="its end is outside"),
    ],
)
def test_training_that_has_lapsed_refuses(now: Any, expected: str) -> None:
    """I05: let training lapse, and the request is refused `training_expired`."""
    assert word(RULE, wanting(), given(SAFETY, LASTS, now=now)) == expected


def test_no_training_is_not_enough() -> None:
    assert word(RULE, wanting(), given()) == "training_missing"


def test_a_course_taken_again_counts_from_then_on() -> None:
    again = Training("Site safety", TimeWindow(ENDS, ENDS + timedelta(days=9)))
    assert word(RULE, wanting(), given(SAFETY, again, now=ENDS)) == "accept"


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        pytest.param(ENDS, "accept", id="as long"),
        pytest.param(ENDS + SECOND, "beyond_training", id="a second longer"),
    ],
)
def test_a_window_asked_for_ends_with_the_training(end: Any, expected: str) -> None:
    assert word(RULE, asking(window=TimeWindow(NOW, end)), given(SAFETY)) == expected


@pytest.mark.parametrize("person", ["petra", "nobody"])
def test_people_of_the_plant_and_strangers_are_other_rules_matter(person: str) -> None:
    assert word(RULE, wanting(person=PersonId(person)), facts()) == "abstain"
