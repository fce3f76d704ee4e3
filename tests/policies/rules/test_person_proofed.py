from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.ids import PersonId
from domain.window import TimeWindow
from policies.facts import Facts
from policies.rules.person_proofed import PersonProofed
from tests.policies.plant import MICRO, NOW, SECOND, asking, charter, charter_with, facts, wanting, word

RULE = PersonProofed()
ENDS = NOW + timedelta(hours=4)
ANA = PersonId("ana")


def given(now: Any = NOW, **changes: Any) -> Facts:
    person = replace(charter().people[ANA], **changes)
    return facts(charter=charter_with(people={**charter().people, ANA: person}), now=now)


@pytest.mark.parametrize(
    ("changes", "now", "expected"),
    [
        pytest.param({}, NOW, "accept", id="proofed and checked"),
        pytest.param({"proofed": None}, NOW, "not_proofed", id="never proofed"),
        pytest.param({"checked": None}, NOW, "check_missing", id="never checked"),
        pytest.param({"checked": TimeWindow(NOW, ENDS)}, NOW - MICRO, "check_missing", id="checked later"),
        pytest.param(
            {"checked": TimeWindow(NOW, ENDS)}, NOW, "accept", id="the check's first instant is inside"
        ),
        pytest.param(
            {"checked": TimeWindow(NOW, ENDS)}, ENDS - MICRO, "accept", id="its last instant is inside"
        ),
        pytest.param({"checked": TimeWindow(NOW, ENDS)}, ENDS, "check_expired", id="its end is outside"),
    ],
)
def test_a_person_whom_nobody_vouches_for_can_be_put_on_no_request(
    changes: dict[str, Any], now: Any, expected: str
) -> None:
    """A13, I05: a person without a record of proofing, or with a lapsed check, is refused."""
    assert word(RULE, wanting(), given(now, **changes)) == expected


def test_a_proofing_to_come_is_none_yet() -> None:
    proofed = charter().people[ANA].proofed
    assert proofed is not None
    assert word(RULE, wanting(), given(proofed=replace(proofed, at=NOW + MICRO))) == "not_proofed"


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        pytest.param(ENDS, "accept", id="as long"),
        pytest.param(ENDS + SECOND, "beyond_check", id="a second longer"),
    ],
)
def test_a_window_asked_for_ends_with_the_check(end: Any, expected: str) -> None:
    checked = TimeWindow(NOW - SECOND, ENDS)
    assert word(RULE, asking(window=TimeWindow(NOW, end)), given(checked=checked)) == expected


@pytest.mark.parametrize("person", ["petra", "nobody"])
def test_people_of_the_plant_and_strangers_are_other_rules_matter(person: str) -> None:
    assert word(RULE, wanting(person=PersonId(person)), facts()) == "abstain"
