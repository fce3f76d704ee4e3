from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.access import Action
from domain.plant import Criticality, OperatingState
from policies.state_table import (
    ACTIONS,
    CRITICALITIES,
    KEYS,
    REFUSED,
    Cell,
    Key,
    Outcome,
    StateTable,
    graver,
)
from tests.for_each import for_each
from tests.policies.plant import charter

ALLOW, ATTENDED, TWO = Cell(Outcome.ALLOW), Cell(Outcome.ATTENDED), Cell(Outcome.ALLOW, 2)
SHUT: dict[Key, Cell] = dict.fromkeys(KEYS, REFUSED)
LOW = Criticality.LOW

cells = st.builds(Cell, st.sampled_from(Outcome), st.integers(1, 3))


@st.composite
def tables(draw: st.DrawFn) -> StateTable:
    filled = {key: draw(cells) for key in KEYS if key[0] is not OperatingState.ISOLATED}
    return StateTable(SHUT | filled)


def with_cells(**given: Cell) -> StateTable:
    """Running, by action; the same at every criticality."""
    return StateTable(
        SHUT
        | {
            (OperatingState.RUNNING, Action(action), criticality): cell
            for action, cell in given.items()
            for criticality in CRITICALITIES
        }
    )


@for_each("key", KEYS, ids=" ".join)
def test_every_cell_of_the_sample_s_table_gives_one_outcome(key: Key) -> None:
    """D13, J04: state, action and criticality together name one outcome, and no cell is undefined."""
    state, action, criticality = key
    cell = charter().state_rules.table.outcome(state, [action], criticality)
    assert isinstance(cell.outcome, Outcome)
    assert cell.quorum >= 1


def test_there_are_as_many_cells_as_states_actions_and_criticalities_make() -> None:
    """J04: seven states, four actions, three criticalities."""
    assert set(KEYS) == set(product(OperatingState, Action, Criticality))
    assert len(KEYS) == 7 * 4 * 3


@for_each("key", KEYS, ids=" ".join)
def test_a_table_with_one_cell_missing_is_no_table(key: Key) -> None:
    """J04: whichever cell it is."""
    with pytest.raises(ValueError, match="1 cells"):
        StateTable({one: cell for one, cell in SHUT.items() if one != key})


def test_an_isolated_zone_is_shut_in_every_table() -> None:
    with pytest.raises(ValueError, match="isolated"):
        StateTable(SHUT | {(OperatingState.ISOLATED, Action.VIEW, LOW): ALLOW})


@pytest.mark.parametrize("text", ["allow", "attended", "refuse", "allow by 2", "attended by 9"])
def test_an_outcome_reads_as_it_is_written(text: str) -> None:
    assert str(Cell.of(text)) == text


@for_each(
    "text",
    ["", "Allow", "allow ", "allow by", "allow by ", "allow by 1", "allow by 0", "allow by 10", "allow by 2 ",
     "allow by two", "allow by ٢", "refuse by 2", "allow by -2", "allowed"],
)  # fmt: skip
def test_nothing_else_is_an_outcome(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Cell.of(text)


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        pytest.param([], REFUSED, id="nothing to do is nothing to allow"),
        pytest.param(["view"], ALLOW, id="one"),
        pytest.param(["view", "operate"], Cell(Outcome.ALLOW, 2), id="the larger quorum of two"),
        pytest.param(["operate", "configure"], Cell(Outcome.ATTENDED, 2), id="stricter in two ways at once"),
        pytest.param(["view", "override"], REFUSED, id="one that is refused refuses all"),
    ],
)
def test_actions_together_are_as_strict_as_the_strictest_of_each(actions: list[str], expected: Cell) -> None:
    table = with_cells(view=ALLOW, operate=TWO, configure=ATTENDED)
    assert table.outcome(OperatingState.RUNNING, [Action(one) for one in actions], LOW) == expected


@given(tables(), st.sets(st.sampled_from(ACTIONS), min_size=1), st.sampled_from(KEYS))
def test_one_more_action_never_makes_it_easier(table: StateTable, actions: set[Action], key: Key) -> None:
    state, action, criticality = key
    before = table.outcome(state, actions, criticality)
    assert table.outcome(state, actions | {action}, criticality).as_strict_as(before)


@given(tables(), st.sets(st.sampled_from(OperatingState)), st.sets(st.sampled_from(ACTIONS)))
def test_the_quorum_is_at_least_that_of_every_state_that_does_not_refuse(
    table: StateTable, states: set[OperatingState], actions: set[Action]
) -> None:
    quorum = table.quorum(states, actions, LOW)
    assert quorum >= 1
    for state in table.allowing(states, actions, LOW):
        assert quorum >= table.outcome(state, actions, LOW).quorum


@given(tables())
def test_a_table_without_anomalies_rises_with_consequence_and_with_criticality(table: StateTable) -> None:
    """J04: what has more consequence, or touches what matters more, is never easier."""
    found = set(table.anomalies())
    for state, (lower, higher), criticality in product(OperatingState, pairwise(ACTIONS), CRITICALITIES):
        easier = not table.cells[state, higher, criticality].as_strict_as(
            table.cells[state, lower, criticality]
        )
        assert easier == (((state, higher, criticality), (state, lower, criticality)) in found)
    for state, action, (lower_c, higher_c) in product(OperatingState, ACTIONS, pairwise(CRITICALITIES)):
        easier = not table.cells[state, action, higher_c].as_strict_as(table.cells[state, action, lower_c])
        assert easier == (((state, action, higher_c), (state, action, lower_c)) in found)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (ALLOW, ALLOW, True),
        (ATTENDED, ALLOW, True),
        (ALLOW, ATTENDED, False),
        (ATTENDED, TWO, False),
        (TWO, ATTENDED, False),
        (REFUSED, Cell(Outcome.ATTENDED, 9), True),
        (Cell(Outcome.ATTENDED, 9), REFUSED, False),
    ],
    ids=str,
)
def test_strictness_is_outcome_and_quorum_both(one: Cell, other: Cell, expected: bool) -> None:
    assert one.as_strict_as(other) is expected


def test_states_are_compared_cell_by_cell() -> None:
    table = charter().state_rules.table
    assert table.as_strict_as(OperatingState.EMERGENCY, OperatingState.RUNNING)
    assert not table.as_strict_as(OperatingState.RUNNING, OperatingState.EMERGENCY)


@pytest.mark.parametrize(("one", "other"), list(product(Criticality, Criticality)))
def test_the_graver_of_two_is_the_higher(one: Criticality, other: Criticality) -> None:
    order = list(Criticality)
    assert graver(one, other) is order[max(order.index(one), order.index(other))]
