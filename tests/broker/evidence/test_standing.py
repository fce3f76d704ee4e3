from datetime import UTC, datetime, timedelta

import pytest

from broker.evidence.standing import LATE_AFTER, Standing, State, of_ledger, of_witnesses, worst, worst_first
from recorder.ledger.checkpoint import Checkpoint
from recorder.ledger.note import VerifierKey
from recorder.ledger.policy import Witnessed

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
SILENT = timedelta(minutes=15)
KEY = VerifierKey("plant.example/x", bytes(32))


def vouched(size: int, *names: str) -> Witnessed:
    return Witnessed(Checkpoint("plant.example/x", size, bytes(32)), KEY, names, NOW - timedelta(hours=1))


def test_a_ledger_whose_signer_takes_events_is_well_since_its_last_leaf() -> None:
    found = of_ledger(7, NOW, listening=True)
    assert (found.state, found.since, found.remedy) == (State.OK, NOW, "")
    assert found.sentence.startswith("7 leaves under a signed head")


def test_a_ledger_whose_signer_is_gone_is_an_alarm_with_its_remedy() -> None:
    found = of_ledger(1, NOW, listening=False)
    assert (found.state, found.sound) == (State.ALARMED, False)
    assert "nothing opens. 1 leaf is" in found.sentence
    assert "penstock serve" in found.remedy


@pytest.mark.parametrize(
    ("waits", "state"),
    [
        pytest.param(None, State.OK, id="nothing new"),
        pytest.param(timedelta(), State.OK, id="new this moment"),
        pytest.param(LATE_AFTER, State.LATE, id="a minute is late"),
        pytest.param(SILENT - timedelta(seconds=1), State.LATE, id="just before the alarm"),
        pytest.param(SILENT, State.ALARMED, id="the instant of the alarm"),
    ],
)
def test_witnesses_are_late_after_a_minute_and_an_alarm_after_a_quarter_of_an_hour(
    waits: timedelta | None, state: State
) -> None:
    since = None if waits is None else NOW - waits
    found = of_witnesses(vouched(5, "corporate", "auditor"), 9, since, NOW, SILENT)
    assert found.state is state
    assert found.since == (NOW - timedelta(hours=1) if state is State.OK else since)
    assert (
        "last 4 leaves" if state is State.ALARMED else "corporate, auditor vouched for 5 of 9"
    ) in found.sentence


def test_a_ledger_that_nobody_ever_vouched_for_says_so() -> None:
    assert of_witnesses(None, 9, NOW, NOW, SILENT).state is State.LATE
    assert "ever" in of_witnesses(None, 9, NOW - SILENT, NOW, SILENT).sentence
    assert "The log itself" in of_witnesses(vouched(9), 9, None, NOW, SILENT).sentence


def test_the_worst_of_a_list_comes_first_and_what_is_off_is_never_worse() -> None:
    lines = {state: Standing("x", "X", state, "") for state in State}
    assert worst([]) is State.OFF
    assert worst([lines[State.OFF], lines[State.OK]]) is State.OK
    assert worst([lines[State.LATE], lines[State.OK], lines[State.OFF]]) is State.LATE
    assert worst(lines.values()) is State.ALARMED
    assert [one for one in State if not lines[one].sound] == [State.ALARMED]
    assert [one.state for one in worst_first(lines.values())] == [*reversed(State)]
