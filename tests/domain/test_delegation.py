from dataclasses import replace
from datetime import timedelta

import pytest

from domain.access import Action
from domain.delegation import Delegation, Stake
from domain.ids import PersonId
from domain.plant import OperatingState
from domain.rights import DecisionRight
from domain.window import TimeWindow
from tests.domain.samples import CLOSES, OPENS

ANA, BEA, CARL = PersonId("ana"), PersonId("bea"), PersonId("carl")
VIEW, OPERATE = Action.VIEW, Action.OPERATE
RUNNING, SHUTDOWN = OperatingState.RUNNING, OperatingState.SHUTDOWN
GIVEN = Delegation(
    DecisionRight.CONNECT, "zone-1", BEA, CARL, frozenset({VIEW}), frozenset({RUNNING}),
    TimeWindow(OPENS, CLOSES), OPENS,
)  # fmt: skip


@pytest.mark.parametrize(
    ("actions", "states", "after", "covered"),
    [
        pytest.param({VIEW}, {RUNNING}, 0, True, id="exactly what was given, from its first instant"),
        pytest.param({VIEW, OPERATE}, {RUNNING}, 0, False, id="one action more"),
        pytest.param({OPERATE}, {RUNNING}, 0, False, id="another action"),
        pytest.param({VIEW}, {RUNNING, SHUTDOWN}, 0, False, id="one state more"),
        pytest.param(set(), {RUNNING}, 0, False, id="nothing stated could be anything"),
        pytest.param({VIEW}, set(), 0, False, id="no state stated could be any"),
        pytest.param({VIEW}, {RUNNING}, 1, False, id="at the closing instant"),
    ],
)
def test_a_delegation_covers_the_whole_of_what_is_decided_or_nothing(
    actions: set[Action], states: set[OperatingState], after: int, covered: bool
) -> None:
    """B02, B03: outside the listed actions, or expired, is refused."""
    at = CLOSES if after else OPENS
    assert GIVEN.covers(Stake(frozenset(actions), frozenset(states)), at) is covered
    early = OPENS - timedelta(seconds=1)
    assert not GIVEN.covers(Stake(frozenset(actions), frozenset(states)), early)


@pytest.mark.parametrize(
    ("holders", "by", "counts"),
    [
        pytest.param((BEA,), BEA, True, id="by the holder"),
        pytest.param((ANA,), BEA, False, id="by one who holds it no more"),
        pytest.param((BEA, CARL), BEA, False, id="to one who holds it anyway"),
        pytest.param((), BEA, False, id="by nobody"),
    ],
)
def test_only_a_holder_delegates(holders: tuple[PersonId, ...], by: PersonId, counts: bool) -> None:
    assert replace(GIVEN, by=by).given_by(holders) is counts
