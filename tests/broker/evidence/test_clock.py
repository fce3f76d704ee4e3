from datetime import timedelta

import pytest

from broker.evidence.clock import OFF_BY, Stepped, of_clock
from broker.evidence.standing import State
from tests.domain.samples import OPENS


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


def test_a_clock_that_the_gate_does_not_rely_on_is_an_alarm_however_well_it_is_kept() -> None:
    """F17: the jump stands on the console, with since when."""
    found = of_clock(timedelta(), synchronised=True, stepped=Stepped(OPENS, -3600))
    assert (found.state, found.since) == (State.ALARMED, OPENS)
    assert "moved by -3600 seconds: no new session opens" in found.sentence
    assert "put right" in found.remedy
