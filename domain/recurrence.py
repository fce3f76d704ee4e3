"""Hours that come again: on which days a conduit may be used, from when, for how long."""

from dataclasses import dataclass
from datetime import date, time, timedelta


@dataclass(frozen=True, slots=True)
class Hours:
    """One recurring span, on the clock of the site that the conduit leads into. Reckoned in ``policies.recurrence``."""

    recurs: str
    """On which days: a recurrence rule of RFC 5545, such as ``FREQ=WEEKLY;BYDAY=MO,TH``."""
    at: time
    """When it begins on such a day, by the clock on the wall there."""
    length: timedelta
    """How long it lasts, in real time: an hour that the clock skips or repeats makes it neither shorter nor longer."""
    since: date
    """The first day that may be one; what ``INTERVAL`` is counted from."""
