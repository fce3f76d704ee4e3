"""Who is called from when on: every rung at its instant, and nobody for what is over."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.escalation import Level, Matter, Rung, due, of_dispute, of_review, of_void, of_wish
from approvals.quorum import Terms
from domain.break_glass import REVIEW_WITHIN, Glass
from domain.dispute import Dispute
from domain.ids import PersonId, ZoneId
from domain.rights import DecisionRight
from domain.timers import Timers
from tests.approvals.desk import BEA, CONNECT, DAN, EVE, LEAD, NOW, SAM, holding, permit, terms

BOTH = terms(CONNECT, LEAD)
TIMERS = Timers(deputy_after=timedelta(minutes=5), executive_after=timedelta(hours=1))
WISH = permit(requested_at=NOW)
MINUTE = timedelta(minutes=1)
MICRO = timedelta(microseconds=1)


def wish(*given: tuple[DecisionRight, PersonId], asked: Terms = BOTH, timers: Timers = TIMERS) -> Matter:
    return of_wish(WISH, given, asked, timers, EVE, NOW)


def called(matter: Matter, at: datetime) -> list[tuple[str, tuple[PersonId, ...]]]:
    return [(call.rung.level, call.rung.persons) for call in due([matter], at)]


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        pytest.param(timedelta(), [], id="the holder was told when it was asked"),
        pytest.param(5 * MINUTE - MICRO, [], id="a moment before"),
        pytest.param(5 * MINUTE, [("deputy", (DAN,))], id="J09, S-42: level 2 in T"),
        pytest.param(60 * MINUTE, [("deputy", (DAN,)), ("executive", (EVE,))], id="J09: then the executive"),
        pytest.param(4 * 60 * MINUTE, [], id="nobody for a window that is over"),
    ],
)
def test_no_answer_calls_the_next_level_at_its_instant(
    after: timedelta, expected: list[tuple[str, tuple[PersonId, ...]]]
) -> None:
    assert called(wish(), NOW + after) == expected


def test_who_has_said_yes_is_called_no_more_and_neither_is_their_deputy() -> None:
    (holder, deputy, executive) = wish((CONNECT, BEA)).rungs
    assert (holder.persons, deputy.persons, executive.persons) == ((SAM,), (), (EVE,))


def test_a_rung_that_nobody_stands_on_is_seen() -> None:
    """J09: the ladder has a gap, and says so."""
    alone = replace(BOTH, holdings={CONNECT: holding(deputy=None), LEAD: holding(LEAD)})
    assert called(wish(asked=alone), NOW + 5 * MINUTE) == [("deputy", ())]


def test_nobody_is_called_for_what_has_lapsed_by_then() -> None:
    short = replace(TIMERS, decide_within=5 * MINUTE)
    assert [one.level for one in wish(timers=short).rungs] == [Level.HOLDER]


def test_a_dispute_calls_its_arbiter_at_once_and_the_executive_at_half_time() -> None:
    """S-24, J09: someone at the seam decides, and somebody looks after that."""
    dispute = Dispute(WISH.digest(), CONNECT, "works", DAN, (), NOW + 60 * MINUTE)
    matter = of_dispute(WISH, dispute, NOW, TIMERS, EVE)
    assert called(matter, NOW) == [("arbiter", (DAN,))]
    assert called(matter, NOW + 30 * MINUTE) == [("arbiter", (DAN,)), ("executive", (EVE,))]
    assert called(matter, NOW + 60 * MINUTE) == []
    assert matter.next(NOW) == matter.rungs[1]


def test_an_overdue_review_goes_to_the_executive() -> None:
    """S-42: nobody who had a part in it is asked to see to it."""
    glass = Glass(WISH.id, "works", ZoneId("cell-1"), (SAM,), NOW, NOW + 60 * MINUTE)
    matter = of_review(glass, (BEA, SAM, DAN), EVE)
    assert matter.rungs[0].persons == (BEA, DAN)
    assert called(matter, NOW + REVIEW_WITHIN - MICRO) == []
    assert called(matter, NOW + REVIEW_WITHIN) == [("executive", (EVE,))]


def test_a_void_goes_by_the_steps_of_its_report() -> None:
    """B04: the deputy in five minutes, the executive in four hours."""
    steps = [("deputy", DAN, NOW + 5 * MINUTE), ("executive", None, NOW + 240 * MINUTE)]
    matter = of_void(CONNECT, "works", NOW, steps)
    assert called(matter, NOW + 5 * MINUTE) == [("deputy", (DAN,))]
    assert called(matter, NOW + 240 * MINUTE)[1:] == [("executive", ())]


LEVELS = st.sampled_from(list(Level))
RUNGS = st.lists(
    st.builds(lambda level, minutes: Rung(level, (DAN,), NOW + minutes * MINUTE), LEVELS, st.integers(0, 90)),
    max_size=6,
)


@given(RUNGS, st.lists(st.integers(0, 120), min_size=1, max_size=8))
def test_however_often_it_is_asked_a_level_has_one_key_and_is_never_forgotten(
    rungs: Sequence[Rung], minutes: list[int]
) -> None:
    """J09: whoever keeps the keys calls nobody twice and forgets nobody, restart or not."""
    matter = Matter("permit:x", NOW, None, tuple(sorted(rungs, key=lambda one: one.at)))
    kept: set[str] = set()
    for minute in sorted(minutes):
        found = due([matter], NOW + minute * MINUTE)
        assert list(found) == sorted(found, key=lambda one: (one.rung.at, one.key))
        kept |= {one.key for one in found}
        reached = {
            one.level for one in rungs if one.at <= NOW + minute * MINUTE and one.level is not Level.HOLDER
        }
        assert {key.split(":")[2] for key in kept} == reached
