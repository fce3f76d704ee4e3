from dataclasses import replace

import pytest

from domain.ids import PersonId
from domain.permit import PermitState
from domain.rights import DecisionRight, Side
from policies.arbitration import arbitrated
from policies.charter.charter import Charter
from policies.facts import Facts
from policies.rules.permit_valid import PermitValid
from tests.policies.plant import NOW, approval, charter, charter_with, facts, standing, wanting, word

OLGA = PersonId("olga")
CONNECT = DecisionRight.CONNECT
RULE = PermitValid()
SETTLED = approval(approver=OLGA, settles=True)


def judged(
    *approvals: object, state: PermitState = PermitState.APPROVED, under: Charter | None = None
) -> str:
    found = facts(charter=under or charter(), standings=(standing(state, approvals),))  # type: ignore[arg-type]
    return word(RULE, wanting(), found)


def without_arbiter() -> Charter:
    return charter_with(holdings=tuple(replace(one, arbiter=None) for one in charter().register))


def test_an_arbiter_s_word_counts_where_it_settled_and_nowhere_else() -> None:
    """B14, S-24: checked at every door, by the charter in force there."""
    assert judged(SETTLED) == "accept"
    assert judged(replace(SETTLED, settles=False)) == "approval_not_valid"
    assert judged(replace(SETTLED, approver=PersonId("milo"))) == "approval_not_valid"
    assert judged(replace(SETTLED, right=DecisionRight.DATA_OUT)) == "approval_not_valid"
    assert judged(SETTLED, under=without_arbiter()) == "approval_not_valid"


@pytest.mark.parametrize("side", [Side.IT, None])
def test_an_arbiter_of_another_side_fills_no_seat_of_ot(side: Side | None) -> None:
    """J15: an operations seat can't be out-voted by IT, by way of the arbiter either."""
    people = {
        one.id: replace(one, side=side if one.id == OLGA else one.side) for one in charter().people.values()
    }
    assert judged(SETTLED, under=charter_with(people=people)) == "approval_not_valid"


def test_what_is_in_dispute_waits_for_its_arbiter_and_for_nobody_else() -> None:
    """B14: default deny."""
    one = replace(standing(PermitState.DISPUTED, ()), disputed=CONNECT)
    found: Facts = facts(standings=(one,))
    matter = found.matter(wanting())
    assert matter.deciders[CONNECT] == (OLGA,)
    assert word(RULE, wanting(), found) == "require"
    (seat,) = arbitrated(without_arbiter(), one, matter.seats, NOW)
    assert seat.voices == ()
    full = replace(one, approvals=(approval(), SETTLED))
    assert word(RULE, wanting(), facts(standings=(full,))) == "require"
