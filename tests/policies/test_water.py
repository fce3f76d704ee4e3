"""The shipped example holds what it says, and the engine decides on it as its people would."""

from datetime import timedelta
from ipaddress import ip_network

import pytest

from domain.access import Action, Deny, Grant, NeedsApproval
from domain.ids import AssetId, PersonId
from domain.plant import Criticality, Direction, OperatingState
from domain.rights import DecisionRight
from domain.window import TimeWindow
from policies.charter.documents import read_charter
from policies.charter.lint import lint
from policies.charter.pathways import inventory
from policies.charter.ssh_keys import fingerprint
from policies.charter.void import void_report
from policies.engine import decide
from policies.tenure import LastUse
from tests.policies.plant import asking, facts
from tests.policies.water import AT, seeded, water


def asked(person: str, asset: str, passage: str, *actions: Action, state: OperatingState) -> object:
    network = water().vendors[water().people[PersonId(person)].vendor].networks[0]  # type: ignore[index]
    wish = asking(
        (Grant.of(passage),),
        person=PersonId(person),
        asset=AssetId(asset),
        actions=frozenset(actions),
        source=str(ip_network(network)[1]),
        key=fingerprint(water().people[PersonId(person)].ssh_keys[0]),
        window=TimeWindow(AT, AT + timedelta(hours=2)),
    )
    yesterday = dict.fromkeys(water().people, AT - timedelta(days=1))
    given = facts(
        now=AT,
        charter=water(),
        states=dict.fromkeys(water().zones, state),
        standings=(),
        last_use=LastUse(AT - timedelta(days=100), yesterday),
    )
    return decide(wish, given, water().rules)


def test_it_has_the_shape_of_a_utility() -> None:
    plant = water()
    assert (len(plant.sites), len(plant.zones), len(plant.conduits)) == (3, 24, 40)
    assert (len(plant.assets), len(plant.vendors)) == (300, 12)
    assert {zone.site for zone in plant.zones.values()} == set(plant.sites)
    assert {one.criticality for one in plant.assets.values()} == set(Criticality)


def test_its_texts_are_of_their_own_things() -> None:
    """S-37, S-38: owner, criticality and the three answers of every asset."""
    assets = water().assets.values()
    assert len({one.name for one in assets}) == 300
    assert len({one.consequence for one in assets}) > 150
    assert len({one.purpose for one in water().conduits.values()}) == 40
    assert len({one.failure for one in water().conduits.values()}) == 40
    assert all(one.owner and one.protect and one.keep_available and one.bears for one in assets)


def test_there_is_nothing_in_it_to_mend_and_no_void() -> None:
    assert [one for one in lint(water()) if not one.note] == []
    assert void_report(water(), AT).voids == ()
    assert inventory(water(), AT).posture == 100


def test_a_seeded_gap_shows() -> None:
    gap = seeded(
        (
            "rights.toml",
            'boundary = "aver-dosing"\nholder = "bas"\ndeputy = "annelies"',
            'boundary = "aver-dosing"\nholder = "bas"',
        )
    )
    assert len(void_report(read_charter(gap), AT).voids) == 1


@pytest.mark.parametrize(
    ("person", "asset", "passage", "actions", "state", "rights"),
    [
        pytest.param("signe", "aver-dose-carbon", "forward:502", (Action.VIEW,), "maintenance", {"connect"}, id="the dosing skid's maker, in maintenance"),
        pytest.param("astrid", "aver-gas-a", "forward:4001", (Action.VIEW,), "running", {"connect", "safety"}, id="the detectors' maker, outwards"),
        pytest.param("astrid", "zuid-sif-logic", "forward:4001", (Action.VIEW, Action.CONFIGURE), "turnaround", {"connect", "safety"}, id="the proof test, with two keys"),
        pytest.param("yara", "hoog-rtu-kerkplein", "shell", (Action.VIEW, Action.CONFIGURE), "running", {"connect"}, id="an outstation"),
    ],
)  # fmt: skip
def test_what_may_be_asked_for_waits_for_those_who_hold_the_way(
    person: str, asset: str, passage: str, actions: tuple[Action, ...], state: str, rights: set[str]
) -> None:
    said = asked(person, asset, passage, *actions, state=OperatingState(state))
    assert isinstance(said, NeedsApproval), said
    assert said.rights == {DecisionRight(one) for one in rights}


@pytest.mark.parametrize(
    ("person", "asset", "passage", "actions", "code"),
    [
        pytest.param("astrid", "aver-gas-a", "forward:4001", (Action.CONFIGURE,), "action_not_in_conduit", id="writing outwards"),
        pytest.param("kofi", "aver-scada-1", "shell", (Action.VIEW,), "replica_first", id="only to look at a live server"),
        pytest.param("elin", "zuid-blower-1", "forward:502", (Action.VIEW,), "no_contract", id="C04: a neighbour on one's own conduit"),
        pytest.param("daan", "zuid-inlet-plc", "forward:102", (Action.VIEW,), "no_contract", id="C04: from the switch on to the controller"),
        pytest.param("marit", "aver-nothing", "shell", (Action.VIEW,), "unknown_asset", id="C13: an asset that nobody registered"),
    ],
)  # fmt: skip
def test_what_the_charter_does_not_say_is_refused(
    person: str, asset: str, passage: str, actions: tuple[Action, ...], code: str
) -> None:
    """C03, C13: deny by default; only registered targets can be requested."""
    said = asked(person, asset, passage, *actions, state=OperatingState.MAINTENANCE)
    assert isinstance(said, Deny)
    assert code in {one.code for one in said.reasons}


def test_the_outbound_conduit_is_the_one_out_of_the_chlorine_zone() -> None:
    outward = [one.id for one in water().conduits.values() if one.direction is Direction.OUTBOUND]
    assert outward == ["aver-gas-watch"]
    assert water().conduits["aver-gas-watch"].safety_dependency is None
