from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from domain.ids import PersonId
from domain.window import TimeWindow
from policies.facts import Facts
from policies.rules.person_not_idle import PersonNotIdle
from policies.tenure import IDLE_AFTER, LastUse
from tests.policies.plant import MICRO, NOW, charter, charter_with, facts, wanting, word

RULE = PersonNotIdle()
ANA = PersonId("ana")
LONG_AGO = NOW - timedelta(days=400)


def given(last: datetime, now: datetime = NOW) -> Facts:
    return facts(last_use=LastUse(LONG_AGO, {ANA: last}), now=now)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param(NOW + IDLE_AFTER - MICRO, "accept", id="the last instant of thirty days"),
        pytest.param(NOW + IDLE_AFTER, "person_idle", id="thirty days"),
    ],
)
def test_access_that_is_not_used_closes_by_itself(now: datetime, expected: str) -> None:
    """A05: idle accounts disable themselves; nobody acts."""
    assert word(RULE, wanting(), given(NOW, now)) == expected


def test_a_new_admission_opens_it_again_and_an_old_use_does_not() -> None:
    """A05: opening again is a decision of whoever holds `identity`, who writes a new admission."""
    late = NOW + IDLE_AFTER
    anew = replace(charter().people[ANA], admitted=TimeWindow(late, late + timedelta(days=90)))
    again = facts(
        now=late,
        last_use=LastUse(LONG_AGO, {ANA: NOW}),
        charter=charter_with(people={**charter().people, ANA: anew}),
    )
    assert word(RULE, wanting(), again) == "accept"


def test_when_nobody_can_tell_it_is_closed() -> None:
    assert word(RULE, wanting(), facts(last_use=None)) == "last_use_unknown"


@pytest.mark.parametrize("person", ["petra", "nobody"])
def test_people_of_the_plant_and_strangers_are_other_rules_matter(person: str) -> None:
    assert word(RULE, wanting(person=PersonId(person)), facts()) == "abstain"
