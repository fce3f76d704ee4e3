from typing import Any

import pytest

from broker.watchdog.pauses import NONE, Ended, Pause, Paused, Resume, document_of, paused_after, pauses_of
from domain.errors import TransitionError
from domain.ids import SessionId

ONE, TWO = SessionId("s" * 26), SessionId("t" * 26)
AT = "2026-03-02T12:00:00Z"
PAUSED = paused_after(NONE, Pause(ONE, "petra", "wrong valve", AT))


def test_a_pause_is_of_one_session_and_says_who_when_and_why() -> None:
    assert {ONE: Paused("petra", AT, "wrong valve")} == PAUSED
    assert paused_after(PAUSED, Resume(ONE, "petra", "")) == NONE


def test_the_first_pause_stands_so_that_nobody_makes_it_theirs_and_lifts_it() -> None:
    with pytest.raises(TransitionError, match="already, by petra"):
        paused_after(PAUSED, Pause(ONE, "milo", "mine now"))


@pytest.mark.parametrize("pauses", [NONE, PAUSED])
def test_what_is_not_paused_is_not_resumed(pauses: Any) -> None:
    with pytest.raises(TransitionError, match="not paused"):
        paused_after(pauses, Resume(TWO, "petra", ""))


def test_a_session_that_ended_leaves_no_pause_behind_and_takes_no_other_s() -> None:
    both = paused_after(PAUSED, Pause(TWO, "milo", ""))
    assert paused_after(both, Ended(frozenset({ONE}))).keys() == {TWO}
    assert paused_after(NONE, Ended(frozenset({ONE}))) == NONE


def test_what_is_written_reads_back() -> None:
    assert pauses_of(document_of(PAUSED)) == PAUSED


@pytest.mark.parametrize(
    "document",
    [
        [],
        {"short": {"by": "kim", "at": AT, "reason": ""}},
        {ONE: "kim"},
        {ONE: {"by": "kim", "at": AT}},
        {ONE: {"by": "kim", "at": AT, "reason": "", "more": 1}},
        {ONE: {"by": 7, "at": AT, "reason": ""}},
        {ONE: {"by": "kim", "at": "noon", "reason": ""}},
    ],
    ids=str,
)
def test_what_is_no_pause_is_refused(document: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        pauses_of(document)
