"""Whether there is room for the evidence to come, and what waits to be copied elsewhere. Pure.

Judged from what lies in the node's folders alone, never from what the uploader says of itself: one that
is stuck, or dead, is seen as well as a store that is away. Sizes in bytes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

FAR_S = 3e10
"""A thousand years: whatever comes later is all the same."""
HOUR, WEEK = timedelta(hours=1), timedelta(days=7)


class Alarm(StrEnum):
    """Why somebody is told. Stable."""

    BACKLOG_OLD = "backlog_old"
    BACKLOG_BIG = "backlog_big"
    DISK_USED = "disk_used"


class Refusal(StrEnum):
    """Why no new session opens. Stable: the rule's codes."""

    DISK_FILLING = "disk_filling"
    BACKLOG_FULL = "backlog_full"


@dataclass(frozen=True, slots=True)
class Lying:
    """A recording on the node's disk."""

    bytes: int
    begun: datetime
    sealed: datetime | None = None
    """None: it is being written."""
    copied: bool = False
    """Whether there is a receipt for it."""


@dataclass(frozen=True, slots=True)
class Disk:
    """The disk that recordings lie on. ``floor``: how much must stay free for those that are open."""

    free: int
    total: int
    floor: int


@dataclass(frozen=True, slots=True)
class Terms:
    """What the plant set."""

    copies: bool = False
    """Whether recordings are to be copied elsewhere."""
    old_after: timedelta = HOUR
    big_after: int = 0
    """0: however big."""
    full_after: int = 0
    """No new session opens with so much waiting. 0: only the disk decides."""
    ahead: timedelta = HOUR
    """No new session opens when the disk would be down to its floor so soon."""
    used_share: float = 0.75
    """Somebody is told when so much of the disk is used (AU-5(1), SR 2.9 RE 1)."""


@dataclass(frozen=True, slots=True)
class Room:
    """How it stands at one instant."""

    waiting: int
    """How many sealed recordings are not copied yet; none where none are to be."""
    waiting_bytes: int
    oldest: datetime | None
    disk: Disk
    last_hour: int
    """How many bytes were recorded in it."""
    last_week: int
    filled_in: timedelta | None
    """After how long the disk is down to its floor at the last hour's pace; None when nothing was recorded in it."""
    days_left: int | None
    """The same at the last week's pace, in whole days."""
    alarms: tuple[Alarm, ...]
    refusal: Refusal | None


def room(lying: Iterable[Lying], disk: Disk, terms: Terms, now: datetime) -> Room:
    """How it stands at ``now``."""
    every = tuple(lying)
    waiting = [] if not terms.copies else [one for one in every if one.sealed is not None and not one.copied]
    waiting_bytes = sum(one.bytes for one in waiting)
    oldest = min((one.sealed for one in waiting if one.sealed is not None), default=None)
    last_hour, last_week = (sum(_within(one, now, span) for one in every) for span in (HOUR, WEEK))
    left = max(0, disk.free - disk.floor)
    filled_in = _filled_in(left, last_hour, HOUR)
    slowly = _filled_in(left, last_week, WEEK)
    alarms = []
    if oldest is not None and now - oldest >= terms.old_after:
        alarms.append(Alarm.BACKLOG_OLD)
    if terms.big_after and waiting_bytes >= terms.big_after:
        alarms.append(Alarm.BACKLOG_BIG)
    if disk.total and (disk.total - disk.free) / disk.total >= terms.used_share:
        alarms.append(Alarm.DISK_USED)
    refusal = None
    if filled_in is not None and filled_in <= terms.ahead:
        refusal = Refusal.DISK_FILLING
    elif terms.full_after and waiting_bytes >= terms.full_after:
        refusal = Refusal.BACKLOG_FULL
    return Room(
        waiting=len(waiting),
        waiting_bytes=waiting_bytes,
        oldest=oldest,
        disk=disk,
        last_hour=last_hour,
        last_week=last_week,
        filled_in=filled_in,
        days_left=None if slowly is None else slowly.days,
        alarms=tuple(alarms),
        refusal=refusal,
    )


def _within(one: Lying, now: datetime, span: timedelta) -> int:
    """How much of it came in the last ``span``: it is taken to have grown evenly while it was written."""
    end = min(now, one.sealed or now)
    begun = min(one.begun, end)  # a key that was wrapped anew looks younger than its recording
    came = end - max(begun, now - span)
    if came < timedelta():
        return 0
    return one.bytes if begun >= now - span else int(one.bytes * (came / (end - begun)))


def _filled_in(left: int, came: int, span: timedelta) -> timedelta | None:
    if came <= 0:
        return None
    return timedelta(seconds=min(FAR_S, span.total_seconds() * left / came))
