"""Twenty decisions on one permit at once, by processes that share nothing but the database: a file, or PostgreSQL."""

from collections import Counter
from collections.abc import Sequence

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from approvals.lifecycle import TRANSITIONS, PermitEvent
from domain.events import Event, PermitApproved, PermitChanged
from domain.permit import Permit, PermitState
from tests.approvals.apart import Move, Node, Round, nodes
from tests.approvals.desk import ANA, BEA, EVE, terms
from tests.approvals.office import Office
from tests.clock import FrozenClock

NODES = 2
MANY = 20
KINDS = ("approve", "refuse", "withdraw", "activate", "revoke")
BY = {"approve": BEA, "refuse": BEA, "withdraw": ANA, "activate": ANA, "revoke": EVE}
EVENT_OF = {
    PermitState.APPROVED: PermitEvent.APPROVE,
    PermitState.REFUSED: PermitEvent.REFUSE,
    PermitState.WITHDRAWN: PermitEvent.WITHDRAW,
    PermitState.ACTIVE: PermitEvent.ACTIVATE,
    PermitState.REVOKED: PermitEvent.REVOKE,
}


@pytest.fixture
def office(plant: AsyncEngine, clock: FrozenClock) -> Office:
    return Office(plant, clock)


async def test_of_twenty_decisions_by_several_processes_one_counts(office: Office) -> None:
    with nodes(office.engine.url.render_as_string(hide_password=False), NODES) as apart:
        for kind in ("approve", "refuse", "withdraw"):
            wish = await office.asked()
            outcomes, _ = await raced(office, apart, wish, [kind] * MANY)
            assert outcomes["won"] == 1
            assert outcomes.keys() <= {"won", "lost_race", "wrong_state"}
        wish = await office.approved()
        outcomes, leaves = await raced(office, apart, wish, ["activate"] * MANY)
        assert outcomes == {"won": MANY}, "a further session is no second redemption"
        assert [one.after for one in leaves if isinstance(one, PermitChanged)] == ["active"]
        for _ in range(3):
            wish = await office.asked()
            outcomes, leaves = await raced(office, apart, wish, KINDS * (MANY // len(KINDS)))
            assert outcomes.keys() <= {"won", "lost_race", "wrong_state"}
            assert sum(isinstance(one, PermitApproved) for one in leaves) <= 1


async def raced(
    office: Office, apart: Sequence[Node], wish: Permit, kinds: Sequence[str]
) -> tuple[Counter[str], list[Event]]:
    """What came of it, once the database and both ledgers tell one and the same story: a path through the table."""
    began = PermitState(await office.state(wish))
    trust = office.desk.trust
    moves = [
        Move(kind, BY[kind], office.desk.by_passkey(wish) if kind == "approve" else None) for kind in kinds
    ]
    for number, node in enumerate(apart):
        node.begin(Round(wish, tuple(moves[number::NODES]), terms(), trust))
    told = [node.told() for node in apart]
    filed = await office.approvals.filed(wish.id)
    assert filed is not None
    steps = [one for one in filed.history if one.at >= wish.requested_at]
    leaves = [leaf for one in told for leaf in one.leaves]
    changes = [one for one in leaves if isinstance(one, PermitChanged)]
    taken = [(step.before, step.after) for step in steps][-len(changes) :] if changes else []
    assert Counter((one.before, one.after) for one in changes) == Counter(taken), "one leaf for each step"
    state = began
    for before, after in taken:
        assert (before, TRANSITIONS[state][EVENT_OF[after]]) == (state, after)
        state = after
    assert state is filed.state
    return Counter(outcome for one in told for outcome in one.outcomes), leaves
