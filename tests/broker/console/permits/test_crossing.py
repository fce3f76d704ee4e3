from dataclasses import replace

import pytest

from broker.console.permits.crossing import LONGEST_NAME, clipped, crossing
from domain.ids import AssetId, ConduitId, ZoneId
from domain.plant import OperatingState
from tests.policies.plant import charter, permit

RUNNING = dict.fromkeys(charter().zones, OperatingState.RUNNING)


def test_a_way_leads_from_the_outside_through_the_source_to_the_asset_s_zone() -> None:
    found = crossing(permit(), charter(), RUNNING)
    assert found is not None
    assert [(one.name, one.level, one.note, one.kind, one.by) for one in found.bands] == [
        ("Brightwater Drives", "", "outside the plant", "outside", ""),
        ("Plant DMZ", "level 3.5", "Running", "dmz", ""),
        ("Operations", "level 2", "Running", "zone", "Vendor support for operations"),
    ]
    assert found.sentence == (
        "Brightwater Drives comes from outside through Plant DMZ into Operations by Vendor support for operations"
    )
    tops = [one.top for one in found.bands]
    assert tops == sorted(tops)
    assert found.height > tops[-1]


def test_a_state_that_nobody_knows_is_said_to_be_unknown() -> None:
    found = crossing(permit(), charter(), {ZoneId("operations"): OperatingState.EMERGENCY})
    assert found is not None
    assert [one.note for one in found.bands] == ["outside the plant", "state not known", "Emergency"]


@pytest.mark.parametrize("changed", [{"conduit": ConduitId("gone")}, {"asset": AssetId("gone")}])
def test_what_the_charter_no_longer_knows_is_not_drawn(changed: dict) -> None:
    assert crossing(replace(permit(), **changed), charter(), RUNNING) is None


def test_a_long_name_is_cut_where_the_picture_ends() -> None:
    assert clipped("Pumps") == "Pumps"
    assert clipped("P" * 40) == "P" * (LONGEST_NAME - 1) + "…"
