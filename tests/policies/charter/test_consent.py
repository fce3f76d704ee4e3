"""Whose yes a change of the charter needs: always somebody of the version in force, never for themselves."""

from dataclasses import replace
from datetime import UTC, datetime

from domain.ids import PersonId
from domain.parties import Binding
from domain.rights import DecisionRight
from policies.charter.consent import Need, able, needs, unmet
from policies.charter.documents import read_charter
from tests.policies.plant import NOW, charter, charter_with, edited

LATE = datetime(2030, 1, 1, tzinfo=UTC)


def asked(name: str, old: str, new: str, at: datetime = NOW) -> tuple[Need, ...]:
    return needs(charter(), read_charter(edited(name, old, new)), at)


def brief(found: tuple[Need, ...]) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(str(one.right), one.boundary, one.able) for one in found]


def test_a_relaxed_conduit_needs_the_holder_of_its_connect_right() -> None:
    """C14, S-02: no relaxing without the holder's own yes."""
    found = asked("conduits.toml", 'longest_window = "4h"', 'longest_window = "5h"')
    assert brief(found) == [("connect", "dmz-pumping", ("petra", "deniz"))]
    assert unmet(found, {"olga"}) == found
    assert unmet(found, {"deniz"}) == ()


def test_the_nearest_holder_is_asked_and_not_the_site_s() -> None:
    (site,) = (one for one in charter().holdings if one.right is DecisionRight.CONNECT)
    near = replace(site, boundary="dmz-pumping", holder=PersonId("sven"), deputy=None)
    old = charter_with(holdings=(*charter().holdings, near))
    assert able(old, DecisionRight.CONNECT, "dmz-pumping", NOW) == ("sven",)


def test_a_change_that_only_tightens_needs_anybody_who_holds_a_right() -> None:
    (need,) = asked("conduits.toml", 'longest_window = "4h"', 'longest_window = "1h"')
    assert need.right is None
    assert set(need.able) == {"deniz", "milo", "olga", "petra", "sven"}
    assert unmet((need,), {"ana"}) == (need,)


def test_an_outside_person_is_admitted_under_identity() -> None:
    person = next(one for one in charter().people.values() if one.vendor == "brightwater")
    more = {**charter().people, PersonId("zoe"): replace(person, id=PersonId("zoe"), name="Zoe")}
    found = needs(charter(), charter_with(people=more, digest=bytes(32)), NOW)
    assert brief(found) == [("identity", "riverside", ("olga", "petra"))]


def test_nobody_agrees_to_a_right_of_their_own() -> None:
    """B10: who gains by a change of rights is not who signs it."""
    found = asked("rights.toml", 'deputy = "deniz"', 'deputy = "milo"')
    assert brief(found) == [("connect", "riverside", ("petra", "deniz"))]
    found = asked("rights.toml", 'holder = "petra"\ndeputy = "deniz"', 'holder = "deniz"')
    assert [need.able for need in found] == [("petra",)]


def test_when_nobody_holds_a_right_any_more_the_last_holder_may_mend_it() -> None:
    found = asked("conduits.toml", 'longest_window = "4h"', 'longest_window = "5h"', at=LATE)
    assert brief(found) == [("connect", "dmz-pumping", ("petra", "deniz"))]


def test_what_concerns_the_whole_organisation_is_asked_of_each_site_where_no_one_holds_it() -> None:
    fewer = charter_with(rules=charter().rules[1:], digest=bytes(32))
    assert brief(needs(charter(), fewer, NOW)) == [("connect", "riverside", ("petra", "deniz"))]


def test_the_first_version_is_founded_by_its_own_outermost_holders() -> None:
    assert brief(needs(None, charter(), NOW)) == [("connect", "riverside", ("petra", "deniz"))]


def test_no_change_needs_nobody() -> None:
    assert needs(charter(), charter(), NOW) == ()


def test_a_need_says_who_may_meet_it() -> None:
    need = asked("conduits.toml", 'longest_window = "4h"', 'longest_window = "5h"')[0]
    assert need.sentence() == "needs a signature under 'connect' over dmz-pumping: petra or deniz"
    assert "nobody" in replace(need, able=()).sentence()


BOUND = (Binding("https://login.example", "00u1"),)


def test_whom_an_identity_provider_may_sign_in_is_decided_under_identity() -> None:
    """S-31: who runs the corporate identity provider binds nobody of the plant to an account by themselves."""
    petra = charter().people[PersonId("petra")]
    people = {**charter().people, petra.id: replace(petra, bindings=BOUND)}
    found = needs(charter(), charter_with(people=people, digest=bytes(32)), NOW)
    assert brief(found) == [("identity", "riverside", ("olga", "petra"))]
    assert "00u1" in found[0].because[0]


def test_somebody_new_of_the_plant_who_is_bound_is_decided_under_identity() -> None:
    petra = charter().people[PersonId("petra")]
    zoe = replace(petra, id=PersonId("zoe"), name="Zoe", bindings=BOUND)
    found = needs(charter(), charter_with(people={**charter().people, zoe.id: zoe}, digest=bytes(32)), NOW)
    assert brief(found) == [("identity", "riverside", ("olga", "petra"))]


def test_taking_a_binding_away_needs_anybody_who_holds_a_right() -> None:
    petra = charter().people[PersonId("petra")]
    old = charter_with(
        people={**charter().people, petra.id: replace(petra, bindings=BOUND)}, digest=bytes(32)
    )
    (need,) = needs(old, charter(), NOW)
    assert need.right is None
