from broker.console.desk import NOTHING_KNOWN
from broker.console.guard import Visitor
from broker.console.plant.states import by_site
from broker.console.roles import roles_of
from domain.ids import PersonId
from domain.plant import OperatingState
from tests.policies.plant import NOW, charter, two_sites


def visitor(person: str) -> Visitor:
    found = charter().people[PersonId(person)]
    return Visitor(found, roles_of(charter(), found, NOW), None)


def test_every_zone_of_every_site_is_there_known_or_not() -> None:
    sites = by_site(two_sites(), visitor("milo"), NOTHING_KNOWN, NOW)
    assert [site.id for site, _ in sites] == ["riverside", "hilltop"]
    assert {one.zone.id for _, zones in sites for one in zones} == set(two_sites().zones)
    assert {one.state for _, zones in sites for one in zones} == {None}


def test_a_visitor_is_offered_what_they_may_set_and_never_isolation() -> None:
    def offered(person: str) -> set[OperatingState]:
        sites = by_site(charter(), visitor(person), NOTHING_KNOWN, NOW)
        return {state for _, zones in sites for one in zones for state in one.may_become}

    assert offered("milo") == set(OperatingState) - {OperatingState.ISOLATED}
    assert offered("sven") == {OperatingState.EMERGENCY}
    assert offered("iris") == set()
