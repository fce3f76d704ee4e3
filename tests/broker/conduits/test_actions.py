import pytest

from broker.conduits.actions import permitted
from domain.access import Action

V, OP, C, X = Action.VIEW, Action.OPERATE, Action.CONFIGURE, Action.OVERRIDE


@pytest.mark.parametrize(
    ("action", "granted", "may"),
    [
        pytest.param(V, {V}, True, id="C11: who may look reads"),
        pytest.param(OP, {V}, False, id="C11, D13: who may look writes nothing"),
        pytest.param(V, {OP}, True, id="who may operate may look"),
        pytest.param(C, {OP}, False, id="who may operate configures nothing"),
        pytest.param(OP, {C}, False, id="who may configure operates nothing: the charter says each by name"),
        pytest.param(X, {V, OP, C}, False, id="an override is granted by its own name"),
        pytest.param(X, {X}, True, id="and then it is"),
        pytest.param(V, set(), False, id="nothing granted is nothing allowed"),
    ],
)
def test_what_a_permit_lets_be_done(action: Action, granted: set[Action], may: bool) -> None:
    assert permitted(action, frozenset(granted)) is may
