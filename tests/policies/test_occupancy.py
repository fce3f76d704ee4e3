from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address

from domain.access import Action
from domain.ids import AssetId, PersonId, VendorId
from domain.permit import Permit
from domain.plant import Asset, Direction, Endpoint, Protocol
from policies.charter.charter import Charter
from policies.occupancy import Full, Occupied, full, may_write, writers_of
from tests.for_each import for_each
from tests.peers.gate import with_changes
from tests.policies.plant import charter, permit

UNTIL = permit().window.end
BEN, EVA = PersonId("ben"), PersonId("eva")


def of(person: str = "ana", vendor: str = "brightwater", **changes: object) -> Permit:
    return replace(permit(), person=PersonId(person), vendor=VendorId(vendor), **changes)  # type: ignore[arg-type]


def sessions(*permits: Permit) -> Iterable[Occupied]:
    return [Occupied(one, UNTIL + timedelta(minutes=at)) for at, one in enumerate(permits)]


def plant(*, writers: int = 0, sessions: int = 0, controller: bool = True) -> Charter:
    known = charter()
    one = known.assets[permit().asset]
    ends = one.endpoints
    if controller:
        ends = (*ends, Endpoint(Protocol.S7, ip_address("192.0.2.70"), 102))
    changed = replace(one, writers=writers, sessions=sessions, endpoints=ends)
    return with_changes(known, assets={**known.assets, one.id: changed})


def code(found: Full | None) -> str:
    return "" if found is None else found.code


@for_each(
    ("actions", "direction", "writes"),
    [
        ({Action.VIEW}, Direction.BOTH, False),
        ({Action.OPERATE}, Direction.BOTH, True),
        ({Action.VIEW, Action.CONFIGURE}, Direction.BOTH, True),
        ({Action.OVERRIDE}, Direction.BOTH, True),
        ({Action.OPERATE}, Direction.OUTBOUND, False),
    ],
)
def test_who_may_change_something_writes(actions: set[Action], direction: Direction, writes: bool) -> None:
    assert may_write(of(actions=frozenset(actions), direction=direction)) is writes


def test_a_controller_has_one_writer_unless_the_charter_says_otherwise() -> None:
    """D06: one writer per controller by default; another asset has as many as there are."""
    known = plant().assets[permit().asset]
    assert writers_of(known) == 1
    assert writers_of(replace(known, writers=3)) == 3
    assert writers_of(plant(controller=False).assets[permit().asset]) == 0
    assert isinstance(known, Asset)


def test_the_second_writer_is_refused_and_told_who_writes_and_until_when() -> None:
    """D06: second writer: refused. A colleague is named; of another company nothing is said."""
    ana, ben = of("ana"), of("ben")
    first = full(plant(), ben, sessions(ana))
    assert first is not None
    assert first.code == "writer_present"
    name = charter().people[PersonId("ana")].name
    assert first.sentence.startswith(f"{name} may write to it at this moment, until 20")
    assert first.remedy
    stranger = full(plant(), of("eva", "another"), sessions(ana))
    assert stranger is not None
    assert name not in stranger.sentence
    assert stranger.sentence.startswith("Somebody else may write")
    assert full(plant(writers=2), ben, sessions(ana)) is None
    assert code(full(plant(writers=2), of("eva"), sessions(ana, ben))) == "writer_present"
    assert full(plant(controller=False), ben, sessions(ana)) is None


def test_who_only_looks_is_in_nobodys_way_and_a_writer_is_not_in_their_own() -> None:
    look = frozenset({Action.VIEW})
    assert full(plant(), of("ben", actions=look), sessions(of("ana"))) is None
    assert full(plant(), of("ben"), sessions(of("ana", actions=look))) is None
    assert full(plant(), of("ana"), sessions(of("ana"), of("ana"))) is None
    assert full(plant(), of("ben"), sessions(of("ana", asset=AssetId("another")))) is None


def test_the_next_session_is_refused_where_person_company_asset_or_way_has_all_it_may() -> None:
    """D06: (n+1)th session: refused, by each of the four."""
    mine, known = of("ana"), charter()
    person, vendor = known.people[mine.person], known.vendors[mine.vendor]
    conduit = known.conduits[mine.conduit]
    two = sessions(mine, mine)
    one_more = [
        with_changes(known, people={**known.people, person.id: replace(person, sessions=2)}),
        with_changes(known, vendors={**known.vendors, vendor.id: replace(vendor, sessions=2)}),
        plant(sessions=2),
        with_changes(known, conduits={**known.conduits, conduit.id: replace(conduit, sessions=2)}),
    ]
    for bound, whom in zip(one_more, ("you", "your company", "this asset", "this way"), strict=True):
        found = full(bound, mine, two)
        assert found is not None
        assert (found.code, found.sentence) == (
            "too_many_sessions", f"2 of 2 sessions are open already for {whom}.",
        )  # fmt: skip
        assert full(bound, mine, list(two)[:1]) is None
    assert full(known, mine, sessions(*[mine] * 50)) is None
