"""The verifier's own reading of the table of operating states asks as many persons as the gate's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.access import Action
from domain.plant import Criticality, OperatingState
from policies.state_table import KEYS, REFUSED, Cell, Outcome, StateTable
from recorder.state_quorum import StateQuorums

CELLS = st.builds(Cell, st.sampled_from(Outcome), st.integers(1, 4))


def written(table: StateTable) -> dict[str, object]:
    """A table as states.toml says it, with an exception for each criticality."""
    return {
        "state": [
            {
                "state": str(state),
                **{str(action): "refuse" for action in Action},
                "exception": [
                    {
                        "actions": [str(action)],
                        "criticalities": [str(level)],
                        "outcome": str(table.cells[state, action, level]),
                    }
                    for action in Action
                    for level in Criticality
                ],
            }
            for state in OperatingState
        ]
    }


@given(
    st.dictionaries(st.sampled_from(KEYS), CELLS),
    st.sets(st.sampled_from(Action), min_size=1),
    st.sets(st.sampled_from(OperatingState), min_size=1),
    st.sampled_from(Criticality),
    st.sampled_from(Criticality),
)
def test_it_asks_as_many_as_the_gate_does(
    some: dict[tuple[OperatingState, Action, Criticality], Cell],
    actions: set[Action],
    states: set[OperatingState],
    own: Criticality,
    zone: Criticality,
) -> None:
    """B09: over any table at all."""
    cells = {key: REFUSED if key[0] is OperatingState.ISOLATED else some.get(key, REFUSED) for key in KEYS}
    table = StateTable(cells)
    read = StateQuorums.of(written(table), {"plc": ("pumping", str(own))}, {"pumping": str(zone)})
    level = max(own, zone, key=list(Criticality).index)
    assert read.persons("plc", actions, states) == table.quorum(states, actions, level)


def test_an_asset_that_nobody_rated_matters_most() -> None:
    entry = {"state": "running", "view": "allow", "exception": [
        {"actions": ["view"], "criticalities": ["high"], "outcome": "attended by 3"}
    ]}  # fmt: skip
    read = StateQuorums.of({"state": [entry]}, {}, {})
    assert read.persons("unknown", {"view"}, {"running"}) == 3


@pytest.mark.parametrize(
    "states",
    [
        {"state": "running"},
        {"state": [{"view": "allow"}]},
        {"state": [{"state": "running", "view": "allow by many"}]},
        {"state": [{"state": "running", "exception": [{"actions": "view", "criticalities": []}]}]},
        {"state": [{"state": "running", "exception": [{"outcome": "x", "actions": "view", "criticalities": []}]}]},
    ],
)  # fmt: skip
def test_what_is_no_table_is_called_so(states: dict[str, object]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        StateQuorums.of(states, {}, {})
