"""What keeps sessions shut whatever a permit says: isolation, operating states, revocations.

The watchdog keeps these in a file of its own, so that the kill switch needs no database, no
network and no identity provider. Pure: text and commands in, a new value out.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from broker.watchdog.overrides import (
    Overridden,
    Override,
    Overrides,
    Revert,
    ReviewOverride,
    Why,
    begun,
    ended,
    overrides_of,
    reverted,
    reviewed,
)
from broker.watchdog.pauses import NONE, Ended, Pauses, document_of, paused_after, pauses_of
from broker.watchdog.pauses import Pause as Pause
from broker.watchdog.pauses import Resume as Resume
from broker.watchdog.suspensions import Agree as Agree
from broker.watchdog.suspensions import Notice as Notice
from broker.watchdog.zone_states import Permitted, Told, signals_of, states_in_force, told_of
from domain.break_glass import Glass, Review, reviewable, unreviewed
from domain.canonical import Json, canonical, instant_of, instant_text, texts_of
from domain.errors import ConfigError, TransitionError
from domain.ids import AssetId, PermitId, PersonId, SessionId, SiteId, VendorId, ZoneId, is_token, is_word
from domain.plant import OperatingState

ALL = "all"
KINDS = ("site", "zone", "vendor", "product", "tool", "asset", "person")
"""What may be isolated besides ``all``."""

SCHEMA = "penstock-interlocks/1"


@dataclass(frozen=True, slots=True)
class Subject:
    """What of a session an interlock can be about."""

    session: SessionId
    permit: PermitId
    person: PersonId
    vendor: VendorId
    asset: AssetId
    zone: ZoneId
    site: SiteId
    states: frozenset[OperatingState]
    """The operating states in which its permit holds, and those that were agreed to since."""
    open_in: frozenset[OperatingState]
    """The states in which it may live at all, whatever is agreed to."""
    attended_in: frozenset[OperatingState] = frozenset()
    """The states in which nothing goes towards the asset without an attendant."""
    products: frozenset[str] = frozenset()
    """What its asset is part of."""
    tools: frozenset[str] = frozenset()
    """What its permit may be used with. One of them suspended ends the session, whichever is in use."""


@dataclass(frozen=True, slots=True)
class Interlocks:
    """All that is shut now. ``sequence`` grows with every change, and never goes back."""

    sequence: int = 0
    isolated: frozenset[str] = frozenset()
    told: Mapping[ZoneId, Told] = field(default_factory=lambda: MappingProxyType({}))
    """What persons set, zone by zone."""
    signals: Mapping[ZoneId, Permitted] = field(default_factory=lambda: MappingProxyType({}))
    """The plant's own signals, which let some of that stand."""
    revoked: frozenset[PermitId] = frozenset()
    glasses: tuple[Glass, ...] = ()
    """Every use of break-glass, oldest first, and its review."""

    agreed: frozenset[str] = frozenset()
    """``scope boundary``: over this boundary its holder has said that the scope may come back."""
    leaving: Mapping[PersonId, datetime] = field(default_factory=lambda: MappingProxyType({}))
    """Who needs access no longer, and from which instant on they have none; it only ever comes nearer."""

    paused: Pauses = field(default_factory=lambda: NONE)
    """Live sessions of which nothing goes towards the asset, and on whose word."""

    overrides: Overrides = ()
    """Every suspension that comes back by itself, oldest first, until somebody else has reviewed it."""

    def agreed_for(self, scope: str) -> frozenset[str]:
        """The boundaries whose holders have said that ``scope`` may come back."""
        return frozenset(one.partition(" ")[2] for one in self.agreed if one.partition(" ")[0] == scope)

    def due(self, at: datetime) -> tuple[PersonId, ...]:
        """Who should have no access any more at ``at`` and is not shut out yet."""
        out = (
            who for who, until in self.leaving.items() if until <= at and f"person:{who}" not in self.isolated
        )
        return tuple(sorted(out))

    def reverting(self, at: datetime) -> tuple[tuple[Overridden, Why], ...]:
        """The overrides that are over at ``at`` and still in force, and why."""
        found = ((one, one.over(at, self.states)) for one in self.overrides)
        return tuple((one, why) for one, why in found if why is not None)

    @property
    def states(self) -> Mapping[ZoneId, OperatingState]:
        """The operating states that are in force."""
        return states_in_force(self.told, self.signals)

    def document(self) -> dict[str, Json]:
        """The interlocks as JSON, every list sorted. What nobody agreed to or gave notice of is left out."""
        more: dict[str, Json] = {}
        if self.agreed:
            more["agreed"] = sorted(self.agreed)
        if self.leaving:
            more["leaving"] = {who: instant_text(until) for who, until in sorted(self.leaving.items())}
        if self.overrides:
            more["overrides"] = [one.document() for one in self.overrides]
        if self.paused:
            more["paused"] = document_of(self.paused)
        return more | {
            "sequence": self.sequence,
            "isolated": sorted(self.isolated),
            "states": {zone: str(state) for zone, state in sorted(self.states.items())},
            "told": {zone: one.document() for zone, one in sorted(self.told.items())},
            "signals": {zone: one.document() for zone, one in sorted(self.signals.items())},
            "revoked": sorted(self.revoked),
            "glasses": [one.document() for one in self.glasses],
        }

    @staticmethod
    def of(document: Json) -> "Interlocks":
        """The interlocks that ``document`` wrote; ConfigError for anything else, however little it differs."""
        try:
            interlocks = _interlocks(document)
        except (KeyError, TypeError, ValueError) as error:
            raise ConfigError(f"These are not interlocks: {error}.") from error
        if interlocks.document() != document:
            raise ConfigError("These are not interlocks: they hold more, or hold it in another form.")
        return interlocks


UNREADABLE = Interlocks(isolated=frozenset({ALL}))
"""What holds while nobody can tell what holds: everything is shut."""


@dataclass(frozen=True, slots=True)
class Isolate:
    """Shut ``scope``, and end every session in it."""

    scope: str
    by: str
    reason: str
    at: datetime | None = None
    """Set by the watchdog."""


@dataclass(frozen=True, slots=True)
class Restore:
    """Release ``scope`` again. Ended sessions stay ended."""

    scope: str
    by: str
    reason: str
    at: datetime | None = None
    """Set by the watchdog."""


@dataclass(frozen=True, slots=True)
class SetState:
    """Say what a zone is doing now; sessions that may not live in that state end. ``at`` is RFC 3339."""

    zone: ZoneId
    state: OperatingState
    by: str
    reason: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class SetSignals:
    """All of the plant's signals as they are read now; one that is not among them holds nothing any more."""

    signals: Mapping[ZoneId, Permitted]


@dataclass(frozen=True, slots=True)
class Revoke:
    """A permit holds no more, for ever."""

    permit: PermitId
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class BreakGlass:
    """A permit opens past the holder of its right. Not before the last use on that boundary is reviewed."""

    glass: Glass


@dataclass(frozen=True, slots=True)
class ReviewGlass:
    """Somebody who had no part in a use has looked at it."""

    permit: PermitId
    review: Review


@dataclass(frozen=True, slots=True)
class Stop:
    """End one session. Its permit stays good; isolate or revoke to keep it from coming back."""

    session: SessionId
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Attend:
    """Somebody of the plant watches ``scope``, or no longer does. Kept in memory, never in the file."""

    scope: str
    by: str
    present: bool


Command = (
    BreakGlass
    | ReviewGlass
    | Isolate
    | Restore
    | SetState
    | SetSignals
    | Revoke
    | Stop
    | Notice
    | Agree
    | Pause
    | Resume
    | Ended
    | Override
    | Revert
    | ReviewOverride
)


def apply(interlocks: Interlocks, command: Command) -> Interlocks:  # noqa: PLR0911 - one return per command
    """The interlocks after ``command``; always with the next sequence, so that it can be acknowledged.

    TransitionError, and nothing changes, for a use of break-glass or a review that may not be, and for a
    pause or a resuming that means nothing.
    """
    after = replace(interlocks, sequence=interlocks.sequence + 1, glasses=_glasses(interlocks, command))
    after = _overridden(after, command)
    match command:
        case Isolate(scope):
            # Shut again is shut anew: what was agreed to before was about another time.
            return replace(after, isolated=after.isolated | {scope}, agreed=_without(after, scope))
        case Restore(scope):
            staying = {who: until for who, until in after.leaving.items() if f"person:{who}" != scope}
            return replace(
                after,
                isolated=after.isolated - {scope},
                agreed=_without(after, scope),
                leaving=MappingProxyType(staying),
            )
        case Notice(person, until):
            soonest = min(until, after.leaving.get(person, until))
            return replace(after, leaving=MappingProxyType({**after.leaving, person: soonest}))
        case Agree(scope, boundary):
            return replace(after, agreed=after.agreed | {f"{scope} {boundary}"})
        case SetState(zone, state, by, reason, at):
            told = Told(state, by, at, reason)
            return replace(after, told=MappingProxyType({**after.told, zone: told}))
        case SetSignals(signals):
            return replace(after, signals=MappingProxyType(dict(signals)))
        case Revoke(permit):
            return replace(after, revoked=after.revoked | {permit})
        case Pause() | Resume() | Ended():
            return replace(after, paused=paused_after(after.paused, command))
        case Stop() | BreakGlass() | ReviewGlass() | Override() | Revert() | ReviewOverride():
            return after


def _overridden(interlocks: Interlocks, command: Command) -> Interlocks:
    """What ``command`` does to overrides, and by them to what is shut."""
    known = interlocks.overrides
    match command:
        case Override():
            more = begun(known, command, interlocks.sequence, interlocks.isolated, interlocks.states)
            agreed = _without(interlocks, command.scope)
            return replace(
                interlocks, overrides=more, isolated=interlocks.isolated | {command.scope}, agreed=agreed
            )
        case Revert():
            less, scope = reverted(known, command)
            return replace(
                interlocks,
                overrides=less,
                isolated=interlocks.isolated - {scope},
                agreed=_without(interlocks, scope),
            )
        case ReviewOverride():
            return replace(interlocks, overrides=reviewed(known, command))
        case Isolate(scope, at=at):
            return replace(interlocks, overrides=ended(known, scope, Why.ISOLATED, at))
        case Restore(scope, at=at):
            return replace(interlocks, overrides=ended(known, scope, Why.RESTORED, at))
        case _:
            return interlocks


def _glasses(interlocks: Interlocks, command: Command) -> tuple[Glass, ...]:
    if isinstance(command, ReviewGlass):
        return _reviewed(interlocks.glasses, command.permit, command.review)
    if not isinstance(command, BreakGlass):
        return interlocks.glasses
    glass = command.glass
    emergency = interlocks.states.get(glass.zone) is OperatingState.EMERGENCY
    if glass.review is not None or any(one.permit == glass.permit for one in interlocks.glasses):
        raise TransitionError("The glass was broken for this permit before.")
    last = unreviewed(interlocks.glasses, glass.boundary)
    if last is not None and not emergency:
        raise TransitionError(
            f"The last use over {glass.boundary}, by {' and '.join(last.by)}, was reviewed by nobody yet.",
            remedy="Have somebody review it who had no part in it: penstock break-glass review.",
        )
    return (*interlocks.glasses, replace(glass, emergency=emergency))


def _reviewed(glasses: tuple[Glass, ...], permit: PermitId, review: Review) -> tuple[Glass, ...]:
    found = next((one for one in glasses if one.permit == permit), None)
    if found is None or not reviewable(found, review.by):
        raise TransitionError("There is no use of break-glass here that this person may review.")
    return tuple(replace(one, review=review) if one is found else one for one in glasses)


def _without(interlocks: Interlocks, scope: str) -> frozenset[str]:
    return frozenset(one for one in interlocks.agreed if one.partition(" ")[0] != scope)


def in_scope(scope: str, subject: Subject) -> bool:
    """Whether ``scope`` means this session. A scope that is not understood means every one."""
    kind, _, name = scope.partition(":")
    if kind in {"product", "tool"}:
        return name in (subject.products if kind == "product" else subject.tools)
    names = {
        "site": subject.site,
        "zone": subject.zone,
        "vendor": subject.vendor,
        "asset": subject.asset,
        "person": subject.person,
        "permit": subject.permit,
        "session": subject.session,
    }
    return kind not in names or names[kind] == name


def end_cause(interlocks: Interlocks, subject: Subject) -> str | None:
    """Why a session may not go on under ``interlocks``, in ``broker.governor.Cause``'s words, or None."""
    if any(in_scope(scope, subject) for scope in interlocks.isolated):
        return "isolated"
    if subject.permit in interlocks.revoked:
        return "revoked"
    state = interlocks.states.get(subject.zone)
    # A zone whose state was never set is judged at admission; what runs there was let in knowing that.
    return "state_change" if state is not None and state not in subject.open_in else None


def hold_causes(interlocks: Interlocks, subject: Subject, attended: Collection[str]) -> frozenset[str]:
    """Why nothing of a session may go towards its asset for now, in ``broker.governor.Hold``'s words.

    ``attended`` are the scopes before somebody's eyes.
    """
    paused = {"paused"} if subject.session in interlocks.paused else set[str]()
    state = interlocks.states.get(subject.zone)
    if state is None:
        return frozenset(paused)
    unnamed = {"state"} if state not in subject.states else set[str]()
    unwatched = state in subject.attended_in and not attends(attended, subject)
    return frozenset(paused | unnamed | ({"unattended"} if unwatched else set()))


def attends(scopes: Collection[str], subject: Subject) -> bool:
    """Whether any of ``scopes`` puts this session before somebody's eyes; one not understood does not."""
    return f"session:{subject.session}" in scopes or f"zone:{subject.zone}" in scopes


def is_attended_scope(text: str) -> bool:
    """Whether ``text`` is something an attendant can watch: ``session:x`` or ``zone:x``."""
    kind, _, name = text.partition(":")
    return (kind == "session" and is_token(name)) or (kind == "zone" and is_word(name))


def is_scope(text: str) -> bool:
    """Whether ``text`` may be isolated: ``all``, or ``site:x``, ``zone:x``, ``vendor:x``, ``product:x`` …"""
    kind, colon, name = text.partition(":")
    return text == ALL or (bool(colon) and kind in KINDS and is_word(name))


def encode(interlocks: Interlocks) -> bytes:
    """What the watchdog's file holds: canonical JSON, and a line end."""
    return canonical({"schema": SCHEMA, "interlocks": interlocks.document()}) + b"\n"


def decode(data: bytes) -> Interlocks:
    """The interlocks in such a file; ConfigError for any other bytes."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"The interlocks can't be read: {error}.") from error
    if not isinstance(document, dict) or document.get("schema") != SCHEMA or len(document) != 2:
        raise ConfigError(f"The interlocks can't be read: their schema is not {SCHEMA}.")
    interlocks = Interlocks.of(document.get("interlocks"))
    if encode(interlocks) != data:
        raise ConfigError("The interlocks can't be read: they are written in another form.")
    return interlocks


def _interlocks(document: Json) -> Interlocks:
    if not isinstance(document, Mapping):
        raise TypeError("they must be an object")
    sequence = document["sequence"]
    isolated, revoked = texts_of(document["isolated"]), texts_of(document["revoked"])
    if isinstance(sequence, bool) or not isinstance(sequence, int) or sequence < 0:
        raise TypeError("the sequence must be a whole number")
    glasses = document["glasses"]
    if isinstance(glasses, str) or not isinstance(glasses, Sequence):
        raise TypeError("the uses of break-glass must be a list")
    if not all(is_scope(scope) for scope in isolated) or not all(is_token(permit) for permit in revoked):
        raise ValueError("a scope or a permit can't be what it says")
    agreed, leaving = texts_of(document.get("agreed", [])), document.get("leaving", {})
    if not isinstance(leaving, Mapping) or not all(is_word(who) for who in leaving):
        raise TypeError("whoever leaves must be an object of persons")
    if not all(is_scope(one.partition(" ")[0]) and is_word(one.partition(" ")[2]) for one in agreed):
        raise ValueError("what was agreed to can't be what it says")
    return Interlocks(
        sequence=sequence,
        isolated=frozenset(isolated),
        told=told_of(document["told"]),
        signals=signals_of(document["signals"]),
        revoked=frozenset(PermitId(permit) for permit in revoked),
        glasses=tuple(map(Glass.of, glasses)),
        agreed=frozenset(agreed),
        leaving=MappingProxyType({PersonId(who): instant_of(str(until)) for who, until in leaving.items()}),
        paused=pauses_of(document.get("paused", {})),
        overrides=overrides_of(document.get("overrides", [])),
    )
