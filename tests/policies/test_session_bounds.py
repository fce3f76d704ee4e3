from dataclasses import replace

from domain.access import Action
from domain.ids import AssetId, ConduitId
from domain.plant import OperatingState
from policies.session_bounds import as_named, bounds_of
from tests.policies.plant import charter, charter_with, permit

RUNNING, MAINTENANCE, TURNAROUND = (
    OperatingState.RUNNING,
    OperatingState.MAINTENANCE,
    OperatingState.TURNAROUND,
)


def test_a_session_may_live_where_conduit_and_table_both_let_everything_happen_that_its_permit_names() -> (
    None
):
    """B11, J04."""
    bounds = bounds_of(charter(), permit())
    assert bounds.open_in == {RUNNING, MAINTENANCE, TURNAROUND, OperatingState.START_UP}
    assert bounds.attended_in == {OperatingState.START_UP}


def test_one_action_that_needs_an_attendant_makes_the_whole_session_need_one() -> None:
    """D11."""
    bounds = bounds_of(charter(), permit(actions=frozenset({Action.VIEW, Action.CONFIGURE})))
    assert bounds.attended_in == {RUNNING}


def test_over_a_supervised_conduit_every_state_needs_somebody_who_watches() -> None:
    """S-05: supervision is a condition of the conduit."""
    sample = charter()
    conduit = replace(sample.conduits[ConduitId("dmz-operations")], supervised=True)
    bounds = bounds_of(charter_with(conduits={**sample.conduits, conduit.id: conduit}), permit())
    assert bounds.attended_in == bounds.open_in
    assert RUNNING in bounds.attended_in


def test_a_state_that_only_the_conduit_names_is_not_one_to_live_in() -> None:
    sample = charter()
    conduit = sample.conduits[ConduitId("dmz-operations")]
    open_wide = replace(conduit, states=frozenset(OperatingState))
    changed = charter_with(conduits={**sample.conduits, conduit.id: open_wide})
    bounds = bounds_of(changed, permit())
    assert OperatingState.EMERGENCY not in bounds.open_in
    assert OperatingState.START_UP in bounds.open_in & bounds.attended_in


def test_without_its_conduit_or_its_asset_there_is_no_state_to_live_in() -> None:
    assert bounds_of(charter(), permit(conduit=ConduitId("gone"))).open_in == frozenset()
    assert bounds_of(charter(), permit(asset=AssetId("gone"))).open_in == frozenset()


def test_without_a_charter_the_permit_s_own_states_are_the_bounds() -> None:
    assert as_named(permit()).open_in == permit().states
