from dataclasses import replace

import pytest

from domain.access import Action, Grant
from domain.ids import AssetId, ConduitId
from domain.plant import Direction
from policies.rules.direction_holds import DirectionHolds
from tests.policies.plant import asking, charter, charter_with, facts, standing, wanting, word

RULE = DirectionHolds()
PLC, WAY = AssetId("plc-07"), ConduitId("dmz-pumping")
OUTWARD = charter_with(
    conduits={**charter().conduits, WAY: replace(charter().conduits[WAY], direction=Direction.OUTBOUND)}
)
FORWARD = Grant.of("forward:5020")
VIEW, OPERATE = frozenset({Action.VIEW}), frozenset({Action.VIEW, Action.OPERATE})


@pytest.mark.parametrize(
    ("passage", "actions", "expected"),
    [
        pytest.param("forward:5020", VIEW, "accept", id="to look at what a port sends"),
        pytest.param("forward:5020", OPERATE, "outbound_only", id="to operate"),
        pytest.param("shell", VIEW, "outbound_only", id="a shell, which takes keystrokes"),
        pytest.param("exec", VIEW, "outbound_only", id="a command, which is sent in"),
        pytest.param("sftp", VIEW, "outbound_only", id="a file transfer, which asks for each file"),
    ],
)
def test_nothing_that_sends_something_in_goes_over_an_outbound_conduit(
    passage: str, actions: frozenset[Action], expected: str
) -> None:
    """S-26, C09: direction is a property of the conduit."""
    given = facts(charter=OUTWARD, standings=())
    for request in (wanting, asking):
        assert word(RULE, request((Grant.of(passage),), asset=PLC, actions=actions), given) == expected


@pytest.mark.parametrize(
    ("direction", "expected"),
    [
        pytest.param(Direction.BOTH, "direction_changed", id="approved when it went both ways"),
        pytest.param(Direction.OUTBOUND, "accept", id="approved as outbound"),
    ],
)
def test_a_permit_for_both_ways_is_over_once_the_conduit_is_outbound(
    direction: Direction, expected: str
) -> None:
    one = standing(asset=PLC, conduit=WAY, grants=frozenset({FORWARD}), actions=VIEW, direction=direction)
    assert (
        word(RULE, wanting((FORWARD,), asset=PLC, actions=VIEW), facts(charter=OUTWARD, standings=(one,)))
        == expected
    )


def test_a_conduit_for_both_ways_is_content_and_none_is_no_business_of_this_rule() -> None:
    assert word(RULE, wanting(), facts()) == "accept"
    assert word(RULE, wanting(asset=AssetId("nothing")), facts()) == "abstain"
