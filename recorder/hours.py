"""Hours that come again, read anew from what the charter and a template say: was this window inside one of them?

Written apart from the gate's own reckoning, so that one fault in either does not make both agree. It goes through the
days one by one and asks the rule for each, where the gate asks the rule for the days.
"""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.recurrence import Hours
from domain.window import TimeWindow

LONGEST = timedelta(days=1)
_CLOCK = re.compile(r"([0-9]{2}):([0-9]{2})", re.ASCII)
_SPAN = re.compile(r"([0-9]{1,6})([mhd])", re.ASCII)
_PARTS = ("INTERVAL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "WKST", "COUNT", "UNTIL")
_RULE = re.compile(rf"FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)(;({'|'.join(_PARTS)})=[0-9A-Z,+-]+)*", re.ASCII)
"""What of RFC 5545 counts days. A library reads more: other frequencies, small letters, the name of the property."""
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


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
    at, span = _CLOCK.fullmatch(str(row["at"])), _SPAN.fullmatch(str(row["for"]))
    if at is None or span is None:
        raise ValueError("hours begin at HH:MM, and last a whole number of m, h or d")
    if not _RULE.fullmatch(str(row["recurs"])):
        raise ValueError("hours come again by the day, the week, the month or the year")
    return Hours(
        str(row["recurs"]),
        time(int(at[1]), int(at[2])),
        timedelta(**{_UNITS[span[2]]: int(span[1])}),
        day_of(str(row["since"])),
    )


def day_of(text: str) -> date:
    """The day that ``text`` writes as YYYY-MM-DD; ValueError for any other form."""
    day = date.fromisoformat(text)
    if day.isoformat() != text:
        raise ValueError(f"{text!r} is not a day in its one written form")
    return day


def _comes(hours: Hours, day: date) -> bool:
    from dateutil.rrule import (  # type: ignore[import-untyped] # noqa: PLC0415 -- few charters have hours
        rrulestr,
    )

    rule = rrulestr(hours.recurs, dtstart=datetime.combine(hours.since, time()))
    at = datetime.combine(day, time())
    return bool(rule.between(at, at, inc=True))
