from domain.rights import DecisionRight
from policies.facts import Standing as TheSame
from policies.standing import Standing
from tests.policies.plant import standing


def test_a_standing_is_named_where_the_shells_look_for_it() -> None:
    assert TheSame is Standing
    assert standing().approvals[0].right is DecisionRight.CONNECT
