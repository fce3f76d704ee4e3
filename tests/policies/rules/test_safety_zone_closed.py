from dataclasses import replace

import pytest

from domain.ids import AssetId, ConduitId, VendorId, ZoneId
from policies.rules.safety_zone_closed import SafetyZoneClosed
from tests.policies.plant import asking, charter, charter_with, facts, standing, wanting, word

RULE = SafetyZoneClosed()


@pytest.mark.parametrize(
    ("asset", "expected"),
    [
        pytest.param("sis-1", "safety_zone_closed", id="the safety controller"),
        pytest.param("plc-07", "accept", id="a controller beside it"),
        pytest.param("nothing", "abstain", id="no asset"),
    ],
)
def test_no_remote_path_leads_into_a_safety_zone(asset: str, expected: str) -> None:  # row: C07
    assert word(RULE, wanting(asset=AssetId(asset)), facts()) == expected
    assert word(RULE, asking(asset=AssetId(asset)), facts()) == expected


@pytest.mark.parametrize("end", ["source", "destination"])
def test_a_conduit_into_a_safety_zone_and_an_approved_permit_open_nothing(end: str) -> None:  # row: B17
    conduit = replace(charter().conduits[ConduitId("dmz-operations")], **{end: ZoneId("safety")})
    assets = dict(charter().assets)
    asset = AssetId("eng-ws-1") if end == "source" else AssetId("sis-1")
    vendor = charter().vendors[VendorId("brightwater")]
    given = facts(
        charter=charter_with(
            conduits={**charter().conduits, conduit.id: conduit}, assets=assets, vendors={vendor.id: vendor}
        ),
        standings=(standing(asset=asset),),
    )
    assert word(RULE, wanting(asset=asset), given) == "safety_zone_closed"
