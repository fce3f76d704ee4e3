from datetime import date, time, timedelta

from domain.recurrence import Hours


def test_hours_say_on_which_days_from_when_and_for_how_long() -> None:
    hours = Hours("FREQ=DAILY", time(8), timedelta(hours=9), date(2026, 1, 1))
    assert hours == Hours("FREQ=DAILY", time(8), timedelta(hours=9), date(2026, 1, 1))
    assert len({hours, hours}) == 1  # what was reckoned for them is kept by them
