from dataclasses import replace

import pytest

from domain.access import Grant
from domain.limits import limits_of
from domain.plant import Limit, Tunnel
from policies.charter.documents import read_charter
from policies.charter.finding import Finding
from policies.charter.plant_lint import exposures, plant_findings
from tests.for_each import for_each
from tests.policies.charter.test_record_tables import SIGNED, TRIP
from tests.policies.plant import charter, edited

AGREED = '\n[conduit.agreed]\nfrom = "olga"\nto = "petra"\non = 2025-01-13\n'


def found(given: dict[str, bytes]) -> dict[str, Finding]:
    return {one.code: one for one in plant_findings(read_charter(given))}


@for_each(
    ("name", "old", "new", "code", "subject"),
    [
        pytest.param("sites.toml", '["dmz"]', '["pumping"]', "broker_in_control_zone", "zone pumping",
                     id="C06: a broker that stands in a control zone"),
        pytest.param("sites.toml", '["dmz"]', '["office"]', "broker_outside_dmz", "zone office",
                     id="a broker in the office"),
        pytest.param("zones.toml", 'kind = "business"', 'kind = "business"\nexposure = "Guest wireless network"',
                     "external_exposure", "zone office", id="C08: a zone that says how it is exposed"),
        pytest.param("zones.toml", 'kind = "business"', 'kind = "external"', "external_exposure", "zone dmz",
                     id="C08: a zone that an external one leads into"),
        pytest.param("conduits.toml", 'from = "office"\nto = "dmz"', 'from = "office"\nto = "pumping"', "skips_dmz",
                     "conduit office-dmz", id="C08: a conduit that skips the DMZ"),
        pytest.param("conduits.toml", 'to = "pumping"', 'to = "safety"', "safety_conduit", "conduit dmz-pumping",
                     id="C07: a way into the safety zone without its record"),
        pytest.param("conduits.toml", 'failure = "The vendor', 'failure = "" # "The vendor', "no_failure",
                     "conduit dmz-operations", id="S-25: no failure description"),
        pytest.param("conduits.toml", 'success = "A permit', 'success = "" # "A permit', "no_success_test",
                     "conduit dmz-operations", id="S-25: no success test"),
        pytest.param("conduits.toml", AGREED, "", "not_agreed", "conduit dmz-operations",
                     id="S-25: one side has not agreed"),
        pytest.param("conduits.toml", 'from = "olga"\nto = "petra"', 'from = "olga"\nto = "olga"', "one_sided",
                     "conduit dmz-operations", id="one person for both sides"),
    ],
)  # fmt: skip
def test_what_is_found(name: str, old: str, new: str, code: str, subject: str) -> None:
    finding = found(edited(name, old, new))[code]
    assert finding.subject == subject
    assert finding.sentence.endswith(".")
    assert finding.remedy.endswith(".")
    assert finding.note == (code in {"external_exposure", "one_sided"})


def test_the_sample_charter_has_nothing_to_mend_about_its_plant() -> None:
    assert list(plant_findings(charter())) == []


def test_a_way_into_the_safety_zone_with_its_signed_record_is_no_finding() -> None:
    """C07, S-19: a safety dependency record for each conduit that could harm."""
    given = edited(
        "conduits.toml", 'to = "pumping"', 'to = "safety"\nsafety_dependency = "overpressure-trip"'
    )
    given["zones.toml"] += TRIP.replace("TEXT", SIGNED).encode()
    assert "safety_conduit" not in found(given)


def test_an_outbound_way_out_of_the_safety_zone_needs_no_record() -> None:
    given = edited(
        "conduits.toml", 'to = "pumping"\ndirection = "both"', 'to = "safety"\ndirection = "outbound"'
    )
    given = edited("conduits.toml", 'grants = ["shell", "forward"]', 'grants = ["forward"]', given)
    given = edited(
        "conduits.toml", 'ssh = ["view", "operate"]\nmodbus = ["view", "operate"]', 'modbus = ["view"]', given
    )
    assert "safety_conduit" not in found(given)


@pytest.mark.parametrize("level", ["0", "1", "2", "3", "3.5", "4", "5", None])
def test_the_purdue_level_is_an_attribute_and_decides_nothing(level: str | None) -> None:
    """S-30: the zone graph is free-form; level is an attribute, not the structure."""
    given = edited("zones.toml", 'level = "1"\n', f'level = "{level}"\n' if level else "")
    assert found(given) == {}


def test_any_zone_may_be_joined_with_any_other() -> None:
    """S-30: a path the layers do not know is a path nevertheless; what is wrong with it is a finding."""
    zones = list(charter().zones)
    for source in zones:
        for destination in (one for one in zones if one != source):
            ends = f'from = "{source}"\nto = "{destination}"'
            assert read_charter(edited("conduits.toml", 'from = "dmz"\nto = "pumping"', ends)).conduits


def test_an_exposure_says_how() -> None:
    plant = read_charter(edited("zones.toml", 'kind = "business"', 'kind = "external"'))
    assert exposures(plant, plant.zones["dmz"]) == ("the conduit office-dmz from Office network",)
    assert exposures(plant, plant.zones["pumping"]) == ()


def test_every_conduit_is_asked_whether_what_is_done_in_it_can_be_read_and_held() -> None:
    paths, nothing = limits_of(['ssh read files "/var/log/**"']), frozenset[Limit]()
    first, *others = charter().conduits.values()
    for grants, limits, notes in (
        ({"shell", "exec", "sftp"}, paths, {"not_recordable", "paths_beside_a_shell"}),
        ({"sftp"}, paths, {"not_recordable"}),
        ({"shell", "sftp"}, nothing, {"not_recordable"}),
    ):
        one = replace(
            first,
            grants=frozenset(map(Grant.of, grants)),
            limits=limits,
            not_recordable=frozenset({Tunnel.TLS}),
        )
        plant = replace(charter(), conduits={each.id: each for each in (one, *others)})
        told = {
            each.code: each
            for each in plant_findings(plant)
            if each.subject == f"conduit {first.id}" and each.note
        }
        assert told.keys() >= notes
        assert ("paths_beside_a_shell" in told) is ("paths_beside_a_shell" in notes)
