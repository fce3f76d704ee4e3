from dataclasses import replace

import pytest

from broker.console.zonemap.picture import Observed, ZoneMap, document, zone_map
from tests.policies.plant import charter

CALM = Observed(
    sound=True,
    states=dict.fromkeys(charter().zones, "running"),
    isolated=frozenset(),
    crossing=(),
    voids=(),
)


def plan(seen: Observed = CALM) -> ZoneMap:
    return zone_map(charter(), seen)


def test_s34_every_zone_and_every_conduit_of_the_charter_is_on_the_map_once() -> None:
    """S-34: the zone map shows the plant as the charter has it."""
    drawn = plan()
    assert [one.zone for one in drawn.zones] == list(charter().zones.values())
    assert [one.conduit for one in drawn.conduits] == list(charter().conduits.values())
    assert sum(one.assets for one in drawn.zones) == len(charter().assets)


def test_s34_a_live_session_is_counted_in_its_conduit_and_in_the_zone_it_leads_to() -> None:
    """S-34: open conduits and who is in them."""
    conduit = next(iter(charter().conduits.values()))
    drawn = plan(replace(CALM, crossing=(conduit.id, conduit.id)))
    assert drawn.live == 2
    assert {one.conduit.id: one.live for one in drawn.conduits if one.live} == {conduit.id: 2}
    assert {one.zone.id: one.live for one in drawn.zones if one.live} == {conduit.destination: 2}


def test_a_session_over_a_conduit_that_the_charter_no_longer_has_is_counted_nowhere() -> None:
    assert plan(replace(CALM, crossing=("gone", "None"))).live == 0


@pytest.mark.parametrize("word", ["molten", "", "ISOLATED"])
def test_a_state_that_is_no_state_is_not_known(word: str) -> None:
    zone = next(iter(charter().zones))
    drawn = plan(replace(CALM, states={**CALM.states, zone: word}))
    assert [one.zone.id for one in drawn.zones if one.state is None] == [zone]


def test_a_silent_watchdog_is_shown_as_not_known_and_never_as_calm() -> None:
    drawn = plan(Observed(sound=False, states={}, isolated=frozenset(), crossing=(), voids=()))
    assert not drawn.sound
    assert all(one.state is None for one in drawn.zones)


def test_everything_closed_closes_every_zone_and_conduit() -> None:
    drawn = plan(replace(CALM, isolated=frozenset({"all"})))
    assert all(one.closed for one in (*drawn.zones, *drawn.conduits))


def test_a_site_closed_closes_its_zones_and_the_conduits_that_lead_into_them() -> None:
    site = next(iter(charter().sites))
    drawn = plan(replace(CALM, isolated=frozenset({f"site:{site}"})))
    inside = {one.zone.id for one in drawn.zones if one.zone.site == site}
    assert {one.zone.id for one in drawn.zones if one.closed} == inside
    assert all(one.closed == (one.conduit.destination in inside) for one in drawn.conduits)


def test_a_zone_closed_closes_what_leads_into_it_and_no_other_way() -> None:
    conduit = next(iter(charter().conduits.values()))
    drawn = plan(replace(CALM, isolated=frozenset({f"zone:{conduit.destination}"})))
    assert [one.zone.id for one in drawn.zones if one.closed] == [conduit.destination]
    assert all(one.closed == (one.conduit.destination == conduit.destination) for one in drawn.conduits)


def test_a_conduit_closed_leaves_its_zones_open() -> None:
    conduit = next(iter(charter().conduits))
    drawn = plan(replace(CALM, isolated=frozenset({f"conduit:{conduit}"})))
    assert [one.conduit.id for one in drawn.conduits if one.closed] == [conduit]
    assert not any(one.closed for one in drawn.zones)


def test_voids_stand_at_the_boundary_that_has_them() -> None:
    conduit, zone = next(iter(charter().conduits)), next(iter(charter().zones))
    drawn = plan(replace(CALM, voids=(conduit, conduit, zone)))
    assert {one.conduit.id: one.voids for one in drawn.conduits if one.voids} == {conduit: 2}
    assert {one.zone.id: one.voids for one in drawn.zones if one.voids} == {zone: 1}


def test_what_the_script_draws_from_names_only_zones_and_sites_that_it_is_given() -> None:
    drawn = document(plan())
    assert isinstance(drawn, dict)
    sites = {one["id"] for one in drawn["sites"]}
    zones = {one["id"] for one in drawn["zones"]}
    assert {one["site"] for one in drawn["zones"]} <= sites
    assert {end for one in drawn["conduits"] for end in (one["from"], one["to"])} <= zones
