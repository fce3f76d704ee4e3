"""Who is to be called when nobody decides, and from which instant on. Values in, calls out; nobody is called here.

Whatever waits has a ladder of rungs: first whose it is to decide, then who stands in, then who settles a
dispute, then who answers for the whole. Being called gives nobody a right: whoever may decide still decides.
A rung that nobody stands on is there all the same, so that it is seen.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from approvals.quorum import Terms, at_turn, deciders
from domain.break_glass import REVIEW_WITHIN, Glass
from domain.dispute import Dispute
from domain.ids import PersonId
from domain.permit import Permit
from domain.rights import DecisionRight
from domain.timers import Timers


class Level(StrEnum):
    """How far up the ladder a rung is."""

    HOLDER = "holder"
    """Whose it is in the first place; who asked for it told them."""
    DEPUTY = "deputy"
    """Who stands in, and whom it was delegated to."""
    ARBITER = "arbiter"
    EXECUTIVE = "executive"


FIRST = frozenset({Level.HOLDER})
"""Nobody is called at these: they know since it began."""


@dataclass(frozen=True, slots=True)
class Rung:
    """From ``at`` on it is these persons' to see to."""

    level: Level
    persons: tuple[PersonId, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Matter:
    """Something that waits for somebody: a wish, a dispute, a void, a review."""

    about: str
    """``permit:…``, ``dispute:…``, ``void:RIGHT:BOUNDARY`` or ``review:…``; the same for as long as it waits."""
    since: datetime
    until: datetime | None
    """When it ends by itself, if it does; nobody is called for what is over."""
    rungs: tuple[Rung, ...]
    """In the order of their instants."""

    def reached(self, now: datetime) -> tuple[Rung, ...]:
        """The rungs that are due; the instant itself is."""
        return tuple(one for one in self.rungs if one.at <= now)

    def next(self, now: datetime) -> Rung | None:
        """The next one to come."""
        return next((one for one in self.rungs if one.at > now), None)


@dataclass(frozen=True, slots=True)
class Call:
    """One level that is to be called now. ``key`` is the same however often it is found."""

    key: str
    matter: Matter
    rung: Rung


def due(matters: Iterable[Matter], now: datetime) -> tuple[Call, ...]:
    """Every call that is to have been made by ``now``, the earliest first."""
    calls = [
        Call(f"{one.about}:{rung.level}:{int(one.since.timestamp())}", one, rung)
        for one in matters
        if one.until is None or now < one.until
        for rung in one.reached(now)
        if rung.level not in FIRST
    ]
    return tuple(sorted(calls, key=lambda call: (call.rung.at, call.key)))


def of_wish(
    permit: Permit,
    given: Iterable[tuple[DecisionRight, PersonId]],
    terms: Terms,
    timers: Timers,
    executive: PersonId | None,
    now: datetime,
) -> Matter:
    """A wish: the holders of the rights that have not said yes, then who may stand in, then the executive."""
    open_rights = at_turn(terms, tuple(given), now)
    holders = _each(
        person
        for right in sorted(open_rights)
        if (one := terms.holdings.get(right)) is not None and one.window.contains(now)
        for person in one.holders
    )
    able = deciders(terms, now, open_rights)
    since, until = permit.requested_at, timers.decide_by(permit)
    return _matter(
        f"permit:{permit.id}",
        since,
        until,
        Rung(Level.HOLDER, tuple(one for one in holders if one in able), since),
        Rung(Level.DEPUTY, tuple(one for one in able if one not in holders), since + timers.deputy_after),
        Rung(Level.EXECUTIVE, _each([executive]), since + timers.executive_after),
    )


def of_dispute(
    permit: Permit, dispute: Dispute, opened: datetime, timers: Timers, executive: PersonId | None
) -> Matter:
    """A dispute: its arbiter at once, and the executive when half of the arbiter's time is over."""
    half = opened + min(timers.executive_after, (dispute.until - opened) / 2)
    return _matter(
        f"dispute:{permit.id}:{dispute.right}",
        opened,
        dispute.until,
        Rung(Level.ARBITER, (dispute.arbiter,), opened),
        Rung(Level.EXECUTIVE, _each([executive]), half),
    )


def of_review(glass: Glass, skipped: Iterable[PersonId], executive: PersonId | None) -> Matter:
    """A use of break-glass that nobody has reviewed: those passed over, then the executive once it is overdue."""
    return _matter(
        f"review:{glass.permit}",
        glass.at,
        None,
        Rung(Level.HOLDER, tuple(one for one in _each(skipped) if one not in glass.by), glass.at),
        Rung(Level.EXECUTIVE, _each([executive]), glass.at + REVIEW_WITHIN),
    )


def of_void(
    right: DecisionRight,
    boundary: str,
    since: datetime,
    steps: Iterable[tuple[str, PersonId | None, datetime]],
) -> Matter:
    """A right that nobody holds: the steps of the void report, by level, person and instant."""
    rungs = (Rung(Level(level), _each([person]), at) for level, person, at in steps)
    return _matter(f"void:{right}:{boundary}", since, None, *rungs)


def _matter(about: str, since: datetime, until: datetime | None, *rungs: Rung) -> Matter:
    within = [one for one in rungs if until is None or one.at < until]
    return Matter(about, since, until, tuple(sorted(within, key=lambda one: one.at)))


def _each(persons: Iterable[PersonId | None]) -> tuple[PersonId, ...]:
    return tuple(dict.fromkeys(one for one in persons if one is not None))
