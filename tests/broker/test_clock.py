import time
from datetime import UTC, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.clock import (
    BEHIND_S,
    SETTLE_S,
    STA_NANO,
    STA_UNSYNC,
    ClockGuard,
    KeptClock,
    SystemClock,
    kept_clock,
)
from tests.clock import FrozenClock


def guard_of(clock: FrozenClock) -> ClockGuard:
    return ClockGuard(clock.now(), clock.boottime_s())


def look(guard: ClockGuard, clock: FrozenClock) -> float | None:
    return guard.observe(clock.now(), clock.boottime_s())


def test_the_system_clock_is_in_utc_and_between_two_readings_of_the_kernels() -> None:
    """D01: what sessions are timed by counts while the machine sleeps."""
    clock = SystemClock()
    before = time.clock_gettime(time.CLOCK_BOOTTIME)
    assert before <= clock.boottime_s() <= time.clock_gettime(time.CLOCK_BOOTTIME)
    assert clock.now().tzinfo is UTC
    wall_s = time.clock_gettime(time.CLOCK_REALTIME)
    assert wall_s <= clock.wall_s() <= time.clock_gettime(time.CLOCK_REALTIME)
    assert abs(clock.now().timestamp() - clock.wall_s()) < 60


def test_time_that_merely_passes_is_no_step(clock: FrozenClock) -> None:
    guard = guard_of(clock)
    for _ in range(100):
        clock.advance(timedelta(minutes=10))
        assert look(guard, clock) is None
    assert guard.settled(clock.boottime_s())


def test_a_wall_clock_set_forward_unsettles_for_a_minute(clock: FrozenClock) -> None:
    guard = guard_of(clock)
    clock.step(timedelta(hours=1))
    assert look(guard, clock) == 3600
    assert not guard.settled(clock.boottime_s())
    clock.advance(timedelta(seconds=SETTLE_S))
    assert look(guard, clock) is None
    assert guard.settled(clock.boottime_s())


def test_abuse_01_a_wall_clock_set_back_is_not_believed_until_it_is_put_right(clock: FrozenClock) -> None:
    guard = guard_of(clock)
    clock.step(timedelta(hours=-1))
    assert look(guard, clock) == -3600
    for _ in range(48):
        clock.advance(timedelta(hours=1))
        assert look(guard, clock) is None
        assert not guard.settled(clock.boottime_s())
    clock.step(timedelta(hours=1))
    assert look(guard, clock) == 3600
    clock.advance(timedelta(seconds=SETTLE_S))
    assert guard.settled(clock.boottime_s())


def test_abuse_01_many_small_steps_back_add_up_to_one_that_is_not_believed(clock: FrozenClock) -> None:
    guard = guard_of(clock)
    for _ in range(60):
        clock.step(timedelta(seconds=-1.5))
        clock.advance(timedelta(seconds=SETTLE_S))
        look(guard, clock)
    clock.advance(timedelta(seconds=SETTLE_S))
    look(guard, clock)
    assert not guard.settled(clock.boottime_s())


def test_a_time_source_may_correct_a_little_backwards(clock: FrozenClock) -> None:
    guard = guard_of(clock)
    clock.step(timedelta(seconds=-BEHIND_S))
    look(guard, clock)
    clock.advance(timedelta(seconds=SETTLE_S))
    assert guard.settled(clock.boottime_s())


def test_a_clock_that_was_set_forward_for_a_moment_only_is_right_again_afterwards(clock: FrozenClock) -> None:
    guard = guard_of(clock)
    for hours in (5, -5):
        clock.step(timedelta(hours=hours))
        look(guard, clock)
        clock.advance(timedelta(seconds=SETTLE_S / 2))
        look(guard, clock)
    clock.advance(timedelta(seconds=SETTLE_S))
    look(guard, clock)
    assert guard.settled(clock.boottime_s())


def test_a_step_is_told_once(clock: FrozenClock) -> None:
    guard = guard_of(clock)
    clock.step(timedelta(days=1))
    assert look(guard, clock) == 86_400
    assert look(guard, clock) is None


def test_many_small_steps_add_up(clock: FrozenClock) -> None:
    guard = guard_of(clock)
    told = []
    for _ in range(6):
        clock.step(timedelta(milliseconds=-400))
        told.append(look(guard, clock))
    assert [one is not None for one in told] == [False, False, True, False, False, True]


@given(st.floats(-0.0005, 0.0005), st.integers(1, 200))
def test_a_slewing_ntp_client_never_raises_an_alarm(rate: float, rounds: int) -> None:
    clock = FrozenClock()
    guard = guard_of(clock)
    for _ in range(rounds):
        clock.advance(timedelta(minutes=10))
        clock.step(timedelta(seconds=600 * rate))
        assert look(guard, clock) is None


def test_a_source_that_is_off_by_two_seconds_is_seen_when_the_clock_next_follows_it(
    clock: FrozenClock,
) -> None:
    """F17: a clock that is set by two seconds is a step, in either direction; one that merely drifts is none."""
    for seconds in (2, -2):
        guard = guard_of(clock)
        clock.step(timedelta(seconds=seconds))
        assert look(guard, clock) == seconds
        assert not guard.settled(clock.boottime_s())


@pytest.mark.parametrize(
    ("state", "status", "offset", "found"),
    [
        (0, 0x0001, 1500, KeptClock(True, timedelta(microseconds=1500))),
        (0, STA_NANO | 0x0001, -2_000_000_000, KeptClock(True, timedelta(seconds=-2))),
        (0, STA_UNSYNC, 0, KeptClock(False, timedelta())),
        (5, 0x0001, 0, KeptClock(False, timedelta())),
        (-1, 0, 0, KeptClock(False, timedelta())),
    ],
)
def test_what_the_kernel_says_of_its_clock_is_read_in_its_own_units(
    state: int, status: int, offset: int, found: KeptClock
) -> None:
    assert KeptClock.of(state, status, offset) == found


def test_the_kernel_answers() -> None:
    assert abs(kept_clock().offset) < timedelta(days=1)
