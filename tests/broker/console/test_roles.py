from dataclasses import replace
from datetime import timedelta

import pytest

from broker.console.roles import (
    Role,
    holds_over,
    may_isolate,
    may_pause,
    may_resume,
    may_stop,
    roles_of,
    sees_permit,
)
from broker.watchdog.pauses import Paused
from domain.ids import AssetId, ConduitId, PersonId
from domain.window import TimeWindow
from tests.policies.plant import NOW, charter, charter_with, permit, two_sites

PETRA, ANA, BEN, MILO, IRIS, SVEN, OLGA = (
    charter().people[PersonId(name)] for name in ("petra", "ana", "ben", "milo", "iris", "sven", "olga")
)


def roles(person, at=NOW, of=None):  # noqa: ANN001, ANN201 -- a shorthand of this file
    return roles_of(of or charter(), person, at)


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        pytest.param(ANA, {Role.VENDOR}, id="a vendor's engineer"),
        pytest.param(PETRA, {Role.HOLDER}, id="who holds connect"),
        pytest.param(OLGA, {Role.HOLDER}, id="who holds identity and is deputy of another right"),
        pytest.param(SVEN, {Role.HOLDER, Role.LEAD}, id="who leads incidents"),
        pytest.param(MILO, {Role.HOLDER, Role.LEAD, Role.SHIFT}, id="the shift, deputy of the lead"),
        pytest.param(IRIS, {Role.AUDITOR}, id="an auditor"),
    ],
)
def test_roles_follow_from_the_charter(person, expected: set[Role]) -> None:  # noqa: ANN001
    assert roles(person) == expected


def test_a_holding_opens_its_door_only_inside_its_window() -> None:
    (connect,) = (one for one in charter().holdings if one.right == "connect")
    assert Role.HOLDER in roles(PETRA, connect.window.start)
    assert roles(PETRA, connect.window.end) == frozenset()


def test_a_vendor_s_person_who_is_not_admitted_now_has_no_role() -> None:
    assert ANA.admitted is not None
    assert roles(ANA, ANA.admitted.end - timedelta(seconds=1)) == {Role.VENDOR}
    assert roles(ANA, ANA.admitted.end) == frozenset()
    assert roles(replace(ANA, admitted=None)) == frozenset()


def test_abuse_9_a_vendor_s_person_gets_no_plant_role_whatever_the_charter_says() -> None:
    both = replace(ANA, auditor=True, shift=True)
    holdings = tuple(replace(one, holder=ANA.id) for one in charter().holdings)
    assert roles(both, of=charter_with(holdings=holdings)) == {Role.VENDOR}


def test_a_permit_is_the_business_of_few() -> None:
    one = permit()
    seen = {
        person.id
        for person in charter().people.values()
        if sees_permit(charter(), person, roles(person), one, NOW)
    }
    assert seen == {"ana", "petra", "deniz", "olga", "sven", "milo", "iris"}
    assert not sees_permit(charter(), ANA, roles(ANA), replace(one, person=BEN.id), NOW)


def test_the_nearest_boundary_that_names_a_right_decides_whose_business_it_is() -> None:
    near = tuple(
        replace(one, boundary="operations", holder=PersonId("deniz"), deputy=None)
        for one in charter().holdings
    )
    with_near = charter_with(holdings=(*charter().holdings, *near))
    over = AssetId("eng-ws-1"), ConduitId("dmz-operations")
    assert holds_over(with_near, PersonId("deniz"), *over, NOW)
    assert not holds_over(with_near, PersonId("petra"), *over, NOW)
    assert not holds_over(charter(), PersonId("petra"), AssetId("nothing"), over[1], NOW)


def test_the_shift_stops_anything_and_an_auditor_nothing() -> None:
    assert may_stop(charter(), MILO, frozenset({Role.SHIFT}), permit(asset=AssetId("gone")), NOW)
    assert may_stop(charter(), PETRA, roles(PETRA), permit(), NOW)
    assert not may_stop(charter(), PETRA, roles(PETRA), permit(asset=AssetId("gone")), NOW)
    assert not may_stop(charter(), IRIS, roles(IRIS), permit(), NOW)


@pytest.mark.parametrize(
    ("paused_by", "may"),
    [pytest.param("petra", False, id="the holder did"), pytest.param("iris", True, id="they did themself")],
)
def test_the_shift_pauses_anything_and_lifts_no_pause_but_its_own(paused_by: str, may: bool) -> None:
    shift = frozenset({Role.SHIFT})
    assert may_pause(charter(), IRIS, shift, permit(), NOW)
    assert may_resume(charter(), IRIS, shift, permit(), Paused(paused_by, "", ""), {}, NOW) is may


def test_who_paused_and_is_nobody_to_that_session_any_more_does_not_lift_it() -> None:
    assert not may_resume(charter(), IRIS, roles(IRIS), permit(), Paused("iris", "", ""), {}, NOW)


def test_the_kill_switch_reaches_as_far_as_the_lead_does() -> None:
    one_zone = tuple(
        replace(one, boundary="pumping") for one in charter().holdings if one.right == "incident_lead"
    )
    zoned = charter_with(holdings=one_zone)
    lead = frozenset({Role.HOLDER, Role.LEAD})
    assert may_isolate(charter(), SVEN, lead, "all", NOW)
    assert may_isolate(zoned, SVEN, lead, "zone:pumping", NOW)
    assert not may_isolate(zoned, SVEN, lead, "zone:operations", NOW)
    assert not may_isolate(zoned, SVEN, lead, "all", NOW)
    assert not may_isolate(charter(), PETRA, roles(PETRA), "all", NOW)
    assert may_isolate(zoned, PETRA, frozenset({Role.SHIFT}), "all", NOW)
    ended = TimeWindow(NOW - timedelta(days=2), NOW - timedelta(days=1))
    lapsed = charter_with(holdings=tuple(replace(one, window=ended) for one in charter().holdings))
    assert not may_isolate(lapsed, SVEN, lead, "all", NOW)


def test_who_leads_one_of_two_sites_reaches_what_stands_there_and_no_more() -> None:
    plant = two_sites()
    lead = frozenset({Role.HOLDER, Role.LEAD})
    assert [
        may_isolate(plant, SVEN, lead, scope, NOW)
        for scope in ("site:riverside", "zone:operations", "asset:eng-ws-1")
    ] == [True, True, True]
    assert not any(
        may_isolate(plant, SVEN, lead, scope, NOW)
        for scope in ("site:hilltop", "zone:pumping", "asset:plc-07", "vendor:kestrel", "all")
    )
