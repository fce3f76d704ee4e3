"""Reads the ledger on, leaf by leaf, and puts what people are to be told of it. Runs beside the console.

Notices, memory and cursor are kept in one transaction: after a crash it goes on where it was, and tells
nothing twice.
"""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Protocol

import structlog

from broker.notices.memory import Memory
from broker.notices.outbox import Outbox, put_in
from broker.notices.telling import tell
from broker.notices.timely import of_reviews, of_voids, timely
from domain.canonical import canonical
from domain.clock import Clock
from domain.errors import PenstockError
from domain.notice import Notice
from policies.charter.charter import Charter
from policies.charter.void import Void
from policies.session_review import Unreviewed
from recorder.ledger.reader import Kept

log = structlog.get_logger()

EVERY_S = 1.0
VOIDS_EVERY_S = 60.0
AT_ONCE = 200
LOOK_BACK = 20_000
"""How many leaves a node that never told anybody anything reads to know what is open. It tells of none of them."""


class Log(Protocol):
    """The ledger, for reading."""

    @property
    def size(self) -> int: ...
    def events(self, start: int = 0, stop: int | None = None) -> Iterator[Kept]: ...


class Follower:
    """One for a node. ``step`` does what is to be done now and is called from one thread at a time."""

    def __init__(
        self,
        outbox: Outbox,
        ledger: Log,
        charter: Callable[[], Charter],
        clock: Clock,
        voids: Callable[[], Iterable[Void]] = tuple,
        unreviewed: Callable[[], Iterable[Unreviewed]] = tuple,
    ) -> None:
        self._outbox = outbox
        self._ledger = ledger
        self._charter = charter
        self._clock = clock
        self._voids = voids
        self._unreviewed = unreviewed
        self._voids_at_s = float("-inf")
        self._memory: Memory | None = None
        self._next = 0
        self._put: set[tuple[str, str]] = set()

    async def run(self) -> None:
        """Until cancelled. Trouble is the operator's to see, and is tried again."""
        while True:
            try:
                await asyncio.to_thread(self.step)
            except (PenstockError, OSError, ValueError, KeyError, IndexError) as error:
                self._memory = None  # what was half learnt is read anew
                log.warning("notices_not_found", fact=str(error))
            except Exception:
                # Whoever approves must not be kept out by what we could not tell somebody.
                self._memory = None
                log.exception("notices_not_found")
            await asyncio.sleep(EVERY_S)

    def step(self) -> None:
        """Tell of every leaf since the last time, and of what time brought. PenstockError when it can't."""
        memory = self._memory if self._memory is not None else self._begin()
        self._memory = memory
        leaves = self._ledger.events(self._next, self._ledger.size)
        while batch := list(islice(leaves, AT_ONCE)):
            self._take(batch, memory)
        now = self._clock.now()
        memory.forget(now)
        due = list(timely(memory, self._charter(), now))
        if self._clock.boottime_s() >= self._voids_at_s + VOIDS_EVERY_S:
            due += of_voids(self._voids(), now)
            due += of_reviews(self._unreviewed(), self._charter(), now)
            self._voids_at_s = self._clock.boottime_s()
        new = [one for one in due if (one.key, one.to) not in self._put]
        if new or memory.changed:
            self._keep(new, memory, self._next)
            self._put.update((one.key, one.to) for one in new)

    def _take(self, batch: list[Kept], memory: Memory) -> None:
        notices: list[Notice] = []
        charter = self._charter()
        for kept in batch:
            try:
                notices += tell(kept.event, kept.index, memory, charter)
                memory.learn(kept.event)
            except Exception:  # one leaf that we can't word must not silence all that follow it
                log.exception("leaf_not_told", index=kept.index)
        following = batch[-1].index + 1
        self._keep(notices, memory, following)
        self._next = following

    def _keep(self, notices: Iterable[Notice], memory: Memory, following: int) -> None:
        with self._outbox.work() as work:
            for one in notices:
                put_in(work, one)
            for kind, id_ in memory.changed:
                _write(work, kind, id_, memory)
            work.execute(
                "INSERT INTO cursor (name, value) VALUES ('ledger', ?)"
                " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (following,),
            )
        memory.changed.clear()

    def _begin(self) -> Memory:
        """What was remembered; the first time, what the newest leaves tell, without telling anybody."""
        memory = Memory()
        with self._outbox.work() as work:
            row = work.execute("SELECT value FROM cursor WHERE name = 'ledger'").fetchone()
            for one in work.execute("SELECT kind, id, document FROM met").fetchall():
                memory.recall(one["kind"], one["id"], json.loads(one["document"]))
        if row is not None:
            self._next = int(row["value"])
            return memory
        size = self._ledger.size
        for kept in self._ledger.events(max(0, size - LOOK_BACK), size):
            memory.learn(kept.event)
        self._keep((), memory, size)
        self._next = size
        return memory


def _write(work: sqlite3.Connection, kind: str, id_: str, memory: Memory) -> None:
    document = memory.document(kind, id_)
    if document is None:
        work.execute("DELETE FROM met WHERE kind = ? AND id = ?", (kind, id_))
        return
    work.execute(
        "INSERT INTO met (kind, id, document) VALUES (?, ?, ?)"
        " ON CONFLICT (kind, id) DO UPDATE SET document = excluded.document",
        (kind, id_, canonical(document).decode()),
    )
