import pytest

from domain.ids import AssetId, ToolId
from policies.rules.not_isolated import NotIsolated
from tests.for_each import for_each
from tests.policies.plant import asking, facts, standing, two_sites, wanting, word

RULE = NotIsolated()


@for_each(
    ("scope", "expected"),
    [
        pytest.param("all", "isolated", id="everything"),
        pytest.param("site:riverside", "isolated", id="this site"),
        pytest.param("site:hilltop", "accept", id="another site"),
        pytest.param("zone:operations", "isolated", id="the zone it leads to"),
        pytest.param("zone:dmz", "isolated", id="the zone it comes from"),
        pytest.param("zone:pumping", "accept", id="another zone"),
        pytest.param("conduit:dmz-operations", "isolated", id="the conduit"),
        pytest.param("vendor:brightwater", "isolated", id="the vendor"),
        pytest.param("vendor:kestrel", "accept", id="another vendor"),
        pytest.param("asset:eng-ws-1", "isolated", id="the asset"),
        pytest.param("asset:plc-07", "accept", id="another asset"),
        pytest.param("person:ana", "isolated", id="the person"),
        pytest.param("person:ben", "accept", id="another person"),
        pytest.param("tool:openssh", "isolated", id="the tool that the client is"),
        pytest.param("tool:winscp", "accept", id="another tool"),
        pytest.param("product:bw-drives", "accept", id="a product elsewhere"),
        pytest.param("session:abc", "accept", id="one session that was stopped"),
        pytest.param("planet:earth", "isolated", id="a scope that this version does not know"),
        pytest.param("zone:", "isolated", id="a scope without a name"),
        pytest.param("", "isolated", id="an empty scope"),
    ],
)
def test_what_is_isolated_stays_shut(scope: str, expected: str) -> None:  # row: D09
    given = facts(isolated=frozenset({scope, "person:somebody-else"}))
    assert word(RULE, wanting(), given) == expected
    assert word(RULE, asking(), given) == expected


@pytest.mark.parametrize(
    ("scope", "station", "pump"),
    [
        pytest.param("site:riverside", "isolated", "accept", id="the site of the station"),
        pytest.param("site:hilltop", "accept", "isolated", id="the site of the pump"),
    ],
)
def test_isolating_a_site_shuts_only_the_assets_that_stand_there(scope: str, station: str, pump: str) -> None:
    given = facts(charter=two_sites(), isolated=frozenset({scope}))
    assert word(RULE, wanting(), given) == station
    assert word(RULE, wanting(asset=AssetId("plc-07")), given) == pump


def test_nothing_isolated_is_accepted_even_for_an_asset_nobody_knows() -> None:
    assert word(RULE, wanting(asset=AssetId("nothing")), facts()) == "accept"


def test_a_suspended_product_shuts_every_asset_that_it_consists_of() -> None:
    """I12: one act closes a product at every site."""
    drive = wanting(asset=AssetId("gateway-1"))
    assert word(RULE, drive, facts(isolated=frozenset({"product:bw-drives"}))) == "isolated"


def test_a_permit_that_names_a_suspended_tool_among_others_holds_nothing() -> None:
    """I12: for a new passage as for a live session."""
    both = standing(tools=frozenset({ToolId("openssh"), ToolId("winscp")}))
    shut = facts(isolated=frozenset({"tool:winscp"}), standings=(both,))
    assert word(RULE, wanting(), shut) == "isolated"
