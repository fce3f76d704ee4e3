"""How soon access must be gone when a person needs it no longer (CIP-004-7 R5.1 and R5.2, paraphrased)."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.parties import LeavingKind


def leaving_deadline(kind: LeavingKind, noticed: datetime, zone: ZoneInfo) -> datetime:
    """The first instant without access: at once, or the midnight that ends the next calendar day in ``zone``.

    A midnight that the clocks skip is the first instant after it; of one that happens twice, the first.
    """
    if kind is LeavingKind.TERMINATED:
        return noticed.astimezone(UTC)
    day_after = noticed.astimezone(zone).date() + timedelta(days=2)
    return datetime.combine(day_after, time(), zone).astimezone(UTC)
