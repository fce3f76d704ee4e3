from itertools import product

import pytest

from domain.ids import ZoneId
from domain.plant import OperatingState
from policies.authority import MAY, SHUTTING, Act, Office, act_of, in_emergency, may
from tests.for_each import for_each
from tests.policies.plant import charter

EXPECTED = {  # act: who, while all is well; who, in an emergency
    Act.STOP: ("shift incident_lead holder connect local", "shift incident_lead holder connect local"),
    Act.PAUSE: ("shift incident_lead holder connect local", "shift incident_lead holder connect local"),
    Act.RESUME: ("incident_lead connect author local", "incident_lead"),
    Act.ISOLATE: ("shift incident_lead local", "shift incident_lead local"),
    Act.RAISE: ("shift incident_lead local", "shift incident_lead local"),
    Act.RESTORE: ("shift incident_lead local", "incident_lead"),
    Act.SET_STATE: ("shift local", "incident_lead"),
}


@for_each(("act", "office", "emergency"), list(product(Act, Office, [False, True])))
def test_who_may_do_what_in_which_state(act: Act, office: Office, emergency: bool) -> None:
    """J02: in an emergency the authority to let go is the incident lead's alone."""
    assert may(act, [office], emergency=emergency) == (office in EXPECTED[act][emergency].split())


@for_each(("act", "office"), list(product(sorted(SHUTTING), Office)))
def test_no_emergency_takes_the_kill_switch_from_anybody_who_had_it(act: Act, office: Office) -> None:
    """J02: shutting is never made slower or unavailable for the plant's own people."""
    assert not may(act, [office], emergency=False) or may(act, [office], emergency=True)
    assert MAY[act, True] >= MAY[act, False]


def test_somebody_in_no_office_may_nothing() -> None:
    assert not any(may(act, [], emergency=emergency) for act, emergency in MAY)


@pytest.mark.parametrize("state", OperatingState)
def test_declaring_an_emergency_is_shutting(state: OperatingState) -> None:
    assert (act_of(state) in SHUTTING) == (state in {"emergency", "isolated"})


@for_each(
    ("scope", "expected"),
    [
        ("zone:pumping", True),
        ("zone:operations", False),
        ("site:riverside", True),
        ("site:nowhere", False),
        ("asset:plc-07", True),
        ("asset:eng-ws-1", False),
        ("asset:nothing", True),
        ("all", True),
        ("vendor:brightwater", True),
        ("person:ana", True),
        ("", True),
    ],
)
def test_a_scope_is_in_an_emergency_when_any_zone_that_it_touches_is(scope: str, expected: bool) -> None:
    states = {ZoneId("pumping"): "emergency", ZoneId("operations"): "running"}
    assert in_emergency(charter(), states, scope) is expected
    assert not in_emergency(charter(), {ZoneId("operations"): "running"}, scope)
