import pytest

from broker.console import named
from domain.access import Action
from domain.exceptions import Liftable
from domain.plant import OperatingState
from policies.charter.change import Effect
from policies.charter.tolerated import Standing
from policies.charter.void import Kind


@pytest.mark.parametrize(
    ("table", "kinds"),
    [(named.EFFECTS, Effect), (named.VOIDS, Kind), (named.TOLERATED, Standing)],
    ids=["effects", "voids", "exceptions"],
)
def test_every_kind_has_its_word(table: dict[str, str], kinds: type) -> None:
    assert set(table) == set(kinds)
    assert all(said == kind.value.replace("-", " ") for kind, said in table.items())


def test_several_stand_in_the_order_that_people_think_in() -> None:
    assert named.actions({Action.CONFIGURE, Action.VIEW}) == "View, Configure"
    assert named.states({OperatingState.SHUTDOWN, OperatingState.RUNNING}) == "Running, Shutdown"
    assert named.lifts({Liftable.TOOL}) == "a tool that was not accepted"
