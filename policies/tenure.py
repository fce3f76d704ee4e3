"""Until when a vendor's person may be here at all: whatever ends first of what the plant has written down.

A session is given no more time than this, so each of these ends it by itself while it runs.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.ids import AssetId, PersonId
from domain.parties import Contract, Person, Training, Vendor
from domain.window import TimeWindow

IDLE_AFTER = timedelta(days=30)  # NIST SP 800-53 AC-2(3) leaves the span to the plant; ours


@dataclass(frozen=True, slots=True)
class LastUse:
    """When each person last came in, as the ledger tells it; ``opened`` is when that ledger began."""

    opened: datetime
    seen: Mapping[PersonId, datetime]


def idle_at(person: Person, use: LastUse) -> datetime:
    """When ``person``'s access closes for not being used; a use, or a new admission, puts it off."""
    admitted = person.admitted.start if person.admitted else use.opened
    return max(admitted, use.opened, use.seen.get(person.id, use.opened)) + IDLE_AFTER


def course_windows(trainings: Iterable[Training], now: datetime) -> dict[str, TimeWindow]:
    """For each course the window that counts: the one that lasts longest of those begun, else the first to come."""
    windows: dict[str, TimeWindow] = {}
    for one in sorted(trainings, key=lambda one: (one.window.start <= now, one.window.end)):
        windows[one.name] = one.window
    return windows


def contracts_in_force(vendor: Vendor, asset: AssetId, now: datetime) -> tuple[Contract, ...]:
    """The running contracts over ``asset``."""
    return tuple(one for one in vendor.covers(asset) if one.window.contains(now))


def subcontract(person: Person, vendor: Vendor) -> TimeWindow | None:
    """For how long the person's own company is listed; None when it is not."""
    return next((one.window for one in vendor.subcontractors if one.id == person.subcontractor), None)


def tenure(person: Person, vendor: Vendor, asset: AssetId, now: datetime) -> datetime | None:
    """The first instant at which ``person`` may no longer be at ``asset``; None when that is past already."""
    contracts = contracts_in_force(vendor, asset, now)
    if person.high_risk or person.proofed is None or not contracts or not person.trainings:
        return None
    windows = [person.admitted, person.checked, *course_windows(person.trainings, now).values()]
    if person.subcontractor is not None:
        windows.append(subcontract(person, vendor))
    ends = [max(one.window.end for one in contracts)]
    for window in windows:
        if window is None or not window.contains(now):
            return None
        ends.append(window.end)
    if person.leaving is not None:
        ends.append(person.leaving.until)
    ends += [one.supported_until for one in vendor.products_of(asset) if one.supported_until is not None]
    end = min(ends)
    return end if now < end else None
