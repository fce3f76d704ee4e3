"""Approval and schedule at once: inside the hours with a permit, or not at all."""

from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import pytest

from domain.permit import PermitState
from domain.recurrence import Hours
from domain.window import TimeWindow
from policies.charter.charter import Charter
from policies.facts import Facts
from policies.rule import Refuse
from policies.rules.within_hours import WithinHours
from tests.policies.plant import (
    CLOSES,
    NOW,
    OPENS,
    asking,
    charter,
    charter_with,
    facts,
    standing,
    wanting,
    word,
)

RULE = WithinHours()
# NOW is ten o'clock on Monday, 1 June 2026, in Amsterdam; the permit's window goes from nine to one.
MORNING = Hours("FREQ=WEEKLY;BYDAY=MO", time(9), timedelta(hours=4), date(2026, 1, 1))
LATER = replace(MORNING, at=time(11))


def with_hours(*hours: Hours) -> Charter:
    ways = {name: replace(one, hours=hours) for name, one in charter().conduits.items()}
    return charter_with(conduits=ways)


def judged(request: Any, *hours: Hours, **changes: Any) -> str:
    return word(RULE, request, facts(charter=with_hours(*hours), **changes))


def test_without_hours_any_time_is_one() -> None:
    assert judged(asking()) == "accept"
    assert judged(wanting(), standings=(standing(),)) == "accept"


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        pytest.param(TimeWindow(OPENS, CLOSES), "accept", id="all of it inside"),
        pytest.param(
            TimeWindow(NOW - timedelta(days=1), CLOSES), "accept", id="what is left of it is inside"
        ),
        pytest.param(
            TimeWindow(OPENS, CLOSES + timedelta(minutes=1)), "outside_hours", id="a minute too long"
        ),
        pytest.param(
            TimeWindow(NOW + timedelta(days=1), CLOSES + timedelta(days=1)), "outside_hours", id="Tuesday"
        ),
        pytest.param(
            TimeWindow(OPENS - timedelta(days=1), NOW), "abstain", id="past, which another rule says"
        ),
    ],
)
def test_a_window_is_asked_for_inside_the_hours(window: TimeWindow, expected: str) -> None:
    assert judged(asking(window=window), MORNING) == expected


def test_at_the_door_it_is_such_a_time_now_whatever_the_permit_says() -> None:
    approved = (standing(),)
    assert judged(wanting(), MORNING, standings=approved) == "accept"
    assert judged(wanting(), LATER, standings=approved) == "outside_hours"
    assert judged(wanting(), LATER, MORNING, standings=approved) == "accept"
    assert judged(wanting(), LATER, standings=(standing(PermitState.REQUESTED),)) == "abstain"
    assert judged(wanting(), LATER, standings=()) == "abstain"


def test_whoever_comes_outside_is_told_when_it_opens() -> None:
    found: Facts = facts(charter=with_hours(LATER), standings=(standing(),))
    verdict = RULE.judge(wanting(), found)
    assert isinstance(verdict, Refuse)
    assert "It opens next 2026-06-01 11:00 Europe/Amsterdam until 2026-06-01 15:00" in verdict.sentence
    open_now = RULE.judge(
        asking(window=TimeWindow(OPENS, CLOSES + timedelta(hours=9))), facts(charter=with_hours(MORNING))
    )
    assert isinstance(open_now, Refuse)
    assert "It is open now until 2026-06-01 13:00" in open_now.sentence
