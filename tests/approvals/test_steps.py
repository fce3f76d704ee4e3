"""Rights that decide one after another: nobody signs before their turn, and nobody is asked before it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from approvals.escalation import Level, of_wish
from approvals.quorum import Terms, at_turn, missing, too_early
from broker.console.permits.terms import deciders, open_rights, waiting_for
from domain.errors import DecisionError
from domain.events import ApprovalRejected, PermitApproved
from domain.permit import PermitState
from domain.rights import DecisionRight, Holding
from domain.timers import Timers
from domain.voices import Seat, Voice, in_turn, waits_for
from tests.approvals.desk import BEA, CONNECT, DAN, LEAD, NOW, SAM, Desk, holding, permit, terms
from tests.approvals.office import Office
from tests.clock import FrozenClock

HOUR = timedelta(hours=1)


@pytest.fixture
def office(plant: AsyncEngine, clock: FrozenClock) -> Office:
    return Office(plant, clock)


def steps(*order: DecisionRight, **changed: Holding) -> Terms:
    """Sam decides under incident_lead, then Bea or Dan under connect."""
    holdings = {CONNECT: holding(), LEAD: holding(LEAD)} | {
        DecisionRight(name): one for name, one in changed.items()
    }
    return replace(terms(CONNECT, LEAD, holdings=holdings), in_order=order or (LEAD, CONNECT))


async def test_whose_turn_it_is_not_is_refused_with_a_code_and_may_sign_afterwards(office: Office) -> None:
    wish, given = await office.asked(), steps()
    with pytest.raises(DecisionError) as raised:
        await office.approve(wish, BEA, terms=given)
    assert raised.value.code == "not_your_turn"
    assert [one.code for one in office.ledger.of(ApprovalRejected)] == ["not_your_turn"]
    assert await office.approve(wish, SAM, right=LEAD, terms=given) is PermitState.REQUESTED
    assert await office.approve(wish, BEA, terms=given) is PermitState.APPROVED
    assert [one.right for one in office.ledger.of(PermitApproved)] == [LEAD, CONNECT]


async def test_without_an_order_they_decide_as_they_come(office: Office) -> None:
    wish, free = await office.asked(), replace(steps(), in_order=())
    assert await office.approve(wish, BEA, terms=free) is PermitState.REQUESTED
    assert await office.approve(wish, SAM, right=LEAD, terms=free) is PermitState.APPROVED


def test_a_step_of_several_is_over_when_the_last_of_them_has_said_yes() -> None:
    two = steps(CONNECT, LEAD, connect=holding(others=(DAN,), deputy=None, quorum=2))
    assert too_early(two, LEAD, [(CONNECT, BEA)], NOW) is not None
    assert too_early(two, LEAD, [(CONNECT, BEA), (CONNECT, DAN)], NOW) is None
    assert at_turn(two, [(CONNECT, BEA)], NOW) == {CONNECT}
    assert set(missing(two, [(CONNECT, BEA)], NOW)) == {CONNECT, LEAD}


def test_only_whose_turn_it_is_is_shown_as_waited_for_and_called() -> None:
    """The status line, the queue and the ladder follow the steps."""
    wish, given = permit(), steps()
    timers = Timers(decide_within=HOUR, use_within=HOUR)
    yes = Desk().enrol(SAM).by_passkey(wish, SAM, LEAD)
    for said, waits in (((), (SAM,)), ((yes,), (BEA,))):
        assert waiting_for(given, said, NOW) == waits
        matter = of_wish(wish, [(one.right, one.approver) for one in said], given, timers, None, NOW)
        assert [rung.persons for rung in matter.rungs if rung.level is Level.HOLDER] == [waits]
    assert open_rights(given, (), BEA, NOW) == ()
    assert open_rights(given, (yes,), BEA, NOW) == (CONNECT,)
    assert [(one.right, one.step) for one in deciders(given, (), NOW)] == [(LEAD, 1), (CONNECT, 2)]
    assert {one.step for one in deciders(replace(given, in_order=()), (), NOW)} == {0}


def _seat(right: DecisionRight, *persons: str) -> Seat:
    return Seat(right, tuple(Voice(one, one) for one in persons))  # type: ignore[arg-type]


WANTED = (_seat(CONNECT, "bea", "dan"), _seat(DecisionRight.DATA_OUT, "eve"), _seat(LEAD, "sam"))
ORDER = (LEAD, CONNECT)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        pytest.param([(LEAD, SAM), (CONNECT, BEA)], 2, id="in their turn"),
        pytest.param([(CONNECT, BEA), (LEAD, SAM)], 1, id="the later step said it first"),
        pytest.param([(CONNECT, BEA), (LEAD, SAM), (CONNECT, DAN)], 2, id="another of it says it in turn"),
        pytest.param(
            [(DecisionRight.DATA_OUT, "eve"), (LEAD, SAM)], 2, id="one outside the order at any time"
        ),
        pytest.param([(LEAD, BEA), (CONNECT, DAN)], 1, id="a first step that nobody who may has taken"),
    ],
)
def test_what_was_said_before_its_turn_does_not_count(
    said: list[tuple[DecisionRight, str]], kept: int
) -> None:
    assert len(in_turn(WANTED, ORDER, said)) == kept  # type: ignore[arg-type]
    assert in_turn(WANTED, (), said) == tuple(said)  # type: ignore[arg-type]


def test_what_was_agreed_beforehand_comes_before_every_step() -> None:
    assert in_turn(WANTED, ORDER, [(CONNECT, BEA)], [(LEAD, SAM)]) == ((LEAD, SAM), (CONNECT, BEA))
    assert waits_for(WANTED, ORDER, CONNECT, []) is LEAD
    assert waits_for(WANTED, ORDER, LEAD, []) is None
