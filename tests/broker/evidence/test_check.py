from dataclasses import replace
from datetime import timedelta

import pytest

from broker.evidence.check import due, of_check
from broker.evidence.standing import State
from tests.broker.evidence.test_checked import CHECKED, FOUND

DAY, NEVER = timedelta(days=1), timedelta()


@pytest.mark.parametrize(
    ("last", "after", "every", "state"),
    [
        pytest.param(None, NEVER, DAY, State.LATE, id="none yet"),
        pytest.param(None, NEVER, NEVER, State.OFF, id="none is asked for"),
        pytest.param(CHECKED, 2 * DAY - timedelta.resolution, DAY, State.OK, id="well"),
        pytest.param(CHECKED, 2 * DAY, DAY, State.ALARMED, id="overdue"),
        pytest.param(CHECKED, 9 * DAY, NEVER, State.OK, id="by hand only"),
        pytest.param(replace(CHECKED, found=(FOUND,)), NEVER, DAY, State.ALARMED, id="something was found"),
    ],
)
def test_what_was_found_is_an_alarm_and_so_is_a_check_that_does_not_come(
    last: object, after: timedelta, every: timedelta, state: State
) -> None:
    found = of_check(last, CHECKED.begun + after, every)  # type: ignore[arg-type]
    assert found.state is state
    assert bool(found.remedy) is (state is State.ALARMED)


def test_the_next_is_due_a_while_after_the_last_began_and_at_once_without_one() -> None:
    assert due(CHECKED, DAY) == CHECKED.begun + DAY
    assert due(None, DAY) < CHECKED.begun
