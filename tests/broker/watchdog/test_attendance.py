import pytest

from broker.watchdog.attendance import LOST_AFTER_S, SAID_EVERY_S, Attendance

ZONE = "zone:cell-1"


@pytest.mark.parametrize(
    ("at_s", "there"),
    [
        pytest.param(10.0, True, id="at once"),
        pytest.param(10.0 + LOST_AFTER_S - 0.001, True, id="the last instant"),
        pytest.param(10.0 + LOST_AFTER_S, False, id="gone at the limit"),
    ],
)
def test_a_watcher_counts_until_they_were_silent_for_too_long(at_s: float, there: bool) -> None:
    """D11: an attendant who is lost is noticed by their silence."""
    assert (ZONE in Attendance().said(ZONE, "kim", 10.0).at(at_s).scopes) is there


def test_saying_it_again_lasts_longer_and_leaving_ends_it() -> None:
    attendance = Attendance().said(ZONE, "kim", 0.0).said(ZONE, "kim", SAID_EVERY_S)
    assert attendance.at(LOST_AFTER_S).scopes == (ZONE,)
    assert attendance.left(ZONE, "kim").scopes == ()


def test_one_watcher_of_two_is_enough() -> None:
    attendance = Attendance().said(ZONE, "kim", 0.0).said(ZONE, "milo", 1.0)
    assert attendance.watchers == {(ZONE, "kim"), (ZONE, "milo")}
    assert attendance.left(ZONE, "kim").scopes == (ZONE,)
    assert attendance.at(LOST_AFTER_S).watchers == {(ZONE, "milo")}


def test_one_lost_word_is_no_absence() -> None:
    assert LOST_AFTER_S >= 2 * SAID_EVERY_S
