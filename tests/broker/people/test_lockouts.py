from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.people.lockouts import ALARM_FROM_S, alarm, minutes

AT = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("wait_s", "told"),
    [
        pytest.param(0, False, id="no wait"),
        pytest.param(8, False, id="somebody who mistypes"),
        pytest.param(ALARM_FROM_S, True, id="the shortest that is told"),
        pytest.param(900, True, id="the longest"),
    ],
)
def test_a_long_wait_is_an_alarm_and_a_short_one_is_not(wait_s: float, told: bool) -> None:
    leaf = alarm(AT, "person:milo", "console", 5, wait_s, "192.0.2.9")
    assert (leaf is not None) is told
    if leaf is not None:
        assert (leaf.until, leaf.failures, leaf.source) == (AT + timedelta(seconds=wait_s), 5, "192.0.2.9")


@pytest.mark.parametrize(
    ("wait_s", "said"),
    [(0.2, "1 s"), (30, "30 s"), (119.1, "120 s"), (120, "2 min"), (121, "3 min"), (900, "15 min")],
)
def test_a_wait_is_said_as_people_say_it(wait_s: float, said: str) -> None:
    assert minutes(wait_s) == said


@given(st.floats(0.001, 10_000))
def test_nobody_is_told_a_shorter_wait_than_it_is(wait_s: float) -> None:
    number, unit = minutes(wait_s).split()
    assert int(number) * (60 if unit == "min" else 1) >= wait_s
