"""Hours on the plant's clock: the day they fall on, the nights in which the clock is put forward and back."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.recurrence import Hours
from domain.window import TimeWindow
from policies.recurrence import covers, fault_of, next_open, open_at, openings, times_in

HERE = ZoneInfo("Europe/Amsterdam")
WEEKDAYS = Hours("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", time(8), timedelta(hours=9), date(2026, 1, 1))
NIGHT = Hours("FREQ=DAILY", time(2, 30), timedelta(hours=2), date(2026, 1, 1))
MICRO = timedelta(microseconds=1)


def at(text: str) -> datetime:
    """An instant by the clock in Amsterdam."""
    return datetime.fromisoformat(text).replace(tzinfo=HERE).astimezone(UTC)


@pytest.mark.parametrize(
    ("instant", "inside"),
    [
        pytest.param(at("2026-06-01T08:00"), True, id="Monday, the opening instant is inside"),
        pytest.param(at("2026-06-01T08:00") - MICRO, False, id="a moment before"),
        pytest.param(at("2026-06-01T17:00") - MICRO, True, id="the last moment"),
        pytest.param(at("2026-06-01T17:00"), False, id="the closing instant is outside"),
        pytest.param(at("2026-06-06T12:00"), False, id="Saturday"),
        pytest.param(at("2026-01-05T08:00"), True, id="in winter at eight by the wall too"),
        pytest.param(at("2025-12-31T12:00"), False, id="before its first day"),
    ],
)
def test_hours_are_read_on_the_clock_of_the_plant(instant: datetime, inside: bool) -> None:
    assert (open_at([WEEKDAYS], HERE, instant) is not None) is inside


def test_a_night_in_which_the_clock_is_put_forward_makes_them_no_shorter() -> None:
    # 2026-03-29: 02:00 becomes 03:00, so that 02:30 is not on any clock.
    found = open_at([NIGHT], HERE, at("2026-03-29T04:00"))
    assert found == TimeWindow(
        datetime(2026, 3, 29, 1, 30, tzinfo=UTC), datetime(2026, 3, 29, 3, 30, tzinfo=UTC)
    )


def test_a_night_in_which_the_clock_is_put_back_begins_them_once() -> None:
    # 2026-10-25: 03:00 becomes 02:00, so that 02:30 is there twice; the first counts.
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert open_at([NIGHT], HERE, first) == TimeWindow(first, first + timedelta(hours=2))
    assert open_at([NIGHT], HERE, first + timedelta(hours=2)) is None


def test_a_window_lies_inside_one_time_or_it_does_not() -> None:
    both = [WEEKDAYS, NIGHT]
    morning = TimeWindow(at("2026-06-01T08:00"), at("2026-06-01T17:00"))
    assert covers(both, HERE, morning)
    assert not covers(both, HERE, TimeWindow(morning.start, morning.end + timedelta(seconds=1)))
    assert not covers(both, HERE, TimeWindow(at("2026-06-01T04:00"), at("2026-06-01T09:00")))
    assert not covers([], HERE, morning)


def test_hours_past_midnight_belong_to_the_day_on_which_they_began() -> None:
    late = Hours("FREQ=WEEKLY;BYDAY=FR", time(22), timedelta(hours=8), date(2026, 1, 1))
    assert open_at([late], HERE, at("2026-06-06T05:59")) is not None
    assert open_at([late], HERE, at("2026-06-06T06:00")) is None


def test_the_next_time_is_found_however_far_ahead_within_a_year() -> None:
    yearly = Hours("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=1", time(6), timedelta(hours=1), date(2026, 1, 1))
    found = next_open([yearly, WEEKDAYS], HERE, at("2026-06-05T18:00"))
    assert found is not None
    assert found.start == at("2026-06-08T08:00")
    alone = next_open([yearly], HERE, at("2026-06-05T18:00"))
    assert alone is not None
    assert alone.start == at("2027-02-01T06:00")
    ended = Hours("FREQ=DAILY;COUNT=3", time(6), timedelta(hours=1), date(2026, 1, 1))
    assert next_open([ended], HERE, at("2026-06-05T18:00")) is None


@pytest.mark.parametrize(
    "recurs",
    [
        "every Monday",
        "FREQ=HOURLY",
        "FREQ=SECONDLY",
        "BYDAY=MO",
        "FREQ=WEEKLY;BYHOUR=3",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;UNTIL=20250101",
        "FREQ=DAILY\nEXDATE:20260101",
    ],
)
def test_a_rule_that_can_not_be_reckoned_with_says_why(recurs: str) -> None:
    assert fault_of(Hours(recurs, time(8), timedelta(hours=1), date(2026, 1, 1)))


def test_a_rule_for_days_is_sound() -> None:
    assert fault_of(WEEKDAYS) is None
    monthly = "FREQ=MONTHLY;BYDAY=-1FR;INTERVAL=2"
    assert fault_of(Hours(monthly, time(8), timedelta(hours=1), date(2026, 1, 1))) is None


@given(st.datetimes(datetime(2026, 1, 3), datetime(2027, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - bounds
def test_whenever_it_is_what_is_open_holds_that_instant_and_what_is_next_does_not(instant: datetime) -> None:
    for every in ([WEEKDAYS], [NIGHT], [WEEKDAYS, NIGHT]):
        found, coming = open_at(every, HERE, instant), next_open(every, HERE, instant)
        assert found is None or (found.contains(instant) and covers(every, HERE, found))
        assert coming is not None
        assert coming.start > instant


def test_the_times_that_touch_a_window_are_given_whole() -> None:
    monday = TimeWindow(at("2026-06-01T00:00"), at("2026-06-02T00:00"))
    eight_to_five = TimeWindow(at("2026-06-01T08:00"), at("2026-06-01T17:00"))
    assert times_in([WEEKDAYS], HERE, monday) == (eight_to_five,)
    assert times_in([WEEKDAYS], HERE, TimeWindow(eight_to_five.end, eight_to_five.end + MICRO)) == ()
    assert times_in([WEEKDAYS], HERE, TimeWindow(eight_to_five.end - MICRO, eight_to_five.end)) == (
        eight_to_five,
    )
    assert len(times_in([NIGHT], HERE, TimeWindow(at("2026-10-24T00:00"), at("2026-10-31T00:00")))) == 7
    assert times_in([], HERE, monday) == ()


def test_the_next_openings_are_offered_as_long_as_is_wished_and_no_longer_than_they_last() -> None:
    friday = at("2026-06-05T15:30")
    two = timedelta(hours=2)
    assert [one.start for one in openings([WEEKDAYS], HERE, friday, two)] == [
        at("2026-06-08T08:00"),
        at("2026-06-09T08:00"),
        at("2026-06-10T08:00"),
    ]
    within = openings([WEEKDAYS], HERE, friday - timedelta(hours=1, seconds=-1), two)
    assert within[0] == TimeWindow(at("2026-06-05T14:31"), at("2026-06-05T16:31"))
    long = openings([WEEKDAYS], HERE, friday, timedelta(hours=20))
    assert long[0] == TimeWindow(at("2026-06-08T08:00"), at("2026-06-08T17:00"))
    assert openings([], HERE, friday, two) == ()


@given(st.integers(0, 400 * 24 * 60), st.integers(1, 24 * 60))
def test_whatever_is_offered_lies_inside(minutes: int, length: int) -> None:
    instant = at("2026-01-01T00:00") + timedelta(minutes=minutes)
    for one in openings([WEEKDAYS, NIGHT], HERE, instant, timedelta(minutes=length)):
        assert covers([WEEKDAYS, NIGHT], HERE, one)
        assert one.start >= instant
