from datetime import UTC, datetime, timedelta

import pytest

from broker.stamping.due import RENEW_AGAIN, Newest, Pace, is_due, runs_out_soon

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PACE = Pace(HOUR, at_session_end=False, alarm_after=DAY, renew_before=90 * DAY)
EAGER = Pace(HOUR, at_session_end=True, alarm_after=DAY, renew_before=90 * DAY)


def newest(asked: timedelta, lasts: timedelta) -> Newest:
    return Newest(5, NOW - asked, NOW - asked, NOW + lasts)


def test_the_first_head_is_due_at_once() -> None:
    assert is_due(PACE, NOW, None, None, news=False, ended=False)


@pytest.mark.parametrize(
    ("pace", "ago", "news", "ended", "due"),
    [
        pytest.param(PACE, HOUR, True, False, True, id="an hour after the last, to the instant"),
        pytest.param(PACE, HOUR - timedelta(seconds=1), True, False, False, id="not before"),
        pytest.param(PACE, 9 * HOUR, False, False, False, id="never while nothing is new"),
        pytest.param(PACE, HOUR / 2, True, True, False, id="a session's end waits for the hour"),
        pytest.param(
            EAGER, HOUR / 2, True, True, True, id="a session's end does not, where the plant says so"
        ),
        pytest.param(EAGER, HOUR / 2, True, False, False, id="other news does"),
    ],
)
def test_a_head_is_due_as_often_as_the_plant_says_while_the_ledger_grows(
    pace: Pace, ago: timedelta, news: bool, ended: bool, due: bool
) -> None:
    assert is_due(pace, NOW, NOW - ago, newest(ago, 400 * DAY), news=news, ended=ended) is due


@pytest.mark.parametrize(
    ("lasts", "ago", "due"),
    [
        pytest.param(
            90 * DAY, RENEW_AGAIN, True, id="F16: ninety days before it runs out, though nothing is new"
        ),
        pytest.param(90 * DAY + timedelta(seconds=1), RENEW_AGAIN, False, id="F16: not before"),
        pytest.param(30 * DAY, RENEW_AGAIN - timedelta(seconds=1), False, id="F16: once a day at most"),
        pytest.param(-DAY, RENEW_AGAIN, True, id="F16: and also when it is too late"),
    ],
)
def test_the_newest_stamp_is_renewed_before_it_runs_out(lasts: timedelta, ago: timedelta, due: bool) -> None:
    last = newest(ago, lasts)
    assert is_due(PACE, NOW, NOW - ago, last, news=False, ended=False) is due
    assert runs_out_soon(PACE, last, NOW) is (lasts <= 90 * DAY)
    assert not is_due(PACE, NOW, NOW - ago, None, news=False, ended=False)
