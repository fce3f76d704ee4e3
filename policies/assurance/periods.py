"""How long evidence counts: ISO 8601 durations, reckoned on the calendar where they are in months or years."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_FORM = re.compile(r"P(?:(\d{1,3})Y)?(?:(\d{1,4})M)?(?:(\d{1,5})D)?(?:T(\d{1,5})H)?", re.ASCII)
_FOUR_YEARS = tuple(
    datetime(2000 + year, month, 1, tzinfo=UTC) for year in range(4) for month in range(1, 13)
)
"""Every length that a month and a year can have: to compare ninety days with three months."""


@dataclass(frozen=True, slots=True)
class Period:
    """So many calendar months, days and hours. Never nothing."""

    months: int = 0
    days: int = 0
    hours: int = 0

    def after(self, start: datetime) -> datetime:
        """The first instant that lies outside, counted from ``start``, in UTC.

        A month on from a day that the month does not have is its last day: one month after 31 January is the
        last of February.
        """
        month = start.month - 1 + self.months
        year, month = start.year + month // 12, month % 12 + 1
        moved = start.replace(year=year, month=month, day=min(start.day, _days_in(year, month)))
        return moved + timedelta(days=self.days, hours=self.hours)

    def within(self, other: "Period") -> bool:
        """Whether it is never longer than ``other``, whenever it begins."""
        return all(self.after(start) <= other.after(start) for start in _FOUR_YEARS)

    def __str__(self) -> str:
        """As it is written: ``P15M``, ``P90D``, ``PT24H``."""
        months = f"{self.months}M" if self.months else ""
        days = f"{self.days}D" if self.days else ""
        return f"P{months}{days}" + (f"T{self.hours}H" if self.hours else "")


def period(text: str) -> Period:
    """The period that ``text`` writes; ValueError for another form, and for none at all."""
    match = _FORM.fullmatch(text)
    years, months, days, hours = (int(part or 0) for part in match.groups()) if match else (0, 0, 0, 0)
    found = Period(years * 12 + months, days, hours)
    if found == Period():
        raise ValueError(f"{text!r} is not a period such as P90D, P3M or PT24H")
    return found


def _days_in(year: int, month: int) -> int:
    first = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
    return (first - timedelta(days=1)).day
