import pytest

from domain.access import Action, Grant
from domain.ids import AssetId
from policies.charter.documents import read_charter
from policies.rules.action_within_protocol import ActionWithinProtocol
from tests.policies.plant import asking, edited, facts, wanting, word

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
