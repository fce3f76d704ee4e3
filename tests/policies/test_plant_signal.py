from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.plant import OperatingState
from policies.plant_signal import Permissive, in_force
from tests.for_each import for_each

STALE_S, STEADY_S = 2.0, 1.0
PERMITS = frozenset({OperatingState.MAINTENANCE, OperatingState.TURNAROUND})
RUNNING = OperatingState.RUNNING


def yes(permissive: Permissive, at_s: float) -> bool:
    return permissive.permits(at_s, steady_for_s=STEADY_S, stale_after_s=STALE_S)


def heard(*samples: tuple[float, object]) -> Permissive:
    permissive = Permissive()
    for at_s, value in samples:
        permissive = permissive.sampled(value, at_s, STALE_S)
    return permissive


def test_what_was_never_heard_permits_nothing() -> None:
    assert not yes(Permissive(), 0.0)


@pytest.mark.parametrize(
    ("at_s", "expected"),
    [
        pytest.param(0.5, False, id="not steady for long enough yet"),
        pytest.param(0.999, False, id="the instant before"),
        pytest.param(1.0, True, id="steady from the first instant that is long enough"),
        pytest.param(2.499, True, id="the last instant before it is stale"),
        pytest.param(2.5, False, id="stale at the limit itself"),
        pytest.param(0.0, False, id="a clock that went back"),
    ],
)
def test_a_yes_counts_while_it_is_steady_and_fresh(at_s: float, expected: bool) -> None:
    assert yes(heard((0.0, True), (0.5, True)), at_s) is expected


@pytest.mark.parametrize("value", [False, None, 1, "true", 0, [True], b"\x01", 1.0], ids=repr)
def test_anything_but_a_clear_yes_is_a_no_at_once(value: object) -> None:
    assert not yes(heard((0.0, True), (1.0, True), (1.5, value)), 1.5)


def test_a_reading_that_failed_is_a_no_at_once() -> None:
    assert not yes(heard((0.0, True), (1.5, True)).lost(), 1.5)


def test_after_a_silence_it_must_be_steady_anew() -> None:
    again = heard((0.0, True), (1.0, True), (3.5, True))
    assert not yes(again, 3.6)
    assert yes(again.sampled(True, 4.5, STALE_S), 4.5)


def test_a_signal_that_flaps_faster_than_it_must_be_steady_never_permits() -> None:
    permissive = Permissive()
    for beat in range(100):
        at_s = beat * 0.3
        permissive = permissive.sampled(beat % 3 != 0, at_s, STALE_S)
        assert not yes(permissive, at_s)


@given(st.lists(st.tuples(st.floats(0.01, 3.0), st.sampled_from([True, False, None, "lost"])), max_size=30))
def test_a_yes_was_preceded_by_unbroken_yeses_for_as_long_as_it_must_be_steady(
    steps: list[tuple[float, object]],
) -> None:
    permissive, at_s, unbroken = Permissive(), 0.0, [0.0]
    unbroken.clear()
    for wait_s, value in steps:
        at_s += wait_s
        if value == "lost":
            permissive = permissive.lost()
            unbroken.clear()
        else:
            if value is not True or (unbroken and at_s - unbroken[-1] > STALE_S):
                unbroken.clear()
            if value is True:
                unbroken.append(at_s)
            permissive = permissive.sampled(value, at_s, STALE_S)
        assert yes(permissive, at_s) == bool(unbroken and at_s - unbroken[0] >= STEADY_S)


@for_each(("told", "on"), list(product([*OperatingState, None], [True, False])))
def test_a_signal_takes_away_what_it_permits_and_nothing_else(told: OperatingState | None, on: bool) -> None:
    expected = RUNNING if told in PERMITS and not on else told
    assert in_force(told, PERMITS, RUNNING, on=on) is expected


@pytest.mark.parametrize("on", [True, False])
@pytest.mark.parametrize("told", [OperatingState.EMERGENCY, OperatingState.ISOLATED])
def test_a_person_s_stricter_state_stands_whatever_the_signal_says(told: OperatingState, on: bool) -> None:
    assert in_force(told, PERMITS, RUNNING, on=on) is told
