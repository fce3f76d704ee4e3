"""Truth table: on the sixteenth day that vendor asks for nothing; whoever has a permit goes on."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.ids import ConduitId, PersonId
from policies.review_terms import Overdue
from policies.rules.session_reviewed import SessionReviewed
from tests.for_each import for_each
from tests.policies.plant import NOW, asking, charter_with, facts, wanting, word
from tests.policies.test_session_review import ENDED, TERMS

RULE = SessionReviewed()
LATE = replace(ENDED, ended_at=NOW - timedelta(days=15))
JUST = replace(ENDED, ended_at=NOW - timedelta(days=15) + timedelta(microseconds=1))


def given(*waiting: object, **terms: Any) -> dict[str, Any]:
    return {"charter": charter_with(review_terms=(replace(TERMS, **terms),)), "unreviewed": waiting}


@for_each(
    ("changes", "expected"),
    [
        pytest.param({}, "accept", id="a charter that asks for no review"),
        pytest.param({"unreviewed": (LATE,)}, "accept", id="nobody asked for one"),
        pytest.param(given(), "accept", id="all were reviewed"),
        pytest.param(given(JUST), "accept", id="H02: the last instant of the fifteenth day"),
        pytest.param(given(LATE), "review_overdue", id="H02: day 16"),
        pytest.param(given(LATE, overdue=Overdue.TELL), "accept", id="told only"),
        pytest.param(given(LATE, boundary="pumping"), "accept", id="terms of another zone"),
        pytest.param(given(LATE, boundary="dmz-operations"), "review_overdue", id="the conduit's own terms"),
        pytest.param(given(replace(LATE, person=PersonId("petra"))), "accept", id="not a vendor's session"),
        pytest.param(given(LATE, percent=1), "accept", id="not of the sample"),
    ],
)
def test_whether_a_vendor_may_ask_again(changes: dict[str, Any], expected: str) -> None:
    assert word(RULE, asking(), facts(**changes)) == expected


def test_a_way_that_was_pinned_is_the_only_one_looked_at() -> None:
    changes = given(LATE, boundary="dmz-operations")
    assert word(RULE, asking(conduit=ConduitId("dmz-operations")), facts(**changes)) == "review_overdue"
    assert word(RULE, asking(conduit=ConduitId("elsewhere")), facts(**changes)) == "accept"


def test_whoever_has_a_permit_is_not_kept_out() -> None:
    assert word(RULE, wanting(), facts(**given(LATE))) == "accept"
