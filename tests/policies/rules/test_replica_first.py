import pytest

from domain.access import Action, Grant
from domain.ids import AssetId, PersonId
from policies.charter.documents import read_charter
from policies.rules.replica_first import ReplicaFirst
from tests.policies.plant import asking, edited, facts, wanting, word

RULE = ReplicaFirst()
HMI = AssetId("hmi-1")
COPIED = facts(
    charter=read_charter(
        edited("assets.toml", 'name = "Operator panel"', 'name = "Operator panel"\nreplica = "historian"')
    ),
    standings=(),
)
VIEW, OPERATE = frozenset({Action.VIEW}), frozenset({Action.OPERATE})
FORWARD = (Grant.of("forward"),)


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        pytest.param(VIEW, "replica_first", id="only to look"),
        pytest.param(OPERATE, "accept", id="to do something"),
        pytest.param(VIEW | OPERATE, "accept", id="to look and to do something"),
    ],
)
def test_who_only_wants_to_look_is_offered_the_replica_before_a_live_path(
    actions: frozenset[Action], expected: str
) -> None:
    """C09, S-26: a diagnostic need is offered the one-way replica first."""
    wish = asking(FORWARD, person=PersonId("ben"), asset=HMI, actions=actions)
    assert word(RULE, wish, COPIED) == expected
    said = RULE.judge(wish, COPIED)
    assert expected == "accept" or "historian" in getattr(said, "remedy", "")


def test_a_replica_that_this_vendor_can_not_be_led_to_is_no_offer() -> None:
    given = edited("assets.toml", 'name = "Operator panel"', 'name = "Operator panel"\nreplica = "historian"')
    given = edited("vendors.toml", '"historian", "hmi-1"', '"hmi-1"', given)
    wish = asking(FORWARD, person=PersonId("ben"), asset=HMI, actions=VIEW)
    assert word(RULE, wish, facts(charter=read_charter(given), standings=())) == "accept"


def test_at_the_door_and_without_a_replica_it_does_not_stand_in_the_way() -> None:
    assert word(RULE, wanting(FORWARD, person=PersonId("ben"), asset=HMI, actions=VIEW), COPIED) == "accept"
    assert word(RULE, asking(), facts()) == "accept"
    assert word(RULE, asking(asset=AssetId("nothing")), facts()) == "abstain"
