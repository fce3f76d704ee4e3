from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.narrowing import narrowed
from domain.access import Action, Grant, PassageKind
from domain.ids import AssetId
from domain.permit import Permit
from domain.plant import OperatingState
from domain.window import TimeWindow
from tests.approvals.desk import permit
from tests.domain.samples import CLOSES, OPENS
from tests.for_each import for_each

HOUR = timedelta(hours=1)
OLD = permit(states=frozenset({OperatingState.MAINTENANCE, OperatingState.TURNAROUND}))


def narrower(**changed: Any) -> Permit:
    fresh = permit()
    return replace(OLD, id=fresh.id, nonce=fresh.nonce, narrows=OLD.id, **changed)


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"actions": frozenset({Action.VIEW})}, id="an action less"),
        pytest.param({"grants": frozenset({Grant(PassageKind.SHELL)})}, id="a passage less"),
        pytest.param({"states": frozenset({OperatingState.MAINTENANCE})}, id="a state less"),
        pytest.param({"window": TimeWindow(OPENS, CLOSES - HOUR)}, id="an earlier end"),
        pytest.param({"window": TimeWindow(OPENS + HOUR, CLOSES)}, id="a later start"),
    ],
)
def test_taking_something_away_is_a_narrowing(changed: dict[str, Any]) -> None:
    assert narrowed(OLD, narrower(**changed)) == ()


def test_limits_can_be_added_and_tightened_and_never_widened_or_taken_away() -> None:
    tight, wide = frozenset({"modbus read coils 5"}), frozenset({"modbus read coils 0-9"})
    other = frozenset({"modbus write coils 5"})
    assert narrowed(OLD, narrower(limits=wide)) == ()
    old = replace(OLD, limits=wide)
    for limits, faults in (
        (tight, ()),
        (other, ("It reaches beyond the limits.",)),
        (tight | other, ("It reaches beyond the limits.",)),
        (frozenset[str](), ("It reaches beyond the limits.",)),
        (wide, ("It takes nothing away.",)),
        (frozenset({"nonsense"}), ("It reaches beyond the limits.",)),
    ):
        assert narrowed(old, narrower(limits=limits)) == faults, limits


@for_each(
    ("changed", "reason"),
    [
        pytest.param({}, "It takes nothing away.", id="the same again"),
        pytest.param(
            {"actions": frozenset({Action.VIEW, Action.OVERRIDE})}, "It adds an action.", id="another action"
        ),
        pytest.param(
            {"grants": frozenset({Grant(PassageKind.SFTP)})}, "It adds a passage.", id="another passage"
        ),
        pytest.param(
            {"grants": frozenset({Grant(PassageKind.FORWARD)})}, "It adds a passage.", id="every port for one"
        ),
        pytest.param(
            {"states": frozenset({OperatingState.RUNNING})}, "It adds an operating state.", id="another state"
        ),
        pytest.param(
            {"window": TimeWindow(OPENS, CLOSES + HOUR)}, "Its window reaches outside.", id="a later end"
        ),
        pytest.param(
            {"window": TimeWindow(OPENS - HOUR, CLOSES - HOUR)},
            "Its window reaches outside.",
            id="an earlier start",
        ),
        pytest.param({"asset": AssetId("plc-07")}, "Its asset differs.", id="another asset"),
        pytest.param({"work_order": "WO-1"}, "Its work order differs.", id="another work order"),
        pytest.param({"charter_digest": bytes(32)}, "Its charter digest differs.", id="another charter"),
        pytest.param({"narrows": None}, "It does not say which permit it narrows.", id="no link"),
        pytest.param({"nonce": OLD.nonce}, "It needs an id and a nonce of its own.", id="the same nonce"),
        pytest.param({"id": OLD.id}, "It needs an id and a nonce of its own.", id="the same id"),
        pytest.param(
            {"requested_at": OLD.requested_at - HOUR}, "It is older than what it narrows.", id="backdated"
        ),
    ],
)
def test_anything_else_is_not_and_says_why(changed: dict[str, Any], reason: str) -> None:
    assert reason in narrowed(OLD, replace(narrower(), **changed))


def test_one_port_is_less_than_every_port() -> None:
    every = replace(OLD, grants=frozenset({Grant(PassageKind.FORWARD)}))
    assert narrowed(every, narrower(grants=frozenset({Grant(PassageKind.FORWARD, 502)}))) == ()


SOME = {
    "actions": st.frozensets(st.sampled_from(list(Action)), min_size=1),
    "grants": st.frozensets(
        st.sampled_from([Grant(PassageKind.SHELL), Grant(PassageKind.SFTP), Grant(PassageKind.FORWARD, 502)]),
        min_size=1,
    ),
    "states": st.frozensets(st.sampled_from(list(OperatingState)), min_size=1),
}


@given(st.fixed_dictionaries(SOME), st.fixed_dictionaries(SOME))
def test_a_narrowing_is_exactly_a_strict_subset(old: dict[str, Any], new: dict[str, Any]) -> None:
    subset = all(new[name] <= old[name] for name in SOME) and old != new
    assert (narrowed(replace(OLD, **old), narrower(**new)) == ()) is subset
