"""A supervisor's override: a scope whose authority is suspended for a time, or until a zone is in a state, and comes back by itself. Pure.

While it lasts its scope stands among what is isolated, as if the kill switch had been used on it; so everything that asks what is shut
asks once. What was shut without a term is never brought back by one. Each override is kept until somebody else has reviewed it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from domain.canonical import Json, instant_of, instant_text
from domain.errors import TransitionError
from domain.ids import PersonId, ZoneId, is_word
from domain.plant import OperatingState

MOST = 64
"""That nobody reviewed: one more waits for a review. Shutting never does: `penstock isolate`."""
_TEXTS = (
    "id",
    "scope",
    "by",
    "reason",
    "at",
    "until",
    "zone",
    "state",
    "ended",
    "why",
    "reviewer",
    "finding",
)


class Why(StrEnum):
    """What ended an override. The words are quoted in evidence."""

    TIME = "time"
    STATE = "state"
    RESTORED = "restored"
    """Somebody released its scope before."""
    ISOLATED = "isolated"
    """Somebody shut its scope without a term: it stays shut."""


@dataclass(frozen=True, slots=True)
class Override:
    """Suspend ``scope`` until an instant, or until ``zone`` is in ``state``, whichever comes first. ``step``: the code that ``by`` spent on it."""

    scope: str
    by: PersonId
    reason: str
    until: datetime | None
    zone: ZoneId | None
    state: OperatingState | None
    step: int
    at: datetime | None = None
    """Set by the watchdog."""

    @property
    def purpose(self) -> str:
        """What the code was spent on."""
        return override_purpose(self.scope, self.until, self.zone, self.state)


@dataclass(frozen=True, slots=True)
class Revert:
    """That override is over, and its scope comes back."""

    id: str
    why: Why
    at: datetime


@dataclass(frozen=True, slots=True)
class ReviewOverride:
    """Somebody else has looked at an override that is over."""

    id: str
    by: PersonId
    finding: str
    step: int

    @property
    def purpose(self) -> str:
        """What the code was spent on."""
        return review_purpose(self.id)


@dataclass(frozen=True, slots=True)
class Overridden:
    """One override, as it is kept."""

    id: str
    scope: str
    by: PersonId
    reason: str
    at: datetime
    until: datetime | None
    zone: ZoneId | None
    state: OperatingState | None
    ended: datetime | None = None
    why: Why | None = None
    reviewer: PersonId | None = None
    finding: str = ""

    @property
    def in_force(self) -> bool:
        """Whether its scope is suspended by it."""
        return self.ended is None

    def over(self, at: datetime, states: Mapping[ZoneId, OperatingState]) -> Why | None:
        """Why it is over at ``at``, or None; the instant that it names is outside of it."""
        if not self.in_force:
            return None
        if self.until is not None and at >= self.until:
            return Why.TIME
        reached = self.zone is not None and states.get(self.zone) is self.state
        return Why.STATE if reached else None

    def document(self) -> dict[str, Json]:
        """As JSON, every field a text."""
        told = {
            "id": self.id,
            "scope": self.scope,
            "by": self.by,
            "reason": self.reason,
            "at": instant_text(self.at),
            "until": instant_text(self.until) if self.until else "",
            "zone": self.zone or "",
            "state": str(self.state or ""),
            "ended": instant_text(self.ended) if self.ended else "",
            "why": str(self.why or ""),
            "reviewer": self.reviewer or "",
            "finding": self.finding,
        }
        return {name: told[name] for name in _TEXTS}


Overrides = tuple[Overridden, ...]


def override_purpose(
    scope: str, until: datetime | None, zone: ZoneId | None, state: OperatingState | None
) -> str:
    """What a one-time code is spent on that suspends ``scope`` for so long."""
    term = instant_text(until) if until else "-"
    return f"override:{scope}:{term}:{zone or '-'}:{state or '-'}"


def review_purpose(number: str) -> str:
    """What a one-time code is spent on that reviews an override."""
    return f"review-override:{number}"


def begun(
    overrides: Overrides,
    said: Override,
    number: int,
    isolated: frozenset[str],
    states: Mapping[ZoneId, OperatingState],
) -> Overrides:
    """With ``said`` among them; TransitionError where nothing would come back by itself, or at once."""
    if said.at is None or (said.until is None and (said.zone is None or said.state is None)):
        raise TransitionError(
            "An override ends at an instant, or in a zone's state.", remedy="Name one of them."
        )
    if said.scope in isolated:
        raise TransitionError(
            f"{said.scope} is shut already.", remedy="Nothing to do; penstock restore releases it first."
        )
    one = Overridden(
        str(number), said.scope, said.by, said.reason, said.at, said.until, said.zone, said.state
    )
    if one.over(said.at, states) is not None:
        raise TransitionError("It would be over at once.", remedy="Name a later instant, or another state.")
    kept = tuple(one for one in overrides if one.reviewer is None)
    if len(kept) >= MOST:
        raise TransitionError(
            f"{MOST} overrides wait for a review.",
            remedy="penstock override review; or shut it: penstock isolate.",
        )
    return (*kept, one)


def ended(overrides: Overrides, scope: str, why: Why, at: datetime | None) -> Overrides:
    """With whatever is in force of ``scope`` over; where nobody says when, since it began."""
    return tuple(
        replace(one, ended=at or one.at, why=why) if one.in_force and one.scope == scope else one
        for one in overrides
    )


def reverted(overrides: Overrides, said: Revert) -> tuple[Overrides, str]:
    """With that one over, and which scope comes back; TransitionError where it is not in force."""
    found = next((one for one in overrides if one.id == said.id and one.in_force), None)
    if found is None:
        raise TransitionError("No such override is in force.")
    return ended(overrides, found.scope, said.why, said.at), found.scope


def reviewed(overrides: Overrides, said: ReviewOverride) -> Overrides:
    """With that one reviewed; TransitionError for one's own, for one that lasts, and for none."""
    found = next((one for one in overrides if one.id == said.id and one.reviewer is None), None)
    if found is None or found.in_force or found.by == said.by:
        raise TransitionError(
            "There is no override here that this person may review.",
            remedy="It is over, and somebody else's: penstock override list.",
        )
    return tuple(
        replace(one, reviewer=said.by, finding=said.finding) if one is found else one for one in overrides
    )


def overrides_of(document: Json) -> Overrides:
    """The overrides that a document of interlocks holds; TypeError, KeyError or ValueError for anything else."""
    if isinstance(document, str) or not isinstance(document, Sequence):
        raise TypeError("the overrides must be a list")
    return tuple(map(_overridden, document))


def _overridden(document: Json) -> Overridden:
    if not isinstance(document, Mapping) or document.keys() != set(_TEXTS):
        raise TypeError("an override says all of its fields, and no more")
    told = {name: value for name, value in document.items() if isinstance(value, str)}
    by, reviewer, zone = told["by"], told["reviewer"], told["zone"]
    if not all(one == "" or is_word(one) for one in (reviewer, zone)) or not is_word(by):
        raise ValueError("an override names somebody or something that can't be")
    return Overridden(
        told["id"],
        told["scope"],
        PersonId(by),
        told["reason"],
        instant_of(told["at"]),
        instant_of(told["until"]) if told["until"] else None,
        ZoneId(zone) if zone else None,
        OperatingState(told["state"]) if told["state"] else None,
        instant_of(told["ended"]) if told["ended"] else None,
        Why(told["why"]) if told["why"] else None,
        PersonId(reviewer) if reviewer else None,
        told["finding"],
    )
