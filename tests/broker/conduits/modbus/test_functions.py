import pytest

from broker.conduits.modbus.functions import FUNCTIONS, SUB_FUNCTIONS, permitted
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


def test_whatever_writes_is_more_than_looking() -> None:
    for function in (*FUNCTIONS.values(), *SUB_FUNCTIONS.values()):
        writes = bool(function.writes) or function.name.startswith(
            ("write", "clear", "change", "force", "restart")
        )
        assert (function.action is not Action.VIEW) is writes, function.name


def test_only_what_the_protocol_names_stands_in_the_table() -> None:
    """User-defined codes, 65 to 72 and 100 to 110, and makers' own are missing on purpose."""
    assert set(FUNCTIONS) == {1, 2, 3, 4, 5, 6, 7, 11, 12, 15, 16, 17, 20, 21, 22, 23, 24, 43}
