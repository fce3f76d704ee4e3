from dataclasses import replace

import pytest

from domain.access import Action
from domain.ids import AssetId
from domain.plant import Criticality, OperatingState
from policies.stakes import criticality_of, quorum_needed
from policies.state_rules import StateRules
from policies.state_table import KEYS, REFUSED, Cell, Outcome, StateTable
from tests.policies.plant import charter, charter_with

STATION = AssetId("eng-ws-1")


@pytest.mark.parametrize(
    ("asset", "zone", "expected"),
    [("low", "high", "high"), ("high", "low", "high"), ("low", "medium", "medium"), ("low", "low", "low")],
)
def test_an_asset_counts_for_no_less_than_its_zone(asset: str, zone: str, expected: str) -> None:
    """S-35: the asset's own criticality, or its zone's where that is higher."""
    sample = charter()
    station = replace(sample.assets[STATION], criticality=Criticality(asset))
    around = replace(sample.zones[station.zone], criticality=Criticality(zone))
    changed = charter_with(
        assets={**sample.assets, STATION: station}, zones={**sample.zones, station.zone: around}
    )
    assert criticality_of(changed, STATION) is Criticality(expected)


def test_the_quorum_is_the_most_that_any_state_of_the_permit_asks_for() -> None:
    table = StateTable(
        dict.fromkeys(KEYS, REFUSED)
        | {
            (OperatingState.RUNNING, Action.VIEW, Criticality.HIGH): Cell(Outcome.ALLOW),
            (OperatingState.MAINTENANCE, Action.VIEW, Criticality.HIGH): Cell(Outcome.ATTENDED, 3),
        }
    )
    changed = charter_with(state_rules=StateRules(table, charter().state_rules.ask_again_for))
    view = [Action.VIEW]
    assert quorum_needed(changed, STATION, view, [OperatingState.RUNNING]) == 1
    assert quorum_needed(changed, STATION, view, [OperatingState.RUNNING, OperatingState.MAINTENANCE]) == 3
    assert quorum_needed(changed, STATION, view, [OperatingState.SHUTDOWN]) == 1
