import time
from datetime import UTC, timedelta

from hypothesis import given
from hypothesis import strategies as st

from broker.clock import SETTLE_S, ClockGuard, SystemClock
from tests.clock import FrozenClock


def guard_of(clock: FrozenClock) -> ClockGuard:
    return ClockGuard(clock.now(), clock.boottime_s())


def look(guard: ClockGuard, clock: FrozenClock) -> float | None:
    return guard.observe(clock.now(), clock.boottime_s())


def test_the_system_clock_is_in_utc_and_between_two_readings_of_the_kernels() -> None:
    clock = SystemClock()
    before = time.clock_gettime(time.CLOCK_BOOTTIME)
    assert before <= clock.boottime_s() <= time.clock_gettime(time.CLOCK_BOOTTIME)
    assert clock.now().tzinfo is UTC


def test_time_that_merely_passes_is_no_step(clock: FrozenClock) -> None:
    guard = guard_of(clock)
    for _ in range(100):
        clock.advance(timedelta(minutes=10))
        assert look(guard, clock) is None
    assert guard.settled(clock.boottime_s())


def test_a_wall_clock_set_back_an_hour_is_a_step_and_unsettles_for_a_minute(clock: FrozenClock) -> None:
    guard = guard_of(clock)
    clock.step(timedelta(hours=-1))
    assert look(guard, clock) == -3600
    assert not guard.settled(clock.boottime_s())
    clock.advance(timedelta(seconds=SETTLE_S))
    assert look(guard, clock) is None
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
