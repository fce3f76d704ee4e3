"""What is to be told to whom, kept on disk until it was. One SQLite file beside the node's database.

A file of its own, so that an alarm needs no database server; a kept library, so that several processes
may put and one may carry. It is no evidence: the leaf came before, and the ledger gets the result.
"""

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path

from domain.canonical import instant_of, instant_text
from domain.errors import EvidenceError
from domain.ids import PersonId
from domain.notice import Notice, NoticeKind

BUSY_S = 5.0
"""How long a writer waits for another; one transaction takes milliseconds."""

SCHEMA: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE notice (
            number INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, person TEXT NOT NULL,
            kind TEXT NOT NULL, at TEXT NOT NULL, subject TEXT NOT NULL, sentences TEXT NOT NULL,
            path TEXT NOT NULL, urgent INTEGER NOT NULL, read_at TEXT, UNIQUE (person, key)) STRICT""",
    ),
    (
        "ALTER TABLE notice ADD COLUMN permit TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE notice ADD COLUMN routed INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE notice ADD COLUMN read_told INTEGER NOT NULL DEFAULT 0",
        """CREATE TABLE delivery (
            number INTEGER NOT NULL REFERENCES notice (number) ON DELETE CASCADE, channel TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'failed')), due_s INTEGER NOT NULL,
            attempts INTEGER NOT NULL DEFAULT 0, code TEXT NOT NULL DEFAULT '', done_at TEXT,
            told INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (number, channel)) STRICT""",
        "CREATE INDEX delivery_waits ON delivery (due_s) WHERE state = 'waiting'",
        "CREATE TABLE choice (person TEXT PRIMARY KEY, document TEXT NOT NULL) STRICT",
        "CREATE TABLE cursor (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT",
        """CREATE TABLE met (
            kind TEXT NOT NULL, id TEXT NOT NULL, document TEXT NOT NULL, PRIMARY KEY (kind, id)) STRICT""",
    ),
    ("CREATE INDEX notice_permit ON notice (permit) WHERE permit <> ''",),
    (
        # What every page and every second asks for, however many notices there are.
        "CREATE INDEX notice_of ON notice (person, number)",
        "CREATE INDEX notice_unread ON notice (person, urgent) WHERE read_at IS NULL",
        "CREATE INDEX notice_unrouted ON notice (number) WHERE routed = 0",
        "CREATE INDEX notice_looked ON notice (number) WHERE read_at IS NOT NULL AND read_told = 0",
        "CREATE INDEX delivery_ended ON delivery (done_at) WHERE done_at IS NOT NULL AND told = 0",
    ),
    (
        """CREATE TABLE browser (
            number INTEGER PRIMARY KEY AUTOINCREMENT, person TEXT NOT NULL, endpoint TEXT NOT NULL UNIQUE,
            p256dh TEXT NOT NULL, auth TEXT NOT NULL, label TEXT NOT NULL, at TEXT NOT NULL) STRICT""",
    ),
)
"""One step a version; a file goes through those that it has not seen. A step that was released never changes."""


@dataclass(frozen=True, slots=True)
class Told:
    """A notice as it is kept. ``number`` grows by the order of putting and is never given twice."""

    number: int
    notice: Notice
    read_at: datetime | None
    """When its person looked at it in the console."""


class Outbox:
    """Any process of the node may hold one. Every method is one short transaction; EvidenceError when it fails."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def put(self, notice: Notice) -> bool:
        """Keep ``notice``; it survives loss of power when this returns. False when it was there already."""
        with self.work() as work:
            return put_in(work, notice)

    def told(self, person: PersonId, *, most: int = 50, before: int | None = None) -> tuple[Told, ...]:
        """What ``person`` was told, newest first; from ``before`` (a number, outside) backwards."""
        with self.look() as work:
            rows = work.execute(
                "SELECT * FROM notice WHERE person = ? AND number < ? ORDER BY number DESC LIMIT ?",
                (person, before if before is not None else 2**62, most),
            ).fetchall()
        return tuple(told_of(row) for row in rows)

    def unread(self, person: PersonId) -> int:
        """How many notices ``person`` has not looked at."""
        with self.look() as work:
            row = work.execute(
                "SELECT count(*) FROM notice WHERE person = ? AND read_at IS NULL", (person,)
            ).fetchone()
        return int(row[0])

    def read(self, person: PersonId, numbers: Iterable[int], at: datetime) -> None:
        """``person`` had these before their eyes. The first look counts."""
        with self.work() as work:
            work.executemany(
                "UPDATE notice SET read_at = ? WHERE person = ? AND number = ? AND read_at IS NULL",
                [(instant_text(at), person, number) for number in numbers],
            )

    @contextmanager
    def work(self) -> Iterator[sqlite3.Connection]:
        """One transaction that holds the file's only write lock: all of it is kept, or nothing."""
        with self._opened() as connection:
            connection.execute("BEGIN IMMEDIATE")
            version = int(connection.execute("PRAGMA user_version").fetchone()[0])
            for line in chain.from_iterable(SCHEMA[version:]):
                connection.execute(line)
            if version < len(SCHEMA):
                connection.execute(f"PRAGMA user_version = {len(SCHEMA)}")
            yield connection
            connection.execute("COMMIT")

    @contextmanager
    def look(self) -> Iterator[sqlite3.Connection]:
        """One transaction that only reads, and waits for no writer but while it commits."""
        with self._opened() as connection:
            connection.execute("BEGIN")
            if connection.execute("PRAGMA user_version").fetchone()[0] == len(SCHEMA):
                yield connection
                return
        with self.work() as connection:  # the first time: its tables are yet to be made
            yield connection

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """A connection; what was not committed when it closes is undone."""
        try:
            # Readable by its owner only, from the first instant on; SQLite would go by the umask.
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            connection = sqlite3.connect(self._path, timeout=BUSY_S, isolation_level=None)
            try:
                connection.row_factory = sqlite3.Row
                # The folder too is on the disk before a commit returns: a hot journal that came
                # back after a loss of power would undo it.
                connection.execute("PRAGMA synchronous = EXTRA")
                connection.execute("PRAGMA foreign_keys = ON")
                yield connection
            finally:
                connection.close()
        except (sqlite3.Error, OSError) as error:
            raise EvidenceError(
                f"The outbox {self._path.name} can't be used: {error}.",
                remedy="See that the disk is not full and that the file belongs to the node's account.",
            ) from error


def put_in(work: sqlite3.Connection, notice: Notice) -> bool:
    """``Outbox.put`` inside a transaction that does more."""
    row = (
        notice.key,
        notice.to,
        notice.kind.value,
        instant_text(notice.at),
        notice.subject,
        json.dumps(notice.sentences),
        notice.path,
        int(notice.urgent),
        notice.permit,
    )
    done = work.execute(
        "INSERT INTO notice (key, person, kind, at, subject, sentences, path, urgent, permit)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        row,
    )
    return done.rowcount == 1


def told_of(row: sqlite3.Row) -> Told:
    """A row of ``notice``."""
    notice = Notice(
        key=row["key"],
        to=PersonId(row["person"]),
        kind=NoticeKind(row["kind"]),
        at=instant_of(row["at"]),
        subject=row["subject"],
        sentences=tuple(json.loads(row["sentences"])),
        path=row["path"],
        urgent=bool(row["urgent"]),
        permit=row["permit"],
    )
    return Told(row["number"], notice, instant_of(row["read_at"]) if row["read_at"] else None)
