from datetime import timedelta

from domain.clock import Clock
from tests.clock import STARTS, FrozenClock


def test_the_frozen_clock_is_a_clock_whose_two_faces_can_disagree(clock: FrozenClock) -> None:
    given: Clock = clock
    before = given.boottime_s()
    clock.step(timedelta(days=-1))
    assert given.now() == STARTS - timedelta(days=1)
    assert given.boottime_s() == before
