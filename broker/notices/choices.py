"""How a person wants to be told, and which way and when a notice therefore goes. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from broker.notices.message import is_address
from domain.canonical import Json
from domain.ids import PersonId
from domain.notice import MOST_SENTENCES, Notice, NoticeKind

DIGESTED = frozenset(
    {
        NoticeKind.ASKED,
        NoticeKind.DECIDED,
        NoticeKind.LAPSED,
        NoticeKind.STATE,
        NoticeKind.LEAVING,
    }
)
"""Kinds that a person may leave to the digest. The others would come too late by it."""


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours in which a person is left alone, on the clock of their own zone: ``start`` inside, ``end`` outside."""

    start: time
    end: time
    zone: str

    def until(self, now: datetime) -> datetime | None:
        """When the quiet hours end that ``now`` lies in; None when it lies in none. Equal ends are no hours."""
        local = now.astimezone(ZoneInfo(self.zone))
        at = local.time().replace(tzinfo=None)
        over_midnight = self.end < self.start
        inside = (at >= self.start or at < self.end) if over_midnight else self.start <= at < self.end
        if not inside:
            return None
        day = local.date() + timedelta(days=1 if over_midnight and at >= self.start else 0)
        return _instant(day, self.end, self.zone)

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M} {self.zone}"


@dataclass(frozen=True, slots=True)
class Choices:
    """One person's. Without any: every way that there is, at once, and no e-mail for want of an address."""

    mail: str = ""
    """Where they read e-mail; empty where they don't want any."""
    quiet: Quiet | None = None
    digest: frozenset[NoticeKind] = frozenset()
    """Kinds that come once a day, in one notice."""
    digest_at: time = time(7, 0)
    zone: str = "UTC"
    """By whose clock the digest comes."""

    def document(self) -> Json:
        """As it is kept."""
        return {
            "mail": self.mail,
            "quiet": None
            if self.quiet is None
            else [f"{self.quiet.start:%H:%M}", f"{self.quiet.end:%H:%M}", self.quiet.zone],
            "digest": sorted(self.digest),
            "digest_at": f"{self.digest_at:%H:%M}",
            "zone": self.zone,
        }

    @classmethod
    def of(cls, document: Mapping[str, Json]) -> "Choices":
        """What ``document`` wrote; ValueError says in a sentence what can't be."""
        quiet = document.get("quiet")
        mail = str(document.get("mail") or "")
        if mail and not is_address(mail):
            raise ValueError("This is no e-mail address that can be written to.")
        found = None
        if isinstance(quiet, list | tuple):
            start, end, zone = (str(one) for one in quiet)
            found = Quiet(_time(start), _time(end), _zone(zone))
        digest = document.get("digest")
        kinds = (
            frozenset(NoticeKind(str(one)) for one in digest)
            if isinstance(digest, list | tuple)
            else frozenset()
        )
        if not kinds <= DIGESTED:
            raise ValueError("This can't be left to a digest: it would come too late.")
        return cls(
            mail=mail,
            quiet=found,
            digest=kinds,
            digest_at=_time(str(document.get("digest_at") or "07:00")),
            zone=_zone(str(document.get("zone") or "UTC")),
        )


class Way(Protocol):
    """What routing must know of a channel."""

    @property
    def name(self) -> str: ...
    @property
    def personal(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """One notice by one channel, not before ``due``."""

    channel: str
    due: datetime


def route(
    notice: Notice,
    choices: Choices,
    ways: Iterable[Way],
    now: datetime,
    *,
    lead: bool,
    outside: bool,
    browsers: bool = False,
) -> tuple[Delivery, ...]:
    """Which ways ``notice`` goes besides the console, and from when on.

    ``lead``: its person holds ``incident_lead``, and is never kept from hearing. ``outside``: a vendor's
    person, of whom a chat room of the plant hears nothing. ``browsers``: they subscribed some.
    """
    pressing = notice.urgent or lead
    if notice.kind in choices.digest and not pressing:
        return ()
    quiet = None if pressing or choices.quiet is None else choices.quiet.until(now)
    found = []
    for way in ways:
        if way.personal:
            if browsers if way.name == PUSH else choices.mail:
                found.append(Delivery(way.name, quiet or now))
        elif way.name != "chat" or not outside:
            found.append(Delivery(way.name, now))
    return tuple(found)


PUSH = "push"
"""The personal way that goes to browsers, and not to an address of e-mail."""

FIRST_WAIT, URGENT_WAIT = timedelta(minutes=1), timedelta(seconds=10)


def wait_after(attempts: int, *, urgent: bool) -> timedelta:
    """How long to wait after so many attempts failed: twice as long each time, and an hour at most."""
    first = URGENT_WAIT if urgent else FIRST_WAIT
    return min(first * (1 << min(attempts - 1, 12)), timedelta(hours=1))


def digest_due(choices: Choices, now: datetime) -> str | None:
    """The day (``2026-03-02``) whose digest should be there by ``now``; None before its hour, or without any."""
    if not choices.digest:
        return None
    local = now.astimezone(ZoneInfo(choices.zone))
    return (
        local.date().isoformat() if now >= _instant(local.date(), choices.digest_at, choices.zone) else None
    )


def digest_of(person: PersonId, day: str, notices: Iterable[Notice], now: datetime) -> Notice | None:
    """One notice about many; None when there is nothing to tell."""
    told = [f"{one.at:%Y-%m-%d %H:%M} UTC: {one.subject}" for one in notices]
    if not told:
        return None
    shown = (
        told
        if len(told) <= MOST_SENTENCES
        else [*told[: MOST_SENTENCES - 1], f"And {len(told) - MOST_SENTENCES + 1} more."]
    )
    what = "thing" if len(told) == 1 else "things"
    return Notice(
        key=f"digest:{day}",
        to=person,
        kind=NoticeKind.DIGEST,
        at=now,
        subject=f"{len(told)} {what} since the last digest",
        sentences=tuple(shown),
        path="/told",
    )


def _instant(day: date, at: time, zone: str) -> datetime:
    # A time that a change of clocks leaves out is read by the offset before it: an hour late at most.
    return datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC)


def _time(text: str) -> time:
    try:
        return datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007  # a time of day has no zone
    except ValueError:
        raise ValueError("A time of day is written 22:30.") from None


def _zone(text: str) -> str:
    try:
        return ZoneInfo(text).key
    except (ValueError, OSError, KeyError):
        raise ValueError("A zone is written Europe/Amsterdam.") from None
