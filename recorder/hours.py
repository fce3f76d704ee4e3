"""Hours that come again, read anew from what the charter and a template say: was this window inside one of them?

Written apart from the gate's own reckoning, so that one fault in either does not make both agree. It goes through the
days one by one and asks the rule for each, where the gate asks the rule for the days.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr  # type: ignore[import-untyped]

from domain.recurrence import Hours
from domain.window import TimeWindow

LONGEST = timedelta(days=1)


def window_inside(every: Iterable[Hours], zone: str, window: TimeWindow) -> bool:
    """Whether all of ``window`` lies in one time of one of ``every``; ValueError where a rule can't be read."""
    place = ZoneInfo(zone)
    last = window.start.astimezone(place).date()
    days = [
        last - timedelta(days=back) for back in range(3)
    ]  # none is longer than a day, nor a zone off by more
    return any(
        begins <= window.start and window.end <= begins + min(hours.length, LONGEST)
        for hours in every
        for day in days
        if day >= hours.since and _comes(hours, day)
        for begins in [datetime.combine(day, hours.at, place).astimezone(UTC)]
    )


def hours_of(rows: Iterable[object]) -> tuple[Hours, ...]:
    """The hours in a charter's ``[[conduit.hours]]``; KeyError, TypeError or ValueError when they can't be read."""
    return tuple(_hours(row) for row in rows)


def _hours(row: object) -> Hours:
    if not isinstance(row, dict):
        raise TypeError("hours are a table")
    number, unit = str(row["for"])[:-1], str(row["for"])[-1]
    spans = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
    return Hours(
        str(row["recurs"]),
        time.fromisoformat(str(row["at"])),
        timedelta(**{spans[unit]: int(number)}),
        date.fromisoformat(str(row["since"])),
    )


def _comes(hours: Hours, day: date) -> bool:
    rule = rrulestr(hours.recurs, dtstart=datetime.combine(hours.since, time()))
    at = datetime.combine(day, time())
    return bool(rule.between(at, at, inc=True))
