import pytest

from broker.console.plant.scopes import scope_name, scope_named, scopes_of, told_to
from broker.watchdog.interlocks import is_scope
from domain.ids import PersonId
from tests.policies.plant import charter, two_sites

SESSION = {"person": "ana", "vendor": "brightwater", "asset": "eng-ws-1", "zone": "operations"}


def test_everything_comes_first_and_every_scope_is_one_the_watchdog_knows() -> None:
    scopes = scopes_of(charter())
    assert scopes[0].id == "all"
    assert all(is_scope(scope.id) for scope in scopes)
    assert {"zone:operations", "vendor:kestrel", "asset:plc-07"} <= {scope.id for scope in scopes}


@pytest.mark.parametrize(
    ("scope", "hit"),
    [
        ("all", True),
        ("zone:operations", True),
        ("zone:pumping", False),
        ("vendor:brightwater", True),
        ("vendor:kestrel", False),
        ("asset:eng-ws-1", True),
        ("asset:plc-07", False),
        ("product:bw-drives", False),
        ("tool:openssh", True),
    ],
)
def test_a_scope_tells_which_sessions_it_ends(scope: str, hit: bool) -> None:
    found = scope_named(charter(), scope)
    assert found is not None
    assert found.hits(SESSION) is hit


def test_of_several_sites_each_is_a_scope_that_ends_the_sessions_there() -> None:
    assert not any(one.id.startswith("site:") for one in scopes_of(charter()))
    both = {one.id: one for one in scopes_of(two_sites()) if one.id.startswith("site:")}
    assert (both["site:riverside"].hits(SESSION), both["site:hilltop"].hits(SESSION)) == (True, False)
    assert both["site:hilltop"].name == "Site Hilltop Station"


@pytest.mark.parametrize("text", ["", "zone:nowhere", "ALL", "zone:", "session:x", "all "])
def test_a_scope_that_the_charter_does_not_know_is_none(text: str) -> None:
    assert scope_named(charter(), text) is None


@pytest.mark.parametrize(
    ("scope", "name"),
    [
        ("all", "Everything: all vendor access"),
        ("zone:operations", "Zone Operations"),
        ("person:ana", "Ana Ferreira"),
        ("site:riverside", "Riverside Water Works"),
        ("zone:gone", "zone:gone"),
    ],
)
def test_a_scope_is_called_as_the_charter_calls_it(scope: str, name: str) -> None:
    assert scope_name(charter(), scope) == name


def test_a_vendor_is_told_of_their_own_cut_and_of_no_rival_s() -> None:
    cut = ("all", "vendor:brightwater", "vendor:kestrel", "zone:operations", "person:ana", "person:ben")
    people = charter().people
    assert told_to(people[PersonId("petra")], cut) == cut
    assert told_to(people[PersonId("ana")], cut) == ("all", "vendor:brightwater", "person:ana")
