from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.ids import PersonId
from domain.parties import Leaving, LeavingKind
from domain.window import TimeWindow
from policies.facts import Facts
from policies.rules.person_stays import PersonStays
from tests.policies.plant import MICRO, NOW, SECOND, asking, charter, charter_with, facts, wanting, word

RULE = PersonStays()
UNTIL = NOW + timedelta(hours=4)
ANA = PersonId("ana")
LEAVES = Leaving(LeavingKind.REASSIGNED, NOW - timedelta(days=1), UNTIL)


def given(now: Any = NOW, **changes: Any) -> Facts:
    person = replace(charter().people[ANA], **changes)
    return facts(charter=charter_with(people={**charter().people, ANA: person}), now=now)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param(UNTIL - MICRO, "accept", id="until the deadline"),
        pytest.param(UNTIL, "person_left", id="from the deadline on"),
    ],
)
def test_somebody_reassigned_is_out_at_the_deadline(now: Any, expected: str) -> None:
    """I02: enforced at the deadline."""
    assert word(RULE, wanting(), given(now, leaving=LEAVES)) == expected


def test_nobody_leaving_stays() -> None:
    assert word(RULE, wanting(), given()) == "accept"


def test_a_danger_is_out_at_once() -> None:
    """I11: whatever else is written, and whenever they leave."""
    assert word(RULE, wanting(), given(high_risk=True, leaving=LEAVES)) == "person_barred"


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        pytest.param(UNTIL, "accept", id="as long"),
        pytest.param(UNTIL + SECOND, "beyond_leaving", id="a second longer"),
    ],
)
def test_a_window_asked_for_ends_with_the_deadline(end: Any, expected: str) -> None:
    assert word(RULE, asking(window=TimeWindow(NOW, end)), given(leaving=LEAVES)) == expected


@pytest.mark.parametrize("person", ["petra", "nobody"])
def test_people_of_the_plant_and_strangers_are_other_rules_matter(person: str) -> None:
    assert word(RULE, wanting(person=PersonId(person)), facts()) == "abstain"
