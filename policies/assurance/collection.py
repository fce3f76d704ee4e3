"""The ledger's events, read once in their order, sorted by what they are evidence of.

A fold: leaves go in and are kept by session, by permit and by what they tell of, so that a page reads on from
where it was. A leaf whose text is gone is evidence of nothing; what is then missing is a gap of its control. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from hashlib import sha256

from domain.canonical import Json, canonical, instant_of, text_in

Event = Mapping[str, Json]

ENDS = frozenset({"SessionEnded", "SessionInterrupted"})
PASSAGES = frozenset({"PassageOpened", "PassageRefused", "InwardRefused"})
WAITED = frozenset({"requested", "disputed"})
SETTLED = frozenset({"approved", "refused", "narrowed", "lapsed"})
TOLD = frozenset({"NoticeSent", "Escalated"})
SAID = frozenset(
    {
        "CharterLoaded",
        "CharterApplied",
        "NodeStarted",
        "LeavingNoticed",
        "EvidenceCollected",
        "DocumentTaken",
        "DocumentEnded",
        "TriggerNoted",
        "EquivalenceDecided",
        "FindingRaised",
        "FindingClosed",
    }
)
"""Events that are read again at each instant, because what they mean depends on it."""

NEWEST = frozenset({"HeadStamped", "EvidenceHandled", "EvidenceViewed", "RightAttested", *TOLD})
"""Events of which only the newest is evidence."""


@dataclass(frozen=True)
class Leaf:
    """One event with its place in the ledger. What is reckoned of it is kept: every look at the plant asks again."""

    index: int
    event: Event

    @property
    def name(self) -> str:
        """What kind of event; empty for one whose text is gone."""
        return text_in(self.event, "event")

    @cached_property
    def at(self) -> datetime:
        """When it happened."""
        return instant_of(text_in(self.event, "at"))

    def text(self, field_name: str) -> str:
        """A field that is text; empty where the event has none such."""
        return text_in(self.event, field_name)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of its canonical bytes, in hex: what the leaf commits to, without its salt."""
        return sha256(canonical(self.event)).hexdigest()


@dataclass(slots=True)
class Decided:
    """What was asked and decided about one permit."""

    requested: Leaf | None = None
    approved: list[Leaf] = field(default_factory=list)
    broken: Leaf | None = None
    reviewed: list[Leaf] = field(default_factory=list)
    told: list[Leaf] = field(default_factory=list)
    decided: Leaf | None = None
    """The first leaf by which it no longer waited: approved, refused, or lapsed undecided."""


@dataclass(slots=True)
class Sitting:
    """What happened in one session."""

    opened: Leaf
    signed_in: Leaf | None
    """Its person's last sign-in before."""
    watched: Leaf | None
    passages: list[Leaf] = field(default_factory=list)
    reviewed: list[Leaf] = field(default_factory=list)
    ended: Leaf | None = None


@dataclass(slots=True)
class Collection:
    """What was read so far. ``take`` each leaf once, in the ledger's order."""

    read: int = 0
    """The index of the next leaf."""
    permits: dict[str, Decided] = field(default_factory=dict)
    sittings: dict[str, Sitting] = field(default_factory=dict)
    states: dict[str, list[Leaf]] = field(default_factory=dict)
    """Each zone's changes of state."""
    newest: dict[str, Leaf] = field(default_factory=dict)
    said: list[Leaf] = field(default_factory=list)
    _signed_in: dict[str, Leaf] = field(default_factory=dict)
    _watching: dict[str, Leaf] = field(default_factory=dict)

    def take(self, leaf: Leaf) -> None:
        """Read one leaf."""
        self.read = leaf.index + 1
        if leaf.name in NEWEST:
            self.newest[leaf.name] = leaf
        if leaf.name in SAID:
            self.said.append(leaf)
        elif leaf.name == "SignedIn":
            self._signed_in[leaf.text("person")] = leaf
        elif leaf.name == "StateChanged":
            self.states.setdefault(leaf.text("zone"), []).append(leaf)
        elif leaf.name == "AttendanceChanged":
            self._attendance(leaf)
        elif leaf.text("session"):
            self._of_session(leaf)
        elif leaf.text("permit"):
            self._of_permit(leaf)

    def _of_permit(self, leaf: Leaf) -> None:
        permit = self.permits.setdefault(leaf.text("permit"), Decided())
        match leaf.name:
            case "PermitRequested":
                permit.requested = leaf
            case "PermitApproved":
                permit.approved.append(leaf)
            case "PermitChanged" if leaf.text("before") in WAITED and leaf.text("after") in SETTLED:
                permit.decided = permit.decided or leaf
            case "GlassBroken":
                permit.broken = leaf
            case "GlassReviewed":
                permit.reviewed.append(leaf)
            case _ if leaf.name in TOLD:
                permit.told.append(leaf)
            case _:
                pass

    def _of_session(self, leaf: Leaf) -> None:
        session = leaf.text("session")
        if leaf.name == "SessionOpened":
            signed_in = self._signed_in.get(leaf.text("person"))
            self.sittings[session] = Sitting(leaf, signed_in, self._watching.get(f"session:{session}"))
        sitting = self.sittings.get(session)
        if sitting is None:
            return
        if leaf.name in PASSAGES:
            sitting.passages.append(leaf)
        elif leaf.name == "SessionWatched":
            sitting.watched = sitting.watched or leaf
        elif leaf.name == "SessionReviewed":
            sitting.reviewed.append(leaf)
        elif leaf.name in ENDS:
            sitting.ended = leaf

    def _attendance(self, leaf: Leaf) -> None:
        scope = leaf.text("scope")
        if not leaf.event.get("present"):
            self._watching.pop(scope, None)
            return
        self._watching[scope] = leaf
        sitting = self.sittings.get(scope.removeprefix("session:"))
        if sitting is not None and sitting.ended is None:
            sitting.watched = sitting.watched or leaf
