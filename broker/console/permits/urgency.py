"""The holder's queue: what waits for them first, what lapses first, and what is new since they last looked. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from approvals.filed import Filed
from broker.console.permits.sheet import Sheet
from domain.said import say

SOON = timedelta(minutes=30)
"""What lapses within this is marked."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One permit that waits, and why it stands where it stands."""

    sheet: Sheet
    left: timedelta
    """Until it lapses, undecided; never below zero."""
    soon: bool
    news: str
    """``new`` or ``changed`` since the reader last looked; empty for what they have seen."""


@dataclass(frozen=True, slots=True)
class Queue:
    """Everything that waits, most urgent first."""

    yours: tuple[Waiting, ...]
    others: tuple[Waiting, ...]

    @property
    def news(self) -> int:
        """How many are new or changed."""
        return sum(1 for one in (*self.yours, *self.others) if one.news)


def queue_of(sheets: Iterable[Sheet], since: datetime | None, now: datetime) -> Queue:
    """``sheets`` in the order of their urgency; ``since``: when the reader last looked, None if never."""
    found = sorted((_waiting(one, since, now) for one in sheets), key=_urgency)
    return Queue(
        tuple(one for one in found if one.sheet.mine), tuple(one for one in found if not one.sheet.mine)
    )


def changed_at(filed: Filed) -> datetime:
    """When anything last happened to it."""
    return max([filed.filed_at, *(one.at for one in filed.approvals), *(one.at for one in filed.history)])


def _waiting(sheet: Sheet, since: datetime | None, now: datetime) -> Waiting:
    ends = sheet.lapses or sheet.permit.window.end
    news = ""
    if since is not None and changed_at(sheet.filed) > since:
        news = say("new") if sheet.filed.filed_at > since else say("changed")
    left = max(ends - now, timedelta())
    return Waiting(sheet, left, left <= SOON, news)


def _urgency(one: Waiting) -> tuple[timedelta, bool, datetime, str]:
    """What lapses first; of two that lapse together what touches a safety zone; then what was asked for first."""
    return one.left, not one.sheet.names.safety, one.sheet.permit.requested_at, one.sheet.permit.id
