"""Signs that people find their own way around the charter (requirements S-39, J13): patterns in what the ledger tells.

Not a breach, each by itself allowed and recorded; together they say that a rule does not fit the work, or
that somebody tries doors. Every finding has one owner: who holds ``connect`` there, else the executive.
Pure: events in the order of the ledger, an instant, findings out.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from domain.canonical import Json, instant_of, text_in
from domain.ids import AssetId, PersonId
from domain.rights import DecisionRight
from domain.said import say
from policies.charter.charter import Charter

KINDS = frozenset(
    {"GlassBroken", "PassageRefused", "PermitChanged", "PermitRequested", "RequestRefused", "SessionOpened"}
)
"""The events that the patterns are made of; all others may be left out."""

LOOK_BACK = timedelta(days=30)
SOON = timedelta(hours=24)
GAP = timedelta(hours=1)
"""Permits that follow each other this closely are one visit, extended."""

OFTEN = 3
TWICE = 2

Event = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Workaround:
    """One pattern: a stable code, what it is about, who answers for looking into it, and how often it was seen."""

    code: str
    subject: str
    owner: str
    """A person's id; ``nobody`` where a void has no executive either, which the void report says first."""
    sentence: str
    times: int
    last: datetime


def workarounds(charter: Charter, events: Iterable[Event], at: datetime) -> tuple[Workaround, ...]:
    """Every pattern of the last thirty days, in the order of its code and subject."""
    told = (one for one in events if one.get("event") in KINDS)
    recent = tuple(one for one in told if at - LOOK_BACK <= _at(one) <= at)
    found = [
        *_repeated_break_glass(charter, recent, at),
        *_denied_then_other_path(charter, recent, at),
        *_recurring_extension(charter, recent, at),
        *_same_day_re_request(charter, recent, at),
    ]
    return tuple(sorted(found, key=lambda one: (one.code, one.subject)))


def _repeated_break_glass(charter: Charter, events: Sequence[Event], at: datetime) -> Iterator[Workaround]:
    uses: dict[str, list[Event]] = {}
    for one in events:
        if one.get("event") == "GlassBroken":
            uses.setdefault(text_in(one, "boundary"), []).append(one)
    for boundary, here in uses.items():
        if len(here) >= TWICE:
            yield Workaround(
                "repeated_break_glass",
                boundary,
                _answerable(charter, (boundary,), at),
                say(
                    "The glass over {boundary} was broken {times} times in thirty days: the holder is too hard to reach, or has too few deputies.",
                    boundary=boundary,
                    times=len(here),
                ),
                len(here),
                _at(here[-1]),
            )


def _denied_then_other_path(charter: Charter, events: Sequence[Event], at: datetime) -> Iterator[Workaround]:
    """Refused at one machine, and within a day in at another of the same zone."""
    refused: list[tuple[datetime, str, str]] = []
    seen: dict[tuple[str, str], list[datetime]] = {}
    for one in events:
        person, asset = text_in(one, "person"), text_in(one, "asset")
        if one.get("event") in {"RequestRefused", "PassageRefused"} and asset:
            refused.append((_at(one), person, asset))
        elif one.get("event") == "SessionOpened":
            zone = _zone(charter, asset)
            for when, who, where in refused:
                other = where != asset and zone and _zone(charter, where) == zone
                if who == person and other and _at(one) - when <= SOON:
                    seen.setdefault((person, zone), []).append(_at(one))
                    break
    for (person, zone), times in seen.items():
        yield Workaround(
            "denied_then_other_path",
            say("{person} in {zone}", person=person, zone=zone),
            _answerable(charter, _around(charter, zone), at),
            say(
                "{person} was refused at one machine of {zone} and within a day let in at another.",
                person=person,
                zone=zone,
            ),
            len(times),
            times[-1],
        )


def _recurring_extension(charter: Charter, events: Sequence[Event], at: datetime) -> Iterator[Workaround]:
    """One permit after the other, so that a window without an end is made of short ones."""
    runs: dict[tuple[str, str], list[tuple[str, datetime, datetime]]] = {}
    longest: dict[tuple[str, str], tuple[int, datetime]] = {}
    for one in events:
        if one.get("event") != "SessionOpened":
            continue
        key, permit = (text_in(one, "person"), text_in(one, "asset")), text_in(one, "permit")
        run = runs.setdefault(key, [])
        if run and run[-1][0] == permit:
            continue
        if run and _at(one) - run[-1][2] > GAP:
            run.clear()
        run.append((permit, _at(one), instant_of(text_in(one, "deadline"))))
        if len(run) >= OFTEN and len(run) >= longest.get(key, (0, at))[0]:
            longest[key] = (len(run), _at(one))
    for (person, asset), (times, last) in longest.items():
        yield Workaround(
            "recurring_extension",
            say("{person} at {asset}", person=person, asset=asset),
            _answerable(charter, _around(charter, _zone(charter, asset)), at),
            say(
                "{person} had {times} permits for {asset} with hardly a break between them: the windows are too short for the work, or the work has no end.",
                person=person,
                times=times,
                asset=asset,
            ),
            times,
            last,
        )


def _same_day_re_request(charter: Charter, events: Sequence[Event], at: datetime) -> Iterator[Workaround]:
    """Refused by the holder, and asked for again before the day was over."""
    asked: dict[str, tuple[str, str]] = {}
    refused: dict[tuple[str, str], datetime] = {}
    seen: dict[tuple[str, str], list[datetime]] = {}
    for one in events:
        if one.get("event") == "PermitRequested":
            key = (text_in(one, "person"), text_in(one, "asset"))
            asked[text_in(one, "permit")] = key
            clock = ZoneInfo(charter.place_of(AssetId(key[1])).time_zone)
            if key in refused and _day(refused[key], clock) == _day(_at(one), clock):
                seen.setdefault(key, []).append(_at(one))
        elif one.get("event") == "PermitChanged" and one.get("after") == "refused":
            key = asked.get(text_in(one, "permit"), ("", ""))
            if key != ("", ""):
                refused[key] = _at(one)
    for (person, asset), times in seen.items():
        yield Workaround(
            "same_day_re_request",
            say("{person} at {asset}", person=person, asset=asset),
            _answerable(charter, _around(charter, _zone(charter, asset)), at),
            say(
                "{person} was refused at {asset} and asked again on the same day.", person=person, asset=asset
            ),
            len(times),
            times[-1],
        )


def _answerable(charter: Charter, boundaries: Sequence[str], at: datetime) -> str:
    """Who holds ``connect`` over the nearest of ``boundaries``, or answers for the whole."""
    for boundary in boundaries:
        for one in charter.holdings:
            if (one.right, one.boundary) == (DecisionRight.CONNECT, boundary) and one.window.contains(at):
                return one.holder
    executive: PersonId | None = charter.escalation.executive
    return executive or "nobody"


def _around(charter: Charter, zone: str) -> tuple[str, ...]:
    found = next((one for one in charter.zones.values() if one.id == zone), None)
    whole = str(charter.organisation.id)
    return (zone, str(found.site), whole) if found is not None else (whole,)


def _zone(charter: Charter, asset: str) -> str:
    found = charter.assets.get(AssetId(asset))
    return str(found.zone) if found is not None else ""


def _day(instant: datetime, clock: ZoneInfo) -> object:
    return instant.astimezone(clock).date()


def _at(event: Event) -> datetime:
    return instant_of(text_in(event, "at"))
