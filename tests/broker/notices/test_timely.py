"""What time brings: before a start, before an end, at a start that nobody heard of; voids rung by rung."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from broker.notices.memory import Memory
from broker.notices.timely import ENDING, of_voids, timely
from domain.events import Event, document
from domain.notice import Notice, NoticeKind
from domain.rights import DecisionRight
from policies.charter.charter import Charter
from policies.charter.void import void_report
from policies.start_notice import StartTerms, Unheard
from tests.broker.notices.happenings import END, START, P, asked, changed, heard, opened
from tests.policies.plant import NOW, charter, charter_with

SECOND = timedelta(seconds=1)
HALF = timedelta(minutes=30)


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


@pytest.mark.parametrize("unheard", list(Unheard))
@pytest.mark.parametrize(
    ("was_heard", "now"), [(False, START), (False, END - SECOND), (True, START), (False, END)]
)
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


def without_lead() -> Charter:
    kept = tuple(one for one in charter().holdings if one.right is not DecisionRight.INCIDENT_LEAD)
    return charter_with(holdings=kept)


@pytest.mark.parametrize(
    ("after", "rungs"),
    [
        (timedelta(minutes=4), set()),
        (timedelta(minutes=5), {"deputy"}),
        (timedelta(hours=4), {"deputy", "executive"}),
    ],
)
def test_a_void_is_told_rung_by_rung(after: timedelta, rungs: set[str]) -> None:
    now = NOW + after
    report = void_report(without_lead(), now, loaded=NOW)
    here = [one for one in report.voids if one.right is DecisionRight.INCIDENT_LEAD and one.refuses]
    found = list(of_voids(here, now))
    levels = {one.key.split(":")[4] for one in found}
    assert levels <= rungs
    assert ("executive" in levels) == ("executive" in rungs)
    assert all(one.kind is NoticeKind.VOID for one in found)
