from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.backlog import Alarm, Disk, Lying, Refusal, Terms, room

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
GIB = 1024**3
ROOMY = Disk(free=90 * GIB, total=100 * GIB, floor=10 * GIB)
TERMS = Terms(copies=True, old_after=timedelta(hours=1), big_after=5 * GIB)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def sealed(
    size: int = GIB, ago: timedelta = MINUTE, took: timedelta = MINUTE, *, copied: bool = False
) -> Lying:
    return Lying(size, NOW - ago - took, NOW - ago, copied)


def growing(size: int = GIB, since: timedelta = MINUTE) -> Lying:
    return Lying(size, NOW - since)


def test_h11_what_waits_is_counted_with_its_bytes_and_its_oldest() -> None:
    """H11: how many, how much, since when."""
    found = room([sealed(), sealed(ago=DAY), sealed(copied=True), growing()], ROOMY, TERMS, NOW)
    assert (found.waiting, found.waiting_bytes, found.oldest) == (2, 2 * GIB, NOW - DAY)


def test_where_nothing_is_copied_nothing_waits() -> None:
    found = room([sealed(ago=DAY)], ROOMY, replace(TERMS, copies=False), NOW)
    assert (found.waiting, found.oldest, found.alarms) == (0, None, ())


@pytest.mark.parametrize(
    ("lying", "disk", "alarms"),
    [
        ([sealed(ago=HOUR)], ROOMY, (Alarm.BACKLOG_OLD,)),
        ([sealed(ago=HOUR - MINUTE)], ROOMY, ()),
        ([sealed(size=5 * GIB)], ROOMY, (Alarm.BACKLOG_BIG,)),
        ([sealed(size=5 * GIB, copied=True)], ROOMY, ()),
        ([], replace(ROOMY, free=25 * GIB), (Alarm.DISK_USED,)),
        ([], replace(ROOMY, free=25 * GIB + 1), ()),
        ([], replace(ROOMY, free=0, total=0), ()),
    ],
)
def test_h11_somebody_is_told_early(lying: list[Lying], disk: Disk, alarms: tuple[Alarm, ...]) -> None:
    """H11: at three quarters of the disk, at an hour's backlog, at too much of it."""
    assert room(lying, disk, TERMS, NOW).alarms == alarms


def test_h11_days_left_are_forecast_at_the_last_week_s_pace() -> None:
    """H11: whole days, at the pace at which recordings came."""
    week = [sealed(size=GIB, ago=DAY * number, took=HOUR, copied=True) for number in range(7)]
    found = room(week, ROOMY, TERMS, NOW)
    assert found.last_week == 7 * GIB
    assert found.days_left == 80
    assert room([], ROOMY, TERMS, NOW).days_left is None


@pytest.mark.parametrize(
    ("came", "free", "refusal"),
    [
        (GIB, 12 * GIB, None),
        (2 * GIB, 12 * GIB, Refusal.DISK_FILLING),
        (3 * GIB, 12 * GIB, Refusal.DISK_FILLING),
        (1, 10 * GIB, Refusal.DISK_FILLING),
        (0, 10 * GIB, None),
        (1, 0, Refusal.DISK_FILLING),
    ],
)
def test_e02_nothing_new_opens_when_the_disk_would_be_full_within_the_hour(
    came: int, free: int, refusal: Refusal | None
) -> None:
    """E02: refused while there is room for what is open, and before it is gone."""
    found = room([growing(came)], replace(ROOMY, free=free), TERMS, NOW)
    assert found.refusal is refusal


def test_e02_nothing_new_opens_when_too_much_waits_where_the_plant_says_so() -> None:
    assert room([sealed(3 * GIB)], ROOMY, TERMS, NOW).refusal is None
    assert (
        room([sealed(3 * GIB)], ROOMY, replace(TERMS, full_after=3 * GIB), NOW).refusal
        is Refusal.BACKLOG_FULL
    )


@pytest.mark.parametrize(
    ("one", "hour"),
    [
        (sealed(100, ago=timedelta(), took=2 * HOUR), 50),
        (sealed(100, ago=HOUR / 2, took=HOUR), 50),
        (sealed(100, ago=2 * HOUR, took=HOUR), 0),
        (sealed(100, ago=timedelta(), took=timedelta()), 100),
        (growing(100, 10 * HOUR), 10),
        (growing(100, timedelta()), 100),
        (Lying(100, NOW, NOW - MINUTE), 100),
        (Lying(100, NOW + HOUR, None), 100),
    ],
)
def test_a_recording_is_taken_to_have_grown_evenly(one: Lying, hour: int) -> None:
    assert room([one], ROOMY, TERMS, NOW).last_hour == hour


@given(
    st.lists(st.builds(
        Lying,
        st.integers(0, 2**50),
        st.datetimes(timezones=st.just(UTC)),
        st.none() | st.datetimes(timezones=st.just(UTC)),
        st.booleans(),
    )),
    st.integers(0, 2**50),
    st.integers(0, 2**50),
)  # fmt: skip
def test_whatever_lies_there_there_is_an_answer_and_more_room_never_refuses_more(
    lying: list[Lying], free: int, floor: int
) -> None:
    disk = Disk(free, max(free, 2**50), floor)
    found = room(lying, disk, TERMS, NOW)
    assert found.waiting_bytes <= sum(one.bytes for one in lying)
    assert 0 <= found.last_hour <= found.last_week or not lying
    if found.refusal is None:
        assert room(lying, replace(disk, free=free + GIB), TERMS, NOW).refusal is None
