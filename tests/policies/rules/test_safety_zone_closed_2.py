from dataclasses import replace

import pytest

from domain.access import Allow, Deny, Grant
from domain.ids import AssetId, ConduitId, DependencyId, PersonId, VendorId, ZoneId
from domain.plant import OperatingState
from domain.rights import DecisionRight
from policies.charter.charter import Charter
from policies.charter.documents import read_charter
from policies.engine import decide
from policies.facts import Standing, VerifiedApproval
from policies.rules.safety_zone_closed_2 import SafetyZoneClosed
from tests.policies.charter.test_record_tables import SIGNED, TRIP
from tests.policies.plant import (
    approval,
    asking,
    charter,
    charter_with,
    edited,
    facts,
    files,
    standing,
    wanting,
    word,
)

RULE = SafetyZoneClosed()


@pytest.mark.parametrize(
    ("asset", "expected"),
    [
        pytest.param("sis-1", "safety_zone_closed", id="the safety controller"),
        pytest.param("plc-07", "accept", id="a controller beside it"),
        pytest.param("nothing", "abstain", id="no asset"),
    ],
)
def test_no_remote_path_leads_into_a_safety_zone(asset: str, expected: str) -> None:  # row: C07
    assert word(RULE, wanting(asset=AssetId(asset)), facts()) == expected
    assert word(RULE, asking(asset=AssetId(asset)), facts()) == expected


@pytest.mark.parametrize("end", ["source", "destination"])
def test_a_conduit_into_a_safety_zone_and_an_approved_permit_open_nothing(end: str) -> None:  # row: B17
    conduit = replace(charter().conduits[ConduitId("dmz-operations")], **{end: ZoneId("safety")})
    assets = dict(charter().assets)
    asset = AssetId("eng-ws-1") if end == "source" else AssetId("sis-1")
    vendor = charter().vendors[VendorId("brightwater")]
    given = facts(
        charter=charter_with(
            conduits={**charter().conduits, conduit.id: conduit}, assets=assets, vendors={vendor.id: vendor}
        ),
        standings=(standing(asset=asset),),
    )
    assert word(RULE, wanting(asset=asset), given) == "safety_zone_closed"


FORWARD = Grant.of("forward:5021")
SIS, WAY = AssetId("sis-1"), ConduitId("dmz-pumping")
GIVEN = edited("conduits.toml", 'to = "pumping"', 'to = "safety"\nsafety_dependency = "overpressure-trip"')
GIVEN["zones.toml"] += TRIP.replace("TEXT", SIGNED).encode()
RECORDED = read_charter(GIVEN)
RECORD = RECORDED.dependencies[DependencyId("overpressure-trip")].digest().hex()
BOTH_KEYS = (
    approval(),
    approval(right=DecisionRight.SAFETY, approver=PersonId("sven")),
)


def way_in(record: str = RECORD, approvals: tuple[VerifiedApproval, ...] = BOTH_KEYS) -> Standing:
    return standing(
        approvals=approvals, asset=SIS, conduit=WAY, grants=frozenset({FORWARD}),
        states=frozenset({OperatingState.MAINTENANCE}), safety_record=record, charter_digest=RECORDED.digest,
    )  # fmt: skip


def decided(given: Charter, one: Standing) -> object:
    states = dict.fromkeys(given.zones, OperatingState.MAINTENANCE)
    wish = wanting((FORWARD,), asset=SIS)
    return decide(wish, facts(charter=given, states=states, standings=(one,)), given.rules)


def test_on_a_signed_record_two_keys_open_a_way_into_the_safety_zone() -> None:
    """B17: a safety approver as well."""
    assert isinstance(decided(RECORDED, way_in()), Allow)


@pytest.mark.parametrize("missing", [0, 1])
def test_one_key_opens_nothing(missing: int) -> None:
    """B17: OT and IT approve, safety missing: refused; and so the other way round."""
    one = tuple(each for at, each in enumerate(BOTH_KEYS) if at != missing)
    said = decided(RECORDED, way_in(approvals=one))
    assert isinstance(said, Deny)
    assert said.reasons[0].code == "approval_not_valid"


def test_an_edited_safety_record_makes_the_approvals_of_the_old_one_stale() -> None:
    """J06: edit the record, and linked approvals go stale, though both sides have signed it anew."""
    edited_trip = TRIP.replace("during the proof test", "during the yearly test")
    record = RECORDED.dependencies[DependencyId("overpressure-trip")]
    new = replace(record, harm=record.harm.replace("proof test", "yearly test")).text()
    given = {**GIVEN, "zones.toml": files()["zones.toml"] + edited_trip.replace("TEXT", new).encode()}
    changed = read_charter(given)
    said = decided(changed, way_in())
    assert isinstance(said, Deny)
    assert said.reasons[0].code == "safety_record_changed"
    fresh = changed.dependencies[DependencyId("overpressure-trip")].digest().hex()
    assert isinstance(decided(changed, way_in(fresh)), Allow)


def test_a_way_without_a_record_stays_shut_whatever_was_approved() -> None:
    """C07: safety zones default to no remote write path at all."""
    bare = read_charter(edited("conduits.toml", 'to = "pumping"', 'to = "safety"'))
    said = decided(bare, way_in(""))
    assert isinstance(said, Deny)
    assert said.reasons[0].code == "safety_zone_closed"
