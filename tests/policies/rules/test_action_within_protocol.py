from dataclasses import replace

import pytest

from domain.access import Action, Grant
from domain.ids import AssetId, ConduitId
from policies.charter.documents import read_charter
from policies.facts import Facts
from policies.rules.action_within_protocol import ActionWithinProtocol
from tests.policies.plant import asking, edited, facts, standing, wanting, word

RULE = ActionWithinProtocol()
PLC, GATEWAY = AssetId("plc-07"), AssetId("gateway-1")
LOOKING = facts(
    charter=read_charter(edited("conduits.toml", 'modbus = ["view", "operate"]', 'modbus = ["view"]')),
    standings=(),
)
VIEW, OPERATE = frozenset({Action.VIEW}), frozenset({Action.VIEW, Action.OPERATE})


@pytest.mark.parametrize(
    ("asset", "passage", "actions", "expected"),
    [
        pytest.param(PLC, "forward:5020", VIEW, "accept", id="to look by Modbus"),
        pytest.param(PLC, "forward:5020", OPERATE, "action_not_for_protocol", id="to operate by Modbus"),
        pytest.param(PLC, "forward", OPERATE, "action_not_for_protocol", id="by any of its ports"),
        pytest.param(GATEWAY, "shell", OPERATE, "accept", id="to operate by SSH"),
        pytest.param(PLC, "forward:1", OPERATE, "accept", id="by a port that nobody knows, which another rule refuses"),
        pytest.param(PLC, "forward:5020", frozenset(), "abstain", id="nothing stated"),
        pytest.param(AssetId("nothing"), "shell", VIEW, "abstain", id="no such asset"),
    ],
)  # fmt: skip
def test_each_protocol_carries_its_own_actions(
    asset: AssetId, passage: str, actions: frozenset[Action], expected: str
) -> None:
    """C11: what one protocol may be used for on a conduit, another may not be."""
    for request in (wanting, asking):
        wish = request((Grant.of(passage),), asset=asset, actions=actions)
        assert word(RULE, wish, LOOKING) == expected


def limited(*limits: str) -> Facts:
    named = ", ".join(f'"{one}"' for one in limits)
    last = 'dependencies = "The broker in the DMZ; the fibre has no second way"\n'
    said = f"limits = [{named}]\n" if limits else ""
    return facts(charter=read_charter(edited("conduits.toml", last, last + said)), standings=())


REGISTERS = "modbus read holding registers"


@pytest.mark.parametrize(
    ("conduit", "wish", "expected"),
    [
        pytest.param((), {f"{REGISTERS} 5"}, "accept", id="a conduit without limits"),
        pytest.param((f"{REGISTERS} 0-9",), set(), "accept", id="none named: the conduit's are meant"),
        pytest.param((f"{REGISTERS} 0-9",), {f"{REGISTERS} 5"}, "accept", id="within"),
        pytest.param((f"{REGISTERS} 0-9",), {f"{REGISTERS} 5-10"}, "limit_not_in_conduit", id="beyond"),
        pytest.param((f"{REGISTERS} 0-9",), {f"{REGISTERS} 5", "modbus write coils 1"}, "limit_not_in_conduit", id="one of two beyond"),
    ],
)  # fmt: skip
def test_a_wish_s_limits_lie_within_those_of_its_conduit(
    conduit: tuple[str, ...], wish: set[str], expected: str
) -> None:
    """C11, S-14: a permit can only ask for less than what the boundary's condition says."""
    asked = asking((Grant.of("forward:5020"),), asset=PLC, actions=VIEW, limits=frozenset(wish))
    assert word(RULE, asked, limited(*conduit)) == expected


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        pytest.param(set(), "limit_not_in_conduit", id="a permit from before the conduit had limits"),
        pytest.param(
            {f"{REGISTERS} 0-10"}, "limit_not_in_conduit", id="a permit that reaches beyond them by now"
        ),
        pytest.param({f"{REGISTERS} 0-9"}, "accept", id="within"),
    ],
)
def test_at_the_door_the_permit_s_own_limits_count(limits: set[str], expected: str) -> None:
    """S-05: a condition that was tightened holds for permits that were approved before."""
    given = limited(f"{REGISTERS} 0-9")
    forward = frozenset({Grant.of("forward:5020")})
    through = standing(asset=PLC, conduit=ConduitId("dmz-pumping"), grants=forward, limits=frozenset(limits))
    at_door = replace(given, standings=(through,))
    assert word(RULE, wanting((Grant.of("forward:5020"),), asset=PLC, actions=VIEW), at_door) == expected
