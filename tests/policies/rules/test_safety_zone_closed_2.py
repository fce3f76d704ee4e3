from dataclasses import replace

import pytest

from domain.access import Action, Allow, Deny, Grant
from domain.ids import AssetId, ConduitId, DependencyId, PersonId, VendorId, ZoneId
from domain.plant import OperatingState
from domain.rights import DecisionRight
from policies.charter.charter import Charter
from policies.charter.documents import CharterError, read_charter
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


LOOKING = frozenset({Action.VIEW})
WRITING = frozenset({Action.VIEW, Action.OPERATE})


def way_in(
    record: str = RECORD,
    approvals: tuple[VerifiedApproval, ...] = BOTH_KEYS,
    actions: frozenset[Action] = LOOKING,
    charter_digest: bytes = RECORDED.digest,
) -> Standing:
    return standing(
        approvals=approvals, actions=actions, asset=SIS, conduit=WAY, grants=frozenset({FORWARD}),
        states=frozenset({OperatingState.MAINTENANCE}), safety_record=record, charter_digest=charter_digest,
    )  # fmt: skip


def decided(given: Charter, one: Standing) -> Allow | Deny:
    states = dict.fromkeys(given.zones, OperatingState.MAINTENANCE)
    wish = wanting((FORWARD,), asset=SIS, actions=one.permit.actions)
    decision = decide(wish, facts(charter=given, states=states, standings=(one,)), given.rules)
    assert isinstance(decision, Allow | Deny)
    return decision


def with_switch(*states: OperatingState, conduit: str = "") -> tuple[Charter, str]:
    """The charter whose record says in which states the switch stands for writing; and the record's digest."""
    said = ", ".join(f'"{one}"' for one in states)
    text = TRIP.replace("[safety_dependency.signed]", f"writes_in = [{said}]\n\n[safety_dependency.signed]")
    old = RECORDED.dependencies[DependencyId("overpressure-trip")]
    new = replace(old, writes_in=frozenset(str(one) for one in states))
    given = {**GIVEN, "zones.toml": files()["zones.toml"] + text.replace("TEXT", new.text()).encode()}
    if conduit:
        given = edited("conduits.toml", 'states = ["maintenance", "turnaround"]', conduit, given)
    read = read_charter(given)
    return read, read.dependencies[DependencyId("overpressure-trip")].digest().hex()


MAINTENANCE, TURNAROUND = OperatingState.MAINTENANCE, OperatingState.TURNAROUND


def test_remote_writing_into_a_safety_zone_is_refused_by_default_c07() -> None:
    """C07: safety zones default to no remote write path; two keys and a record only let somebody look."""
    said = decided(RECORDED, way_in(actions=WRITING))
    assert isinstance(said, Deny)
    assert said.reasons[0].code == "safety_write_refused"
    asked = asking((FORWARD,), asset=SIS, actions=WRITING)
    assert word(RULE, asked, facts(charter=RECORDED, standings=())) == "safety_write_refused"
    looked = asking((FORWARD,), asset=SIS, actions=LOOKING)
    assert word(RULE, looked, facts(charter=RECORDED, standings=())) == "accept"


def test_whoever_writes_needs_the_switch_to_stand_where_the_record_says_b17() -> None:
    """B17: write needs a stated configuration-mode (key switch) position, in every state it may happen in."""
    stated, record = with_switch(MAINTENANCE, TURNAROUND)
    wanted = way_in(record, actions=WRITING, charter_digest=stated.digest)
    assert isinstance(decided(stated, wanted), Allow)
    half, record = with_switch(MAINTENANCE)
    said = decided(half, way_in(record, actions=WRITING, charter_digest=half.digest))
    assert isinstance(said, Deny)
    assert said.reasons[0].code == "safety_key_switch"
    assert "PROGRAM" in said.reasons[0].sentence
    narrowed, record = with_switch(MAINTENANCE, conduit='states = ["maintenance"]')
    wanted = way_in(record, actions=WRITING, charter_digest=narrowed.digest)
    assert isinstance(decided(narrowed, wanted), Allow)


@pytest.mark.parametrize("missing", [0, 1])
def test_the_switch_replaces_no_key_b09(missing: int) -> None:
    """B09: dual approval where an action can seriously affect the process."""
    stated, record = with_switch(MAINTENANCE, TURNAROUND)
    one = tuple(each for at, each in enumerate(BOTH_KEYS) if at != missing)
    said = decided(stated, way_in(record, one, WRITING, stated.digest))
    assert isinstance(said, Deny)
    assert said.reasons[0].code == "approval_not_valid"


@pytest.mark.parametrize(
    "approvals",
    [
        pytest.param(("petra", "petra"), id="the same person"),
        pytest.param(("ana", "sven"), id="the requester"),
        pytest.param(("petra", "ana"), id="the requester as the second key"),
        pytest.param(("deniz", "petra"), id="two who hold connect"),
    ],
)
def test_who_does_not_count_as_two_opens_nothing_b09(approvals: tuple[str, str]) -> None:
    """B09: requester and same person do not count as two; distinct persons hold distinct rights."""
    stated, record = with_switch(MAINTENANCE, TURNAROUND)
    keys = (
        approval(approver=PersonId(approvals[0])),
        approval(right=DecisionRight.SAFETY, approver=PersonId(approvals[1])),
    )
    assert isinstance(decided(stated, way_in(record, keys, WRITING, stated.digest)), Deny)


def test_a_switch_is_never_stated_for_an_emergency_c07() -> None:
    """C07: in an emergency the people on site act, and nobody from outside writes."""
    with pytest.raises(CharterError, match="nobody writes"):
        with_switch(OperatingState.EMERGENCY)


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
