from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.recurrence import Hours
from domain.window import TimeWindow
from policies.recurrence import covers, fault_of
from recorder.hours import hours_of, window_inside
from tests.for_each import for_each

RULES = st.sampled_from(
    [
        "FREQ=DAILY",
        "FREQ=DAILY;INTERVAL=3",
        "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU;WKST=SU",
        "FREQ=MONTHLY;BYDAY=-1SU",
        "FREQ=MONTHLY;BYMONTHDAY=31",
        "FREQ=WEEKLY;BYDAY=SA;COUNT=4",
        "FREQ=DAILY;UNTIL=20260401",
    ]
)
ZONES = st.sampled_from(["Europe/Amsterdam", "America/Chicago", "Pacific/Kiritimati", "Pacific/Niue", "UTC"])
SPANS = st.builds(
    Hours,
    recurs=RULES,
    at=st.times().map(lambda one: one.replace(second=0, microsecond=0)),
    length=st.integers(1, 24 * 60).map(lambda minutes: timedelta(minutes=minutes)),
    since=st.dates(date(2025, 12, 1), date(2026, 3, 1)),
)
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
SPRING, AUTUMN = datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)
STARTS = st.one_of(
    st.integers(0, 360 * 24 * 60).map(lambda minutes: NEW_YEAR + timedelta(minutes=minutes)),
    st.integers(-2000, 2000).map(lambda minutes: SPRING + timedelta(minutes=minutes)),
    st.integers(-2000, 2000).map(lambda minutes: AUTUMN + timedelta(minutes=minutes)),
)


@given(SPANS, ZONES, STARTS, st.integers(1, 600))
def test_an_outsider_reckons_as_the_gate_does(hours: Hours, zone: str, start: datetime, minutes: int) -> None:
    """Through summer and winter time, in zones on either side of midnight."""
    if fault_of(hours) is not None:
        return
    window = TimeWindow(start, start + timedelta(minutes=minutes))
    assert window_inside([hours], zone, window) == covers([hours], ZoneInfo(zone), window)


@pytest.mark.parametrize(
    ("minutes", "length", "inside"),
    [
        pytest.param(0, 540, True, id="the whole time"),
        pytest.param(0, 541, False, id="a minute beyond its end"),
        pytest.param(-1, 10, False, id="a minute before it begins"),
        pytest.param(540, 10, False, id="when it is over"),
    ],
)
def test_half_open_at_both_ends(minutes: int, length: int, inside: bool) -> None:
    hours = hours_of([{"recurs": "FREQ=WEEKLY;BYDAY=MO", "at": "08:00", "for": "9h", "since": "2026-01-05"}])
    assert hours == (Hours("FREQ=WEEKLY;BYDAY=MO", time(8), timedelta(hours=9), date(2026, 1, 5)),)
    start = datetime(2026, 3, 2, 7, tzinfo=UTC) + timedelta(minutes=minutes)  # 8 in Amsterdam
    window = TimeWindow(start, start + timedelta(minutes=length))
    assert window_inside(hours, "Europe/Amsterdam", window) is inside


@for_each(
    "row",
    [
        "always",
        {"recurs": "FREQ=DAILY"},
        {"recurs": "x", "at": "8", "for": "9y", "since": "-"},
        {"recurs": "FREQ=HOURLY", "at": "08:00", "for": "9h", "since": "2026-01-05"},
        {"recurs": "freq=daily", "at": "08:00", "for": "9h", "since": "2026-01-05"},
        {"recurs": "RRULE:FREQ=DAILY", "at": "08:00", "for": "9h", "since": "2026-01-05"},
        {"recurs": "FREQ=DAILY;BYHOUR=3", "at": "08:00", "for": "9h", "since": "2026-01-05"},
        {"recurs": "FREQ=DAILY", "at": "0800", "for": "9h", "since": "2026-01-05"},
        {"recurs": "FREQ=DAILY", "at": "08:00", "for": " 9h", "since": "2026-01-05"},
        {"recurs": "FREQ=DAILY", "at": "08:00", "for": "9h", "since": "20260105"},
    ],
)
def test_what_are_no_hours_raise(row: object) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        hours_of([row])
