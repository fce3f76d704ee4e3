from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.window import TimeWindow
from tests.domain.samples import CLOSES, OPENS

INSTANT = timedelta(microseconds=1)
WINDOW = TimeWindow(OPENS, CLOSES)


@pytest.mark.parametrize(
    ("instant", "inside"),
    [
        pytest.param(OPENS - INSTANT, False, id="just before it opens"),
        pytest.param(OPENS, True, id="the opening instant is inside"),
        pytest.param(CLOSES - INSTANT, True, id="just before it closes"),
        pytest.param(CLOSES, False, id="the closing instant is outside"),
    ],
)
def test_a_window_is_half_open(instant: datetime, inside: bool) -> None:
    assert WINDOW.contains(instant) is inside


@given(st.timedeltas(timedelta(days=-9), timedelta(days=9)).map(lambda span: OPENS + span))
def test_back_to_back_windows_never_both_contain_an_instant(instant: datetime) -> None:
    following = TimeWindow(CLOSES, CLOSES + timedelta(days=1))
    assert not (WINDOW.contains(instant) and following.contains(instant))
    assert WINDOW.contains(instant) == (instant >= OPENS and WINDOW.remaining(instant) > timedelta())


def test_a_window_written_in_another_zone_is_the_same_window() -> None:
    berlin = timezone(timedelta(hours=1))
    same = TimeWindow(OPENS.astimezone(berlin), CLOSES.astimezone(berlin))
    assert same == WINDOW
    assert same.start.utcoffset() == timedelta()


@pytest.mark.parametrize(
    ("start", "end", "complaint"),
    [
        pytest.param(OPENS, OPENS, "end after", id="empty"),
        pytest.param(CLOSES, OPENS, "end after", id="backwards"),
        pytest.param(OPENS.replace(tzinfo=None), CLOSES, "need a zone", id="start without a zone"),
        pytest.param(OPENS, CLOSES.replace(tzinfo=None), "need a zone", id="end without a zone"),
    ],
)
def test_what_is_no_window_is_refused(start: datetime, end: datetime, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        TimeWindow(start, end)


@pytest.mark.parametrize(
    ("start", "end", "covered"),
    [
        pytest.param(OPENS, CLOSES, True, id="itself"),
        pytest.param(OPENS + INSTANT, CLOSES - INSTANT, True, id="inside"),
        pytest.param(OPENS - INSTANT, CLOSES, False, id="starts too early"),
        pytest.param(OPENS, CLOSES + INSTANT, False, id="ends too late"),
    ],
)
def test_a_window_covers_what_lies_wholly_inside(start: datetime, end: datetime, covered: bool) -> None:
    assert WINDOW.covers(TimeWindow(start, end)) is covered


def test_nothing_remains_of_a_closed_window() -> None:
    assert WINDOW.length == timedelta(hours=4)
    assert WINDOW.remaining(OPENS) == timedelta(hours=4)
    assert WINDOW.remaining(CLOSES) == timedelta()
    assert WINDOW.remaining(CLOSES + timedelta(days=1)) == timedelta()
