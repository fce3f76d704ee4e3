"""Of which permits somebody of the plant is known to know the start, as the ledger tells it.

The outbox is not asked: an edited file could make a notice look delivered.
"""

import asyncio
from collections.abc import Iterator
from typing import Protocol

import structlog

from domain.errors import PenstockError
from domain.events import NoticeSent
from domain.ids import PermitId
from domain.notice import NoticeKind
from policies.charter.charter import Charter
from policies.start_notice import Unheard
from recorder.ledger.reader import Kept

log = structlog.get_logger()


class Log(Protocol):
    """The ledger, for reading."""

    @property
    def size(self) -> int: ...
    def events(self, start: int = 0, stop: int | None = None) -> Iterator[Kept]: ...
    def find(self, *, event: str = "", limit: int = 1000) -> Iterator[Kept]: ...


class HeardStarts:
    """Reads on where it left off, and only where a charter asks for it."""

    def __init__(self, ledger: Log) -> None:
        self._ledger = ledger
        self._heard: set[PermitId] = set()
        self._next: int | None = None

    async def known(self, charter: Charter) -> frozenset[PermitId]:
        """Those known by now. A ledger that can't be read makes nobody look told."""
        if all(one.unheard is not Unheard.BLOCK_START for one in charter.start_terms):
            return frozenset()
        try:
            await asyncio.to_thread(self.read)
        except (PenstockError, OSError, ValueError, IndexError) as error:
            log.warning("heard_starts_not_read", fact=str(error))
        return frozenset(self._heard)

    def read(self) -> None:
        """Look at the leaves since the last time, the first time at all of this kind. PenstockError when it can't."""
        size = self._ledger.size
        if self._next is None:
            leaves = self._ledger.find(event=NoticeSent.__name__, limit=2**62)
        else:
            leaves = self._ledger.events(self._next, size)
        for kept in leaves:
            event = kept.event
            starts = event.get("event") == NoticeSent.__name__ and event.get("kind") == NoticeKind.STARTS
            if starts and event.get("confirmed") is True:
                self._heard.add(PermitId(str(event["permit"])))
        self._next = size
