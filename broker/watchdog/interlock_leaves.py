"""What the ledger is told of an interlock that changed. Pure.

A revocation and break-glass are told by whoever asked for them, before they ask; that a session is resumed,
by the watchdog before it is.
"""

from collections.abc import Iterator
from datetime import datetime

from broker.watchdog.interlocks import (
    Agree,
    BreakGlass,
    Command,
    Interlocks,
    Isolate,
    Notice,
    Pause,
    Restore,
    Resume,
    ReviewGlass,
    Revoke,
    SetSignals,
    SetState,
    Stop,
)
from broker.watchdog.overrides import Override, Revert, ReviewOverride, Why
from broker.watchdog.pauses import Ended
from domain.canonical import instant_text
from domain.events import (
    Event,
    Isolated,
    LeavingNoticed,
    OverrideBegun,
    OverrideEnded,
    OverrideReviewed,
    RestoreAgreed,
    Restored,
    SessionPaused,
    StateChanged,
)


def leaves_of(  # noqa: C901, PLR0911 - one return per command
    command: Command, before: Interlocks, after: Interlocks, at: datetime, enforced: str
) -> tuple[Event, ...]:
    """The leaves about ``command``, which made ``after`` of ``before``; ``enforced`` says what the gates did."""
    match command:
        case Isolate(scope, by, reason):
            leaf = Isolated(at=at, scope=scope, by=by, reason=reason, enforced=enforced)
            return (leaf, *_cut_short(before, scope, Why.ISOLATED, at))
        case Stop(session, by, reason):
            scope = f"session:{session}"
            return (Isolated(at=at, scope=scope, by=by, reason=reason, enforced=enforced),)
        case Restore(scope, by, reason):
            restored = Restored(at=at, scope=scope, by=by, reason=reason)
            return (restored, *_cut_short(before, scope, Why.RESTORED, at))
        case SetState():
            return (_set(command, before, after, at),)
        case Notice(person, until, by, reason):
            return (LeavingNoticed(at=at, person=person, until=until, by=by, reason=reason),)
        case Agree(scope, boundary, holder, step):
            return (RestoreAgreed(at=at, scope=scope, boundary=boundary, by=holder, step=step),)
        case Pause(session, by, reason):
            return (SessionPaused(at=at, session=session, by=by, reason=reason, enforced=enforced),)
        case SetSignals():
            return tuple(_signalled(before, after, at))
        case Override() | ReviewOverride():
            return tuple(_overridden(command, after, at, enforced))
        case Revert(number, why, _):
            (one,) = (one for one in before.overrides if one.id == number)
            # That it is over is told before it is: see ``Watchdog``.
            return (Restored(at=at, scope=one.scope, by=one.by, reason=f"reverted by {why}"),)
        case Revoke() | BreakGlass() | ReviewGlass() | Resume() | Ended():
            return ()


def _cut_short(before: Interlocks, scope: str, why: Why, at: datetime) -> Iterator[Event]:
    for one in before.overrides:
        if one.in_force and one.scope == scope:
            yield OverrideEnded(at=at, override=one.id, scope=scope, by=one.by, why=why)


def _overridden(
    command: Override | ReviewOverride, after: Interlocks, at: datetime, enforced: str
) -> Iterator[Event]:
    if isinstance(command, ReviewOverride):
        (one,) = (one for one in after.overrides if one.id == command.id)
        yield OverrideReviewed(
            at=at,
            override=one.id,
            scope=one.scope,
            by=command.by,
            finding=command.finding,
            step=command.step,
        )
        return
    one = after.overrides[-1]
    until = instant_text(one.until) if one.until else ""
    yield OverrideBegun(
        at=at,
        override=one.id,
        scope=one.scope,
        by=one.by,
        reason=one.reason,
        until=until,
        zone=one.zone or "",
        state=str(one.state or ""),
        step=command.step,
        enforced=enforced,
    )
    term = " or ".join(filter(None, (until, f"{one.zone} is in {one.state}" if one.zone else "")))
    yield Isolated(
        at=at, scope=one.scope, by=one.by, reason=f"{one.reason} (until {term})", enforced=enforced
    )


def _set(command: SetState, before: Interlocks, after: Interlocks, at: datetime) -> StateChanged:
    old, now = before.states.get(command.zone), after.states.get(command.zone, command.state)
    reason = command.reason
    if now is not command.state:
        reason = f"{reason} ({command.state} was set, and its signal does not permit it)".strip()
    return StateChanged(
        at=at,
        zone=command.zone,
        before=str(old) if old else "",
        after=str(now),
        by=command.by,
        reason=reason,
    )


def _signalled(before: Interlocks, after: Interlocks, at: datetime) -> Iterator[StateChanged]:
    for zone, one in {**before.signals, **after.signals}.items():
        old, now = before.states.get(zone), after.states.get(zone)
        if old is not now and old is not None and now is not None:
            word = "yes" if zone in after.signals and after.signals[zone].on else "no"
            yield StateChanged(
                at=at,
                zone=zone,
                before=str(old),
                after=str(now),
                by=f"signal:{zone}",
                reason=f"{one.name} says {word}",
            )
