from dataclasses import replace
from datetime import datetime

import pytest

from domain.ids import PersonId
from domain.window import TimeWindow
from policies.facts import Facts
from policies.rules.person_admitted import PersonAdmitted
from tests.policies.plant import (
    CONTRACT_ENDS,
    MICRO,
    NOW,
    SECOND,
    asking,
    charter,
    charter_with,
    facts,
    wanting,
    word,
)

RULE = PersonAdmitted()
BEGINS = NOW
ENDS = CONTRACT_ENDS


def admitted(window: TimeWindow | None) -> Facts:
    ana = replace(charter().people["ana"], admitted=window)
    return facts(charter=charter_with(people={**charter().people, "ana": ana}))


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param(BEGINS - MICRO, "admission_not_begun", id="the instant before it begins"),
        pytest.param(BEGINS, "accept", id="the opening instant is inside"),
        pytest.param(ENDS - MICRO, "accept", id="the last instant is inside"),
        pytest.param(ENDS, "admission_over", id="the closing instant is outside"),
    ],
)
def test_an_admission_is_half_open(now: datetime, expected: str) -> None:  # row: A05
    given = admitted(TimeWindow(BEGINS, ENDS))
    assert word(RULE, wanting(), replace(given, now=now)) == expected


def test_a_person_whom_nobody_admitted_is_refused() -> None:
    assert word(RULE, wanting(), admitted(None)) == "not_admitted"


def test_a_stranger_is_refused_and_the_name_is_escaped() -> None:
    verdict = RULE.judge(wanting(person=PersonId("ev\x1b[2Jil")), facts())
    assert verdict.code == "person_unknown"
    assert "\x1b" not in verdict.sentence


def test_a_person_of_the_plant_is_not_this_rules_business() -> None:
    assert word(RULE, wanting(person=PersonId("petra")), facts()) == "abstain"


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        pytest.param(ENDS, "accept", id="a window up to the end of the admission"),
        pytest.param(ENDS + SECOND, "beyond_admission", id="a window one second longer"),
    ],
)
def test_a_window_asked_for_ends_with_the_admission_at_the_latest(end: datetime, expected: str) -> None:
    request = asking(window=TimeWindow(ENDS - SECOND * 60, end))
    assert word(RULE, request, facts()) == expected
