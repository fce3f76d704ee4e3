from dataclasses import FrozenInstanceError, replace
from datetime import datetime

import pytest

from domain.canonical import canonical
from domain.ids import AssetId, ConduitId, VendorId
from domain.rights import DecisionRight
from domain.window import TimeWindow
from policies.charter.charter import snapshot
from tests.policies.plant import (
    CONTRACT_ENDS,
    MICRO,
    NOW,
    SECOND,
    charter,
    charter_with,
    ed25519_line,
    two_sites,
)

STATION, PUMP, WAY = AssetId("eng-ws-1"), AssetId("plc-07"), ConduitId("dmz-operations")


def test_the_sample_plant_is_what_the_story_needs() -> None:
    plant = charter()
    assert [zone.id for zone in plant.zones.values() if zone.dmz] == ["dmz"]
    assert [zone.id for zone in plant.zones.values() if zone.safety] == ["safety"]
    assert (len(plant.zones), len(plant.assets), len(plant.vendors)) == (5, 6, 2)
    assert {holding.right for holding in plant.holdings} == set(DecisionRight)
    assert all(holding.deputy for holding in plant.holdings)


def test_boundaries_go_from_near_to_far() -> None:
    assert charter().boundaries(STATION, WAY) == (
        "dmz-operations", "operations", "riverside", "riverside-water"
    )  # fmt: skip
    assert charter().boundaries_into(WAY) == charter().boundaries(STATION, WAY)
    assert charter().boundaries(AssetId("nothing"), WAY) == ()


def test_every_zone_stands_on_a_site_and_times_about_an_asset_are_read_there() -> None:
    plant = two_sites()
    assert plant.boundaries(PUMP, ConduitId("dmz-pumping"))[-2:] == ("hilltop", "riverside-water")
    assert [plant.place_of(one).time_zone for one in (STATION, PUMP, AssetId("nothing"))] == [
        "Europe/Amsterdam", "America/Chicago", "Europe/Amsterdam"
    ]  # fmt: skip
    assert plant.site_of(AssetId("nothing")) is None


def test_conduits_for_a_vendor_lead_to_the_assets_zone_in_the_order_of_their_ids() -> None:
    more = replace(charter().conduits[WAY], id=ConduitId("a-second"))
    both = charter_with(conduits={**charter().conduits, more.id: more})
    assert [one.id for one in both.conduits_for(VendorId("brightwater"), STATION)] == [
        "a-second",
        "dmz-operations",
    ]
    assert charter().conduits_for(VendorId("kestrel"), AssetId("plc-07")) == ()
    assert charter().conduits_for(VendorId("brightwater"), AssetId("nothing")) == ()


@pytest.mark.parametrize(
    ("line", "person"),
    [
        pytest.param(ed25519_line(11), "ana", id="her key"),
        pytest.param(ed25519_line(11, "another comment"), "ana", id="her key with another comment"),
        pytest.param(ed25519_line(12), "ben", id="his key"),
        pytest.param(ed25519_line(13), None, id="nobody's key"),
        pytest.param("ssh-ed25519", None, id="half a line"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_a_key_belongs_to_one_person(line: str, person: str | None) -> None:
    found = charter().person_of_key(line)
    assert (found.id if found else None) == person


@pytest.mark.parametrize(
    ("at", "holder"),
    [
        pytest.param(NOW, "petra", id="in the middle"),
        pytest.param(CONTRACT_ENDS - MICRO, "petra", id="the last instant is inside"),
        pytest.param(CONTRACT_ENDS, None, id="the closing instant is outside"),
    ],
)
def test_the_sites_holder_holds_until_the_window_ends(at: datetime, holder: str | None) -> None:  # row: B04
    found = charter().holder(DecisionRight.CONNECT, STATION, WAY, at)
    assert (found.holder if found else None) == holder


def test_the_nearest_boundary_decides_even_when_its_holding_has_lapsed() -> None:  # row: B02
    far = charter().holdings[0]
    near = replace(far, boundary="operations", holder=charter().people["olga"].id)
    lapsed = replace(near, boundary="dmz-operations", window=TimeWindow(NOW - SECOND, NOW))
    assert charter_with(holdings=(far, near)).holder(DecisionRight.CONNECT, STATION, WAY, NOW) is near
    assert charter_with(holdings=(far, near, lapsed)).holder(DecisionRight.CONNECT, STATION, WAY, NOW) is None


def test_a_charter_cannot_be_changed_after_it_was_read() -> None:
    with pytest.raises(FrozenInstanceError):
        charter().holdings = ()  # type: ignore[misc]
    with pytest.raises(TypeError):
        charter().people["eve"] = charter().people["ana"]  # type: ignore[index]


def test_the_document_is_the_snapshot_that_the_digest_was_taken_of() -> None:
    assert charter().document() == snapshot(charter().files)
    assert canonical(charter().document()).startswith(b'{"files":{"assets.toml":')
