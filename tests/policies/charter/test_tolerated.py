"""The exceptions as a list shows them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.ids import ExceptionId
from domain.window import TimeWindow
from policies.charter.tolerated import tolerated
from tests.policies.plant import NOW, OPENS, charter_with
from tests.policies.test_exceptions import ENDS, ONE


@pytest.mark.parametrize(
    ("at", "standing"),
    [
        pytest.param(OPENS - timedelta(seconds=1), "to come", id="before"),
        pytest.param(OPENS, "in force", id="its first instant"),
        pytest.param(ENDS, "over", id="its end"),
    ],
)
def test_where_an_exception_stands_is_the_clocks_word_j05(at: object, standing: str) -> None:
    """J05: it ends by itself."""
    (one,) = tolerated(charter_with(exceptions=(ONE,)), at)  # type: ignore[arg-type]  # an instant of the table
    assert one.standing == standing
    assert f"({standing})" in one.sentence


def test_the_list_says_who_answers_what_is_done_instead_and_how_often_it_was_renewed_j05() -> None:
    """J05, S-36: the renewal count is visible."""
    second = replace(
        ONE,
        id=ExceptionId("ex-2"),
        renews=ONE.id,
        window=TimeWindow(ENDS, ENDS + timedelta(days=1)),
        reviewed=NOW,
        vendor=None,
    )
    first, renewed = tolerated(charter_with(exceptions=(second, ONE)), NOW)
    assert (first.renewal, renewed.renewal) == (0, 1)
    assert "never reviewed" in first.sentence
    assert "for brightwater" in first.sentence
    assert "renewal 1 of ex-1" in renewed.sentence
    assert "olga answers, petra granted it" in renewed.sentence
    assert "beside every session" in renewed.sentence
    document = renewed.document()
    assert (document["renews"], document["renewal"], document["standing"]) == ("ex-1", 1, "to come")
    assert first.document()["reviewed"] is None
