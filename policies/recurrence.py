"""When hours that come again are: RFC 5545 rules read on the plant's own clock, by summer time and winter time.

A day's beginning is a time on the wall. Where the clock is put forward over it, it begins when the clock would
have shown it; where it is put back, at the first of the two. The length is real time. Reckoned once for each day.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from domain.recurrence import Hours
from domain.window import TimeWindow

LONGEST = timedelta(days=1)
AHEAD = timedelta(days=400)
"""How far ahead the next time is looked for; a rule that comes once a year is found."""

_FORM = re.compile(r"[A-Z]+=[A-Z0-9,+-]+(;[A-Z]+=[A-Z0-9,+-]+)*", re.ASCII)
_PARTS = frozenset(
    {"FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "WKST", "COUNT", "UNTIL"}
)
_DAYS = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})


def fault_of(hours: Hours) -> str | None:
    """Why this can't be reckoned with; None when it can."""
    if not _FORM.fullmatch(hours.recurs):
        return "it is no recurrence rule (RFC 5545)"
    parts = dict(one.split("=", 1) for one in hours.recurs.split(";"))
    if parts.get("FREQ") not in _DAYS:
        return "its FREQ is not DAILY, WEEKLY, MONTHLY or YEARLY"
    if more := sorted(parts.keys() - _PARTS):
        return f"it says {more[0]}, which is not for days"
    try:
        found = _between(hours, hours.since, hours.since + AHEAD)
    except (ValueError, TypeError, OverflowError) as error:
        return f"it can't be read: {error}"
    return None if found else "it never comes within a year"


def covers(every: Iterable[Hours], zone: ZoneInfo, window: TimeWindow) -> bool:
    """Whether all of ``window`` lies inside one time of one of ``every``."""
    return any(one.covers(window) for hours in every for one in _around(hours, zone, window.start))


def open_at(every: Iterable[Hours], zone: ZoneInfo, instant: datetime) -> TimeWindow | None:
    """The time that ``instant`` lies in, the one that lasts longest; None outside all."""
    found = [one for hours in every for one in _around(hours, zone, instant) if one.contains(instant)]
    return max(found, key=lambda one: one.end, default=None)


def next_open(every: Iterable[Hours], zone: ZoneInfo, instant: datetime) -> TimeWindow | None:
    """The next time that begins after ``instant``; None when none does within a year."""
    first = instant.astimezone(zone).date()
    found = (
        window
        for hours in every
        for day in _between(hours, first, first + AHEAD)[:2]
        if (window := _window(hours, zone, day)).start > instant
    )
    return min(found, key=lambda one: one.start, default=None)


def times_in(every: Iterable[Hours], zone: ZoneInfo, window: TimeWindow) -> tuple[TimeWindow, ...]:
    """The times that touch ``window``, whole, as each of ``every`` has them; in no order."""
    first, last = (one.astimezone(zone).date() for one in (window.start, window.end))
    return tuple(
        one
        for hours in every
        for day in _between(hours, first - 2 * LONGEST, last + LONGEST)
        if (one := _window(hours, zone, day)).start < window.end and one.end > window.start
    )


MOST_OFFERED = 3


def openings(
    every: Iterable[Hours], zone: ZoneInfo, instant: datetime, length: timedelta
) -> tuple[TimeWindow, ...]:
    """The first times from ``instant`` on that are as long as ``length``, or as an opening lasts if that is less.

    Each begins in a whole minute, ``MOST_OFFERED`` at most, the soonest first; of one opening only the first.
    """
    hours = tuple(every)
    start = (instant + timedelta(seconds=59)).replace(second=0, microsecond=0)
    found: list[TimeWindow] = []
    now = open_at(hours, zone, start)
    if now is not None and now.end - start >= min(length, now.length):
        found.append(TimeWindow(start, start + min(length, now.length)))
    after = now.start if now is not None else start
    while len(found) < MOST_OFFERED and (one := next_open(hours, zone, after)) is not None:
        found.append(TimeWindow(one.start, min(one.start + length, one.end)))
        after = one.start
    return tuple(found)


def _around(hours: Hours, zone: ZoneInfo, instant: datetime) -> Iterator[TimeWindow]:
    """The times that may hold ``instant``: none is longer than a day."""
    today = instant.astimezone(zone).date()
    for day in _between(hours, today - 2 * LONGEST, today + LONGEST):
        yield _window(hours, zone, day)


def _window(hours: Hours, zone: ZoneInfo, day: date) -> TimeWindow:
    start = datetime.combine(day, hours.at, zone).astimezone(UTC)
    return TimeWindow(start, start + hours.length)


@lru_cache(maxsize=1024)
def _between(hours: Hours, first: date, last: date) -> tuple[date, ...]:
    """The days of the rule from ``first`` up to, not including, ``last``."""
    from dateutil.rrule import (  # type: ignore[import-untyped] # noqa: PLC0415 - only where hours are written down
        rrulestr,
    )

    rule = rrulestr(hours.recurs, dtstart=datetime.combine(hours.since, time()))
    start, end = datetime.combine(first, time()), datetime.combine(last, time())
    return tuple(one.date() for one in rule.between(start, end - timedelta(seconds=1), inc=True))
