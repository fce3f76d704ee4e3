from dataclasses import replace

from domain.access import Action
from domain.ids import PermitId, PersonId
from policies.occupancy import Occupied
from policies.rules.room_left import RoomLeft
from tests.policies.plant import asking, facts, permit, wanting, word
from tests.policies.test_occupancy import plant

RULE = RoomLeft()
OTHER = PermitId("b" * 26)


def test_a_second_writer_and_one_session_too_many_are_refused_at_the_door_and_not_while_asking() -> None:
    """D06: second writer: refused; (n+1)th session: refused."""
    ben = Occupied(replace(permit(), id=OTHER, person=PersonId("ben")), permit().window.end)
    known = facts(charter=plant(), sessions=(ben,))
    assert word(RULE, wanting(), known) == "writer_present"
    assert (
        word(RULE, asking(actions=frozenset({Action.OPERATE})), known) == "accept"
    )  # who is there then, nobody knows
    assert word(RULE, asking(actions=frozenset({Action.VIEW})), known) == "abstain"
    assert (
        word(RULE, wanting(), facts(charter=plant(sessions=1, writers=9), sessions=(ben,)))
        == "too_many_sessions"
    )
    assert word(RULE, wanting(), facts(charter=plant())) == "accept"
    assert word(RULE, wanting(), facts(standings=(), sessions=(ben,))) == "abstain"


def test_a_session_of_the_same_permit_is_not_counted_for_its_own_next_channel() -> None:
    mine = Occupied(permit(), permit().window.end)
    assert word(RULE, wanting(), facts(charter=plant(sessions=1), sessions=(mine,))) == "accept"
