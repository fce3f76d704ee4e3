from collections.abc import Awaitable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from approvals.deadlines import WINDOW, approved_at, deadline, words
from approvals.filed import Filed
from approvals.lifecycle import PermitEvent, over
from approvals.service import Approvals
from domain.errors import DecisionError, PeerError
from domain.events import PermitChanged
from domain.ids import PermitId, PersonId
from domain.permit import PermitState
from domain.proof import Approval
from domain.timers import Timers
from tests.approvals.desk import NOW, permit
from tests.approvals.office import Office
from tests.clock import FrozenClock
from tests.domain.samples import approval
from tests.domain.test_dispute import DISPUTE

S, E = PermitState, PermitEvent
SHORT = Timers(decide_within=timedelta(minutes=20), use_within=timedelta(minutes=30))
LONG = Timers(decide_within=timedelta(days=9), use_within=timedelta(days=9))
ON_FILE = Timers(decide_within=timedelta(days=1), use_within=timedelta(hours=1))
"""The sample was asked for most of a day ago."""
WISH = permit(requested_at=NOW)
END = WISH.window.end
YES = replace(approval(), at=NOW + timedelta(minutes=10))


@pytest.fixture
def office(plant: AsyncEngine, clock: FrozenClock) -> Office:
    return Office(plant, clock)


async def refused(decision: Awaitable[object]) -> str:
    with pytest.raises(DecisionError) as raised:
        await decision
    return raised.value.code


def filed(state: PermitState, *approvals: Approval) -> Filed:
    return Filed(WISH, state, 1, approvals, (), NOW, "console")


@pytest.mark.parametrize(
    ("state", "timers", "at", "event"),
    [
        pytest.param(S.REQUESTED, SHORT, NOW + timedelta(minutes=20), E.LAPSE, id="B13: nobody decided"),
        pytest.param(S.APPROVED, SHORT, NOW + timedelta(minutes=40), E.LAPSE, id="B13: it was not used"),
        pytest.param(S.REQUESTED, LONG, END, E.LAPSE, id="its window ended undecided"),
        pytest.param(S.APPROVED, LONG, END, E.LAPSE, id="its window ended unused"),
        pytest.param(S.ACTIVE, SHORT, END, E.COMPLETE, id="what is used is not cut short"),
    ],
)
def test_time_ends_what_is_open(state: PermitState, timers: Timers, at: datetime, event: PermitEvent) -> None:
    found = deadline(filed(state, YES), timers)
    assert found is not None
    assert (found.at, found.event) == (at, event)
    assert (found.sentence == WINDOW) is (at == END)


def test_time_does_nothing_to_what_is_over() -> None:
    for state in set(PermitState) - {S.DISPUTED}:
        assert (deadline(filed(state), SHORT) is None) is over(state)


def test_a_dispute_that_nobody_settles_is_refused() -> None:
    """B14: at the instant that stands in it."""
    disputed = replace(filed(S.DISPUTED, YES), disputes=(DISPUTE,))
    found = deadline(disputed, SHORT)
    assert found is not None
    assert (found.at, found.event) == (DISPUTE.until, E.REFUSE)


def test_what_was_approved_counts_from_its_last_yes() -> None:
    later = replace(YES, at=YES.at + timedelta(minutes=5))
    assert approved_at(filed(S.APPROVED, later, YES)) == later.at
    assert approved_at(filed(S.APPROVED)) == WISH.requested_at


@pytest.mark.parametrize(
    ("span", "said"),
    [(timedelta(minutes=90), "1 h 30 min"), (timedelta(seconds=5), "5 s"), (timedelta(), "no time")],
)
def test_a_span_is_said_in_words(span: timedelta, said: str) -> None:
    assert words(span) == said


async def test_what_nobody_decides_or_uses_in_time_lapses_while_its_window_goes_on(office: Office) -> None:
    """B13: approved and unused lapses, and for good."""
    kept: list[tuple[PermitId, str]] = []

    async def bar(wish: PermitId, by: PersonId, _reason: str) -> None:
        kept.append((wish, by))

    office.approvals = Approvals(
        office.engine, office.ledger, office.clock, office.notify, bar, lambda _: ON_FILE
    )
    asked, approved, active = await office.asked(), await office.approved(), await office.approved()
    await office.approvals.activate(active.id)
    decide, use = ON_FILE.decide_by(asked), office.clock.now() + ON_FILE.use_within
    assert await office.approvals.lapse(use - timedelta(microseconds=1)) == ()
    assert await office.approvals.lapse(use) == (approved.id,)
    assert "not used within 1 h" in office.ledger.of(PermitChanged)[-1].reason
    assert await office.approvals.lapse(decide - timedelta(microseconds=1)) == ()
    assert await office.approvals.lapse(decide) == (asked.id,)
    assert await office.approvals.lapse(decide + timedelta(minutes=1)) == ()
    assert [await office.state(one) for one in (asked, approved, active)] == [S.LAPSED, S.LAPSED, S.ACTIVE]
    assert kept == [(approved.id, "clock")]


async def test_what_can_not_be_barred_stays_and_tells_the_ledger_nothing(office: Office) -> None:
    async def unheard(_wish: PermitId, _by: PersonId, _reason: str) -> None:
        raise PeerError("The watchdog does not answer.")

    office.approvals = Approvals(
        office.engine, office.ledger, office.clock, office.notify, unheard, lambda _: ON_FILE
    )
    signed, asked = await office.approved(), await office.asked()
    told = len(office.ledger.events)
    late = ON_FILE.decide_by(asked)
    assert await office.approvals.lapse(late) == (asked.id,)
    assert await office.state(signed) is S.APPROVED  # and opens nothing: each door reckons for itself
    assert len(office.ledger.events) == told + 1


async def test_a_yes_that_comes_too_late_does_not_count(office: Office) -> None:
    """B13: at the instant it lapses, and whether or not anybody has swept since."""
    office.approvals = Approvals(
        office.engine, office.ledger, office.clock, office.notify, timers=lambda _: ON_FILE
    )
    wish = await office.asked()
    office.clock.advance(ON_FILE.decide_by(wish) - office.clock.now())
    assert await refused(office.approve(wish)) == "decision_lapsed"
