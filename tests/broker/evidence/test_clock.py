from datetime import timedelta

import pytest

from broker.evidence.clock import OFF_BY, of_clock
from broker.evidence.standing import State


@pytest.mark.parametrize(
    ("synchronised", "offset", "state", "says"),
    [
        pytest.param(True, timedelta(), State.OK, "in UTC", id="F17: kept"),
        pytest.param(True, -OFF_BY / 2, State.OK, "in UTC", id="F17: being put right"),
        pytest.param(True, OFF_BY, State.ALARMED, "off by 2.0 s", id="F17: two seconds off"),
        pytest.param(True, -OFF_BY, State.ALARMED, "off by 2.0 s", id="F17: two seconds the other way"),
        pytest.param(False, timedelta(), State.ALARMED, "No time service", id="F17: nobody keeps it"),
    ],
)
def test_a_clock_that_nobody_keeps_or_that_is_off_is_an_alarm(
    synchronised: bool, offset: timedelta, state: State, says: str
) -> None:
    found = of_clock(offset, synchronised=synchronised)
    assert (found.state, says in found.sentence) == (state, True)
    assert bool(found.remedy) is (state is State.ALARMED)
