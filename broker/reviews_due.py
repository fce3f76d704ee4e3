"""Which ended sessions nobody has reviewed, as the ledger tells it. The database is not asked: a row could make one look reviewed."""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Protocol

import structlog

from domain.canonical import Json, instant_of, text_in
from domain.errors import PenstockError
from domain.events import ENDS, PermitRequested, SessionOpened, SessionReviewed
from domain.ids import AssetId, ConduitId, PermitId, PersonId, SessionId
from policies.charter.charter import Charter
from policies.session_review import Unreviewed
from recorder.ledger.reader import Kept

log = structlog.get_logger()


class Log(Protocol):
    """The ledger, for reading."""

    @property
    def size(self) -> int: ...
    def events(self, start: int = 0, stop: int | None = None) -> Iterator[Kept]: ...


class ReviewsDue:
    """Reads on where it left off, and only where a charter asks for reviews.

    A session that was held back because nobody reviewed it is never forgotten: what could not be read stays waiting.
    """

    def __init__(self, ledger: Log) -> None:
        self._ledger = ledger
        self._next = 0
        self._ways: dict[str, str] = {}
        self._open: dict[str, Mapping[str, Json]] = {}
        self._waiting: dict[SessionId, Unreviewed] = {}
        self._reading = asyncio.Lock()

    async def known(self, charter: Charter) -> tuple[Unreviewed, ...]:
        """Those that wait now. A ledger that can't be read makes nobody look reviewed."""
        if not charter.review_terms:
            return ()
        return await self.all()

    def now(self, charter: Charter) -> tuple[Unreviewed, ...]:
        """Those that wait now, for one thread that asks again and again. PenstockError when the ledger can't be read."""
        if not charter.review_terms:
            return ()
        self.read()
        return tuple(self._waiting.values())

    async def all(self) -> tuple[Unreviewed, ...]:
        """The same, whatever the charter asks for."""
        async with self._reading:
            try:
                await asyncio.to_thread(self.read)
            except (PenstockError, OSError, ValueError, IndexError) as error:
                log.warning("reviews_not_read", fact=str(error))
        return tuple(self._waiting.values())

    def read(self) -> None:
        """Look at the leaves since the last time, the first time at all. PenstockError when it can't."""
        size = self._ledger.size
        for kept in self._ledger.events(self._next, size):
            self._take(kept.event)
            self._next = kept.index + 1

    def _take(self, event: Mapping[str, Json]) -> None:
        name, session = event.get("event"), text_in(event, "session")
        if name == PermitRequested.__name__:
            self._ways[text_in(event, "permit")] = text_in(event, "conduit")
        elif name == SessionOpened.__name__:
            self._open[session] = event
        elif name in ENDS and session in self._open:
            opened = self._open.pop(session)
            permit = text_in(opened, "permit")
            self._waiting[SessionId(session)] = Unreviewed(
                SessionId(session),
                PermitId(permit),
                PersonId(text_in(opened, "person")),
                AssetId(text_in(opened, "asset")),
                ConduitId(self._ways.get(permit, "")),
                instant_of(text_in(event, "at")),
            )
        elif name == SessionReviewed.__name__:
            self._waiting.pop(SessionId(session), None)
