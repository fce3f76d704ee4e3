"""The calendar's picture: per asset its permits, the hours in which it may be reached, and what forbids it now. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from broker.console import words
from domain.ids import AssetId, ZoneId
from domain.permit import USABLE, WAITING, Permit, PermitState
from domain.plant import Asset, Conduit, OperatingState
from domain.said import say
from domain.window import TimeWindow
from policies.charter.charter import Charter
from policies.recurrence import covers, times_in

SHOWN = WAITING | USABLE | {PermitState.COMPLETED}
"""What takes time: what waits, may open something, or did."""

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of a lane, in minutes from the board's left edge. A short one is drawn wide enough to be seen."""

    left: int
    width: int


@dataclass(frozen=True, slots=True)
class Bar:
    """One permit on its lane."""

    permit: Permit
    state: PermitState
    block: Block
    conflicts: tuple[str, ...]
    """What stands against it, each a sentence's part."""


@dataclass(frozen=True, slots=True)
class Lane:
    """One asset."""

    asset: Asset
    state: OperatingState | None
    hours: tuple[Block, ...] | None
    """When one of its conduits may be used; None is at any time."""
    forbids: tuple[str, ...]
    """What keeps everybody out of it as things stand."""
    closed: Block | None
    """From now on, while something forbids."""
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """What one page of the calendar shows; ``window`` is half-open."""

    window: TimeWindow
    ticks: tuple[datetime, ...]
    """Where a label stands: each third hour of a day, each day of a week."""
    now: int | None
    """Where now is, in minutes; None when it is not on the board."""
    lanes: tuple[Lane, ...]

    @property
    def minutes(self) -> int:
        """The whole width."""
        return self.window.length // _MINUTE

    @property
    def conflicts(self) -> int:
        """How many permits have something standing against them."""
        return sum(1 for lane in self.lanes for bar in lane.bars if bar.conflicts)


def span_of(first: date, days: int, zone: ZoneInfo) -> TimeWindow:
    """So many days from ``first`` on, midnight to midnight by the clock of ``zone``."""

    def midnight(day: date) -> datetime:
        return datetime.combine(day, time(), zone).astimezone(UTC)

    return TimeWindow(midnight(first), midnight(first + timedelta(days=days)))


def board(
    charter: Charter,
    assets: Iterable[AssetId],
    permits: Iterable[tuple[Permit, PermitState]],
    window: TimeWindow,
    zone: ZoneInfo,
    *,
    now: datetime,
    states: Mapping[ZoneId, str],
    isolated: frozenset[str],
) -> Board:
    """The lanes of ``assets`` over ``window``, in their order. ``zone`` is the clock of the ticks."""
    of: dict[AssetId, list[tuple[Permit, PermitState]]] = {}
    for permit, state in permits:
        if state in SHOWN and permit.window.start < window.end and permit.window.end > window.start:
            of.setdefault(permit.asset, []).append((permit, state))
    return Board(
        window,
        _ticks(window, zone),
        (now - window.start) // _MINUTE if window.contains(now) else None,
        tuple(
            _lane(charter, charter.assets[one], of.get(one, []), window, now, states, isolated)
            for one in assets
        ),
    )


def _lane(
    charter: Charter,
    asset: Asset,
    permits: list[tuple[Permit, PermitState]],
    window: TimeWindow,
    now: datetime,
    states: Mapping[ZoneId, str],
    isolated: frozenset[str],
) -> Lane:
    conduits = [one for one in charter.conduits.values() if one.destination == asset.zone]
    here = ZoneInfo(charter.place_of(asset.id).time_zone)
    word = states.get(asset.zone)
    state = OperatingState(word) if word in frozenset(OperatingState) else None
    forbids = tuple(_forbidding(charter, asset, conduits, state, isolated))
    closed = TimeWindow(max(now, window.start), window.end) if forbids and now < window.end else None
    hours: tuple[Block, ...] | None = None
    if conduits and all(one.hours for one in conduits):
        times = {each for one in conduits for each in times_in(one.hours, here, window)}
        hours = tuple(_block(each, window) for each in sorted(times, key=lambda each: each.start))
    ordered = sorted(permits, key=lambda one: (one[0].window.start, one[0].id))
    return Lane(
        asset,
        state,
        hours,
        forbids,
        _block(closed, window) if closed else None,
        tuple(
            Bar(
                permit,
                standing,
                _block(permit.window, window),
                tuple(dict.fromkeys(_against(charter, permit, standing, ordered, here))),
            )
            for permit, standing in ordered
        ),
    )


def _forbidding(
    charter: Charter,
    asset: Asset,
    conduits: list[Conduit],
    state: OperatingState | None,
    isolated: frozenset[str],
) -> Iterable[str]:
    zone = charter.zones[asset.zone]
    if isolated & {"all", f"site:{zone.site}", f"zone:{zone.id}", f"asset:{asset.id}"}:
        yield say("closed by the kill switch")
    if state is None:
        yield say("its zone's state is not known")
    elif conduits and not any(state in one.states for one in conduits):
        yield say("no way is open while its zone is {state}", state=words.IN_STATES[state])


def _against(
    charter: Charter,
    permit: Permit,
    state: PermitState,
    others: list[tuple[Permit, PermitState]],
    zone: ZoneInfo,
) -> Iterable[str]:
    if state is PermitState.COMPLETED:
        return
    conduit = charter.conduits.get(permit.conduit)
    if conduit and conduit.hours and not covers(conduit.hours, zone, permit.window):
        yield say("outside the hours of {conduit}", conduit=conduit.name)
    for other, standing in others:
        apart = other.window.end <= permit.window.start or permit.window.end <= other.window.start
        if other.id != permit.id and standing in WAITING | USABLE and not apart:
            yield say(
                "at the same time as {person}",
                person=words.short_name(charter.people.get(other.person), other.person),
            )


def _block(one: TimeWindow, window: TimeWindow) -> Block:
    whole = window.length // _MINUTE
    left = max((one.start - window.start) // _MINUTE, 0)
    right = min((one.end - window.start) // _MINUTE, whole)
    least = max(whole // 200, 1)
    return Block(min(left, whole - least), max(right - left, least))


def _ticks(window: TimeWindow, zone: ZoneInfo) -> tuple[datetime, ...]:
    """By the wall's clock: a night in which it is put forward is an hour shorter, and its labels stand nearer."""
    week = window.length > timedelta(days=2)
    first = window.start.astimezone(zone).date()
    days = -(-window.length // timedelta(days=1))
    found = [
        datetime.combine(first + timedelta(days=day), time(hour), zone).astimezone(UTC)
        for day in range(days + 1)
        for hour in ((0,) if week else range(0, 24, 3))
    ]
    return tuple(one for one in found if window.contains(one))
