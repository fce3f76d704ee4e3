"""What time brings: before a start, before an end, at a start that nobody heard of; voids rung by rung."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from broker.notices.memory import Memory
from broker.notices.timely import ENDING, REVIEW_SOON, of_reviews, of_voids, timely
from domain.events import Event, document
from domain.ids import PermitId, PersonId, SessionId
from domain.notice import Notice, NoticeKind
from domain.rights import DecisionRight
from policies.charter.charter import Charter
from policies.charter.void import Kind, Step, void_report
from policies.review_terms import Overdue, ReviewTerms
from policies.session_review import Unreviewed
from policies.start_notice import StartTerms, Unheard
from tests.broker.notices.happenings import END, START, P, asked, changed, heard, opened
from tests.for_each import for_each
from tests.policies.plant import NOW, charter, charter_with

SECOND = timedelta(seconds=1)
HALF = timedelta(minutes=30)
PETRA = PersonId("petra")
LADDER = (("deputy", timedelta(minutes=5)), ("executive", timedelta(hours=4)))


def due(now: datetime, *events: Event, **terms: Any) -> list[Notice]:
    memory = Memory()
    for one in events:
        memory.learn(document(one))
    return list(timely(memory, charter_with(**terms) if terms else charter(), now))


@pytest.mark.parametrize(
    ("now", "told"),
    [
        pytest.param(START - HALF - SECOND, False, id="half an hour and a second before"),
        pytest.param(START - HALF, True, id="half an hour before"),
        pytest.param(START - SECOND, True, id="the second before"),
        pytest.param(START, False, id="at the start"),
    ],
)
def test_the_named_roles_are_told_again_before_the_start(now: datetime, told: bool) -> None:
    """B06: before the start, too."""
    found = due(now, asked(), changed("approved"))
    assert [one.to for one in found if one.kind is NoticeKind.STARTS] == (["petra", "sven"] if told else [])
    assert all(one.key == f"starts-soon:{P}" for one in found)


def test_nobody_is_told_of_the_start_of_what_was_not_approved() -> None:
    assert due(START - SECOND, asked()) == []


def test_the_charter_says_how_long_before() -> None:
    terms = (StartTerms("riverside", before=timedelta(minutes=5)),)
    assert due(START - HALF, asked(), changed("approved"), start_terms=terms) == []
    assert due(START - timedelta(minutes=5), asked(), changed("approved"), start_terms=terms)


@for_each("unheard", list(Unheard))
@for_each(("was_heard", "now"), [(False, START), (False, END - SECOND), (True, START), (False, END)])
def test_a_start_that_nobody_confirmed_to_know_of_is_an_alarm_where_the_charter_says_so(
    unheard: Unheard, was_heard: bool, now: datetime
) -> None:
    """B06: with the mail route down, the alarm fires."""
    terms = (StartTerms("riverside", frozenset({DecisionRight.CONNECT}), unheard=unheard),)
    events = [asked(), changed("approved"), *([heard()] if was_heard else [])]
    found = [one for one in due(now, *events, start_terms=terms) if one.kind is NoticeKind.TROUBLE]
    fires = unheard is not Unheard.NOTHING and not was_heard and now < END
    assert [one.to for one in found] == (["sven", "milo"] if fires else [])
    assert all(one.urgent and one.key == f"unheard:{P}" for one in found)


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (END - ENDING - SECOND, []),
        (END - ENDING, ["ana", "petra"]),
        (END - SECOND, ["ana", "petra"]),
        (END, []),
    ],
)
def test_a_session_s_end_is_told_ten_minutes_before(now: datetime, told: list[str]) -> None:
    found = due(now, asked(), changed("approved"), changed("active"), opened())
    assert [one.to for one in found] == told


def alone() -> Charter:
    """Nobody stands in for anybody: a right that rests on one person, to be mended before it refuses."""
    return charter_with(holdings=tuple(replace(one, deputy=None) for one in charter().holdings))


@pytest.mark.parametrize(
    ("after", "rungs"),
    [(timedelta(), set()), (timedelta(minutes=5), {"deputy"}), (timedelta(hours=4), {"deputy", "executive"})],
)
def test_a_void_is_told_rung_by_rung(after: timedelta, rungs: set[str]) -> None:
    report = void_report(alone(), NOW, loaded=NOW)
    (void, *_) = [one for one in report.voids if one.kind is Kind.SINGLE_POINT and one.steps]
    steps = tuple(Step(PETRA, level, void.since + wait, "") for level, wait in LADDER)
    found = list(of_voids([replace(void, steps=steps)], void.since + after))
    assert {one.key.split(":")[4] for one in found} == rungs
    assert all(one.kind is NoticeKind.VOID and one.to == PETRA for one in found)


def test_a_void_that_refuses_is_called_for_by_its_own_leaf_and_not_from_here() -> None:
    kept = tuple(one for one in charter().holdings if one.right is not DecisionRight.INCIDENT_LEAD)
    voids = [one for one in void_report(charter_with(holdings=kept), NOW, loaded=NOW).voids if one.refuses]
    assert voids
    assert list(of_voids(voids, NOW + timedelta(days=1))) == []


def test_a_review_is_told_of_before_it_is_due_and_when_it_is_overdue() -> None:
    """H02: to whoever may give it, and with what follows while nobody does."""
    way = charter()
    asset = next(iter(way.assets.values()))
    conduit = next(one for one in way.conduits.values() if way.boundaries(asset.id, one.id))
    terms = ReviewTerms(
        way.organisation.id, frozenset({DecisionRight.CONNECT}), timedelta(days=15), Overdue.BLOCK
    )
    reviewed = charter_with(review_terms=(terms,))
    one = Unreviewed(
        SessionId("s" * 26), PermitId(P), PersonId("ana"), asset.id, conduit.id, NOW - timedelta(days=15)
    )
    told = {
        late: list(of_reviews((one,), reviewed, NOW + late))
        for late in (-REVIEW_SOON - SECOND, -REVIEW_SOON, -SECOND, timedelta())
    }
    keys = [{each.key.partition(":")[0] for each in found} for found in told.values()]
    assert keys == [set(), {"review-soon"}, {"review-soon"}, {"review-overdue"}]
    assert [each.urgent for each in told[timedelta()]] == [True] * len(told[timedelta()])
    assert "can ask for nothing" in told[timedelta()][0].sentences[1]
    assert list(of_reviews((one,), way, NOW)) == []
