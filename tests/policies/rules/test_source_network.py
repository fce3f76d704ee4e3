import pytest

from domain.ids import PersonId
from policies.rules.source_network import SourceNetwork
from tests.policies.plant import asking, facts, wanting, word

RULE = SourceNetwork()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param("192.0.2.0", "accept", id="the network's first address"),
        pytest.param("192.0.2.255", "accept", id="its last"),
        pytest.param("192.0.3.0", "source_not_listed", id="the first one after"),
        pytest.param("2001:db8:17::9", "accept", id="the other network"),
        pytest.param("::ffff:192.0.2.7", "accept", id="IPv4 over an IPv6 socket"),
        pytest.param("local", "source_not_listed", id="no address"),
        pytest.param("", "source_not_listed", id="nothing"),
    ],
)
def test_a_vendor_comes_from_its_own_networks(source: str, expected: str) -> None:
    """B05, S-06: the place that somebody comes from is governed."""
    assert word(RULE, wanting(source=source), facts()) == expected
    assert word(RULE, asking(source=source), facts()) == expected


@pytest.mark.parametrize(
    ("networks", "expected"),
    [
        pytest.param({"192.0.2.0/24"}, "accept", id="the vendor's"),
        pytest.param({"192.0.2.0/24", "198.51.100.0/24"}, "source_not_listed", id="another one as well"),
        pytest.param({"192.0.2.0/25"}, "source_not_listed", id="one that is not on the list as it stands"),
    ],
)
def test_whoever_asks_from_elsewhere_names_where_the_work_is_done(networks: set[str], expected: str) -> None:
    request = asking(source="127.0.0.1", networks=frozenset(networks))
    assert word(RULE, request, facts()) == expected


@pytest.mark.parametrize("person", ["petra", "nobody"])
def test_whoever_is_of_no_vendor_is_other_rules_matter(person: str) -> None:
    assert word(RULE, wanting(person=PersonId(person)), facts()) == "abstain"
