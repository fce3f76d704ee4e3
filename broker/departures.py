"""What the plant still owes itself when a vendor's person goes: how fast they were out, which secrets to change.

Pure: the ledger's events in, a report out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.canonical import Json, instant_of
from domain.ids import AssetId, PersonId

CHANGE_WITHIN = timedelta(days=30)  # CIP-004-7 R5.4, paraphrased


@dataclass(frozen=True, slots=True)
class SharedSecret:
    """One credential that the person's sessions used; they never saw it, but what they did went through it."""

    asset: AssetId
    last_used: datetime
    due: datetime | None
    """Until when it must be changed; None while nobody gave notice of their leaving."""
    changed: datetime | None

    def standing(self, at: datetime) -> str:
        """``done``, ``open`` or ``overdue``; ``held`` while the person stays."""
        if self.due is None:
            return "held"
        if self.changed is not None:
            return "done"
        return "overdue" if at >= self.due else "open"


@dataclass(frozen=True, slots=True)
class Departure:
    """How a person's access ended, and what is left to do."""

    person: PersonId
    noticed: datetime | None
    until: datetime | None
    sessions_ended: datetime | None
    """When the last of the sessions that were live then was seen closed."""
    live: tuple[str, ...]
    """Sessions of theirs that the ledger holds no end of."""
    secrets: tuple[SharedSecret, ...]

    @property
    def elapsed(self) -> timedelta | None:
        """From the notice to the last session's end, or to when access was gone; None while it is not."""
        if self.noticed is None or self.until is None or self.live:
            return None
        return max(self.until, self.sessions_ended or self.until, self.noticed) - self.noticed


@dataclass(slots=True)
class _Story:
    noticed: datetime | None = None
    until: datetime | None = None
    ended: datetime | None = None
    live: dict[str, str] = field(default_factory=dict)
    used: dict[AssetId, datetime] = field(default_factory=dict)
    changed: dict[AssetId, datetime] = field(default_factory=dict)


def departure(person: PersonId, events: Iterable[Mapping[str, Json]]) -> Departure:
    """What ``events``, oldest first, tell of ``person``'s going."""
    story = _Story()
    for event in events:
        _hear(story, person, event)
    due = None if story.until is None else story.until + CHANGE_WITHIN
    secrets = tuple(
        SharedSecret(asset, used, due, _after(story.changed.get(asset), story.noticed, used))
        for asset, used in sorted(story.used.items())
    )
    return Departure(person, story.noticed, story.until, story.ended, tuple(sorted(story.live)), secrets)


def _hear(story: _Story, person: PersonId, event: Mapping[str, Json]) -> None:
    if "at" not in event:
        return  # its text is gone
    at = instant_of(str(event["at"]))
    match event:
        case {"event": "LeavingNoticed", "person": str(who), "until": str(until)} if who == person:
            story.noticed = story.noticed or at
            story.until = min(instant_of(until), story.until or instant_of(until))
        case {"event": "SessionOpened", "person": str(who), "session": str(session), "asset": str(asset)} if (
            who == person
        ):
            story.live[session] = asset
            story.used[AssetId(asset)] = at
        case {"event": "SessionEnded" | "SessionInterrupted", "session": str(session)} if (
            session in story.live
        ):
            story.used[AssetId(story.live.pop(session))] = at
            if story.noticed is not None:
                story.ended = at
        case {"event": "CredentialChanged", "asset": str(asset)} if " for " not in str(event.get("kind")):
            story.changed[AssetId(asset)] = at
        case _:
            pass


def _after(changed: datetime | None, noticed: datetime | None, used: datetime) -> datetime | None:
    """A change counts only from the notice on, and once nobody used it afterwards."""
    counts = changed is not None and noticed is not None and changed >= max(noticed, used)
    return changed if counts else None
