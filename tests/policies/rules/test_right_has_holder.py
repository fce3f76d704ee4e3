from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from domain.ids import AssetId, PersonId
from domain.rights import DecisionRight, Holding
from domain.window import TimeWindow
from policies.facts import Facts
from policies.rule import Require
from policies.rules.right_has_holder import RightHasHolder
from tests.for_each import for_each
from tests.policies.plant import MICRO, NOW, asking, charter, charter_with, facts, wanting, word

RULE = RightHasHolder()
BEGINS, ENDS = NOW, NOW + timedelta(days=1)


def held(*holdings: Holding, now: datetime = NOW) -> Facts:
    return facts(charter=charter_with(holdings=holdings), now=now)


def holding(
    boundary: str = "riverside", right: DecisionRight = DecisionRight.CONNECT, **changes: object
) -> Holding:
    made = Holding(right, boundary, PersonId("petra"), PersonId("deniz"), "PI-07", TimeWindow(BEGINS, ENDS))
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("now", "door", "lobby"),
    [
        pytest.param(BEGINS - MICRO, "no_holder", "no_holder", id="the instant before it begins"),
        pytest.param(BEGINS, "accept", "require", id="the opening instant is held"),
        pytest.param(ENDS - MICRO, "accept", "require", id="the last instant is held"),
        pytest.param(ENDS, "no_holder", "no_holder", id="the closing instant is void"),
    ],
)
def test_a_right_refuses_from_the_instant_it_is_void(now: datetime, door: str, lobby: str) -> None:
    # row: B02, # row: B04
    assert word(RULE, wanting(), held(holding(), now=now)) == door
    assert word(RULE, asking(), held(holding(), now=now)) == lobby


@for_each(
    ("holdings", "expected"),
    [
        pytest.param((), "no_holder", id="nobody holds anything"),
        pytest.param((holding(right=DecisionRight.IDENTITY),), "no_holder", id="another right is no help"),
        pytest.param((holding("pumping"),), "no_holder", id="another zone's holder is no help"),
        pytest.param((holding("operations"),), "require", id="the zone's holder"),
        pytest.param((holding("dmz-operations"),), "require", id="the conduit's holder"),
        pytest.param(
            (holding(), holding("dmz-operations", window=TimeWindow(NOW - MICRO, NOW))),
            "no_holder", id="a lapsed holder nearby is a void, not a reason to ask further away",
        ),
        pytest.param((holding(holder=PersonId("ana"), deputy=None),), "no_holder", id="only the one who asks"),
        pytest.param((holding(holder=PersonId("ana")),), "require", id="the one who asks, and a deputy"),
        pytest.param((holding(holder=PersonId("ben"), deputy=None),), "no_holder", id="only a vendor's person"),
        pytest.param((holding(holder=PersonId("nobody"), deputy=None),), "no_holder", id="only a stranger"),
    ],
)  # fmt: skip
def test_somebody_must_be_able_to_decide(holdings: tuple[Holding, ...], expected: str) -> None:
    # row: B10, in every cell
    assert word(RULE, asking(), held(*holdings)) == expected


def test_what_is_required_is_the_right_to_connect() -> None:
    verdict = RULE.judge(asking(), facts())
    assert isinstance(verdict, Require)
    assert verdict.rights == {DecisionRight.CONNECT}


def test_without_a_way_there_is_nothing_to_say() -> None:
    assert word(RULE, asking(asset=AssetId("sis-1")), facts()) == "abstain"
    assert charter().holdings
