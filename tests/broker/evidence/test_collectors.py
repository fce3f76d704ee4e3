"""The collectors' line in the list."""

from datetime import timedelta

import pytest

from broker.evidence.collectors import of_collectors
from broker.evidence.standing import State
from broker.siem.position import Position
from broker.siem.progress import progress_of
from tests.clock import STARTS

LATE = timedelta(minutes=5)


@pytest.mark.parametrize(
    ("following", "waited", "state", "says"),
    [
        pytest.param(7, 0, State.OK, "Every leaf was sent to soc.", id="all of it"),
        pytest.param(6, 1, State.LATE, "soc waits for 1 leaf.", id="a leaf is on its way"),
        pytest.param(4, 6, State.ALARMED, "soc waits for 3 leaves.", id="too long"),
        pytest.param(9, 0, State.ALARMED, "it was set back", id="more than the ledger holds"),
    ],
)
def test_how_a_collector_stands(following: int, waited: int, state: State, says: str) -> None:
    position = Position(following, following - 1, "2026-03-02T08:00:00Z")
    one = progress_of("soc", position, 7, STARTS, STARTS + timedelta(minutes=waited), LATE)
    line = of_collectors([one])
    assert (line.state, says in line.sentence) == (state, True)
    assert line.sound == (state is not State.ALARMED)
    assert bool(line.remedy) == (state is State.ALARMED)


def test_the_one_that_needs_somebody_is_told_of() -> None:
    well = progress_of("a", Position(7, 6), 7, None, STARTS, LATE)
    late = progress_of("b", Position(5, 4), 7, STARTS - timedelta(hours=1), STARTS, LATE)
    waits = progress_of("c", Position(1, 0), 7, STARTS, STARTS, LATE)
    assert of_collectors([well, late, waits]).sentence.startswith("b ")
    assert of_collectors([]).state is State.OFF
