import pytest

from broker.watchdog.zone_states import Permitted, Told, signals_of, states_in_force, told_of
from domain.canonical import Json
from domain.ids import ZoneId
from domain.plant import OperatingState

ZONE = ZoneId("pumping")
MAINTENANCE, RUNNING, EMERGENCY = (
    OperatingState.MAINTENANCE,
    OperatingState.RUNNING,
    OperatingState.EMERGENCY,
)
KEY = Permitted("Key switch", frozenset({MAINTENANCE}), RUNNING)
ON = Permitted("Key switch", frozenset({MAINTENANCE}), RUNNING, on=True)


@pytest.mark.parametrize(
    ("told", "signal", "expected"),
    [
        pytest.param(MAINTENANCE, ON, MAINTENANCE, id="the signal lets it stand"),
        pytest.param(MAINTENANCE, KEY, RUNNING, id="without the signal it is the safe side"),
        pytest.param(EMERGENCY, ON, EMERGENCY, id="a person's stricter state stands"),
        pytest.param(EMERGENCY, KEY, EMERGENCY, id="and without the signal too"),
    ],
)
def test_what_is_in_force_is_what_a_person_set_and_the_plant_lets_stand(
    told: OperatingState, signal: Permitted, expected: OperatingState
) -> None:
    assert states_in_force({ZONE: Told(told, "milo")}, {ZONE: signal}) == {ZONE: expected}


def test_a_signal_alone_makes_no_state_known() -> None:
    assert states_in_force({}, {ZONE: ON}) == {}


def test_what_is_written_reads_back_as_it_was() -> None:
    told = {ZONE: Told(MAINTENANCE, "milo", "2026-06-01T08:00:00Z", "pump 3")}
    assert told_of({zone: one.document() for zone, one in told.items()}) == told
    assert signals_of({ZONE: ON.document()}) == {ZONE: ON}


@pytest.mark.parametrize(
    "document",
    [None, [], {"Pumping": {}}, {"pumping": "running"}, {"pumping": {"state": "party", "by": "", "at": "", "reason": ""}},
     {"pumping": {"state": "running", "by": "a\x1b", "at": "", "reason": ""}},
     {"pumping": {"state": "running", "by": 7, "at": "", "reason": ""}}, {"pumping": {"state": "running"}}],
)  # fmt: skip
def test_anything_else_is_no_state(document: Json) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        told_of(document)


@pytest.mark.parametrize(
    "broken", [{"on": 1}, {"permits": "running"}, {"permits": ["party"]}, {"otherwise": None}]
)
def test_anything_else_is_no_signal(broken: dict[str, Json]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        signals_of({ZONE: {**ON.document(), **broken}})
