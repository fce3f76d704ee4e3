"""How far a collector is behind."""

from datetime import timedelta

from broker.siem.position import Position
from broker.siem.progress import progress_of
from tests.clock import STARTS

LATE = timedelta(minutes=5)


def test_it_is_late_once_its_oldest_leaf_has_waited_too_long() -> None:
    found = progress_of("soc", Position(5, 4), 7, STARTS, STARTS + LATE, LATE)
    assert (found.behind, found.late, found.waiting_since) == (2, False, STARTS)
    assert progress_of("soc", Position(5, 4), 7, STARTS, STARTS + LATE + timedelta(seconds=1), LATE).late


def test_one_that_has_all_waits_for_nothing() -> None:
    found = progress_of("soc", Position(7, 6), 7, None, STARTS, LATE)
    assert (found.behind, found.late, found.waiting_since, found.set_back) == (0, False, None, False)


def test_a_ledger_that_holds_less_was_set_back() -> None:
    assert progress_of("soc", Position(9, 8), 7, None, STARTS, LATE).set_back


def test_one_that_was_never_sent_anything_has_none() -> None:
    assert progress_of("soc", None, 7, STARTS, STARTS, LATE).last == -1
