"""Break-glass as values: what bars the next use, and for how long a review may take."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.break_glass import (
    REVIEW_WITHIN,
    Glass,
    GlassRule,
    GlassTerms,
    Review,
    barring,
    reviewable,
    unreviewed,
)
from domain.ids import PermitId, PersonId, ZoneId

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
MILO, SVEN, PETRA = PersonId("milo"), PersonId("sven"), PersonId("petra")


def glass(number: int = 0, **changed: object) -> Glass:
    at = AT + number * MINUTE
    one = Glass(PermitId(f"{number:026}"), "riverside", ZoneId("cell-1"), (MILO, SVEN), at, at + 60 * MINUTE)
    return replace(one, **changed)  # type: ignore[arg-type]  # a test's own fields


def review(minute: int) -> Review:
    return Review(PETRA, AT + minute * MINUTE, 42)


def test_two_persons_or_one_and_an_absent_holder() -> None:
    assert GlassTerms().persons == 2
    assert GlassTerms(GlassRule.HOLDER_ABSENT).persons == 1
    assert GlassTerms().longest == timedelta(hours=1)


def test_an_unreviewed_use_bars_the_next_one_on_its_boundary_h13() -> None:
    """H13: no review blocks further use for that boundary."""
    assert barring([glass(0)], glass(1)) == glass(0)
    assert barring([glass(0, boundary="hilltop")], glass(1)) is None
    assert barring([glass(0, review=review(1))], glass(1)) is None
    assert barring([glass(0, review=review(2))], glass(1)) == glass(0, review=review(2))
    assert unreviewed([glass(1), glass(0)], "riverside") == glass(0)
    assert unreviewed([glass(0, review=review(1))], "riverside") is None


def test_a_use_is_not_undone_by_the_next_one_h13() -> None:
    """H13: the next use is what is barred."""
    assert barring([glass(1)], glass(0)) is None
    assert barring([glass(0)], glass(0)) is None


def test_in_a_declared_emergency_no_review_is_waited_for_h13() -> None:
    """H13: except in declared emergency."""
    assert barring([glass(0)], glass(1, emergency=True)) is None
    assert barring([glass(0, emergency=True)], glass(1)) == glass(0, emergency=True)


@pytest.mark.parametrize(
    ("after", "overdue"),
    [
        pytest.param(REVIEW_WITHIN - timedelta(seconds=1), False, id="a second before"),
        pytest.param(REVIEW_WITHIN, True, id="a day after"),
    ],
)
def test_a_review_is_due_within_a_day_h13(after: timedelta, overdue: bool) -> None:
    """H13: review in 24 h."""
    assert glass().overdue(AT + after) is overdue
    assert not glass(review=review(1)).overdue(AT + after)


def test_nobody_reviews_their_own_use_and_none_is_reviewed_twice_h13() -> None:
    """H13: reviewed by somebody who did not use it."""
    assert reviewable(glass(), PETRA)
    assert not reviewable(glass(), MILO)
    assert not reviewable(glass(), SVEN)
    assert not reviewable(glass(review=review(1)), PETRA)


USES = st.lists(
    st.builds(
        glass,
        st.integers(0, 6),
        boundary=st.sampled_from(["riverside", "hilltop"]),
        review=st.none() | st.builds(review, st.integers(0, 8)),
    ),
    max_size=7,
)


@given(USES)
def test_of_two_uses_without_a_review_between_them_the_later_one_is_barred_h13(uses: list[Glass]) -> None:
    """H13: in whatever order they are kept, no second use without a review."""
    free = [one for one in uses if barring(uses, one) is None]
    for first in free:
        for second in free:
            if first.boundary == second.boundary and (first.at, first.permit) < (second.at, second.permit):
                assert first.review is not None
                assert first.review.at <= second.at
