"""What the search index found in the recordings, for somebody who may see it. Each session of which a line is shown has it in its custody log."""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from fastapi import Request
from sqlalchemy.exc import SQLAlchemyError

from broker.console.desk import desk_of
from broker.console.evidence.handling import handled
from broker.console.evidence.markers import KINDS_SAID
from broker.console.evidence.session import may_leave
from broker.console.evidence.views import viewed
from broker.console.guard import visitor_of
from broker.reading.found import Found, FoundKind
from broker.reading.index import EVERYWHERE, Hit, Indexed, Wanted
from broker.reading.query import Term, pieces, terms_of
from domain.custody_events import Deed

log = structlog.get_logger()

MOST_HITS = 100


@dataclass(frozen=True, slots=True)
class Place:
    """One hit as a page shows it."""

    found: Found
    pieces: tuple[tuple[str, bool], ...]
    """The line around it: text, and whether it was asked for."""

    @property
    def kind(self) -> str:
        """What kind of thing it is, in words."""
        return KINDS_SAID[self.found.kind]

    @property
    def seconds(self) -> int:
        """Whole seconds since the recording began, a moment earlier, so that a replay shows how it came about."""
        return max(0, self.found.at_us // 1_000_000 - 1)

    @property
    def replayable(self) -> bool:
        """Whether it stood on a terminal."""
        return self.found.kind in {FoundKind.COMMAND, FoundKind.SCREEN}


@dataclass(frozen=True, slots=True)
class InRecordings:
    """What was found: sessions, newest first, each with its places."""

    sessions: tuple[tuple[Indexed, tuple[Place, ...]], ...] = ()
    kept_back: int = 0
    """Sessions that hold something, and of which this visitor may see nothing."""
    more: bool = False
    """There is more than is shown."""
    broken: bool = False
    """The index can't be asked now."""


async def in_recordings(request: Request, text: str, wanted: Wanted = EVERYWHERE) -> InRecordings:
    """Search, and write down that it was searched and whose recordings are shown. EvidenceError: then nothing is shown."""
    desk, visitor = desk_of(request), visitor_of(request)
    await viewed(desk, visitor, "recordings", f"search for {text!a}" if text else "nothing searched")
    terms = terms_of(text)
    if desk.parts.index is None:
        return InRecordings(broken=True)
    try:
        hits = await desk.parts.index.find(terms, wanted, MOST_HITS + 1)
    except SQLAlchemyError as error:
        log.warning("index_not_asked", fact=type(error).__name__)
        return InRecordings(broken=True)
    sessions: list[tuple[Indexed, tuple[Place, ...]]] = []
    kept_back = 0
    for about, places in by_session(hits[:MOST_HITS], terms):
        if await may_leave(desk, visitor, about.permit):
            await handled(request, about.session, Deed.VIEW, f"lines found by a search for {text!a}")
            sessions.append((about, places))
        else:
            kept_back += 1
    return InRecordings(tuple(sessions), kept_back, len(hits) > MOST_HITS)


def by_session(hits: Sequence[Hit], terms: tuple[Term, ...]) -> tuple[tuple[Indexed, tuple[Place, ...]], ...]:
    """The hits session by session, in their order."""
    grouped: dict[Indexed, list[Place]] = {}
    for hit in hits:
        place = Place(hit.found, pieces(hit.found.text, terms))
        grouped.setdefault(hit.about, []).append(place)
    return tuple((about, tuple(places)) for about, places in grouped.items())
