"""The index over recordings: SQLite's FTS5 or PostgreSQL's full text, behind one face.

An aid. It is made from the recordings, holds nothing that they don't, and can be thrown away at any time; nobody decides by it.
On SQLite it is a file of its own beside the node's database, on PostgreSQL tables of its own. What it holds is in clear:
who may read it is said in ADR 0033, and ``forget`` takes a session out of it for good.
"""

import asyncio
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from approvals.transactions import looking
from broker.reading.found import VERSION, Found, FoundKind
from broker.reading.query import Term, words_of
from domain.ids import SessionId

SCHEMA: Final = 1
LOCK_NUMBER: Final = 0x72656164696E67  # "reading": PostgreSQL's advisory lock for making the tables
MOST_ROWS = 500
LONGEST_WAIT_S = 5.0  # for somebody who reads

_TABLES = (
    """CREATE TABLE IF NOT EXISTS reading_session (
        session TEXT PRIMARY KEY, permit TEXT NOT NULL, person TEXT NOT NULL, asset TEXT NOT NULL,
        opened_at TEXT NOT NULL, item TEXT NOT NULL, version INTEGER NOT NULL, fault TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS reading_found (
        id {key}, session TEXT NOT NULL REFERENCES reading_session(session) ON DELETE CASCADE,
        kind TEXT NOT NULL, channel INTEGER NOT NULL, at_us BIGINT NOT NULL, deed TEXT NOT NULL,
        octets BIGINT NOT NULL, shown TEXT NOT NULL, words {words} NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS reading_found_session ON reading_found(session, at_us)",
)
_SQLITE = (
    """CREATE VIRTUAL TABLE IF NOT EXISTS reading_words USING fts5(
        words, content='reading_found', content_rowid='id', tokenize='unicode61 remove_diacritics 0')""",
)
_POSTGRES = ("CREATE INDEX IF NOT EXISTS reading_found_words ON reading_found USING gin(words)",)


@dataclass(frozen=True, slots=True)
class Indexed:
    """A session as the index knows it. ``item`` is the recording's SHA-256 by the ledger; ``fault`` why nothing is found."""

    session: SessionId
    permit: str
    person: str
    asset: str
    opened_at: datetime
    item: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where to look. Empty fields ask for everything; ``since`` is inside, ``until`` is not."""

    person: str = ""
    asset: str = ""
    permit: str = ""
    session: str = ""
    since: datetime | None = None
    until: datetime | None = None
    kinds: frozenset[FoundKind] = frozenset()


EVERYWHERE: Final = Wanted()


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was asked for, and the session in which it is."""

    about: Indexed
    found: Found


class Index:
    """One index. Raises SQLAlchemy's errors; whoever asks says that the search can't be had, and goes on."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._sqlite = engine.dialect.name == "sqlite"

    async def prepare(self) -> None:
        """Make the tables where they are missing. On SQLite what is deleted is overwritten, not only unlinked."""
        key = "INTEGER PRIMARY KEY" if self._sqlite else "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
        words = "TEXT" if self._sqlite else "TSVECTOR"
        async with self._engine.begin() as connection:
            if not self._sqlite:
                await connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": LOCK_NUMBER})
            for one in (*_TABLES, *(_SQLITE if self._sqlite else _POSTGRES)):
                await connection.exec_driver_sql(one.format(key=key, words=words))

    async def put(self, about: Indexed, things: Sequence[Found]) -> None:
        """Everything found in a session, in place of what was known of it."""
        rows = [_row(about.session, one, sqlite=self._sqlite) for one in things]
        async with self._engine.begin() as connection:
            await self._remove(connection, about.session)
            await connection.execute(
                text(
                    "INSERT INTO reading_session (session, permit, person, asset, opened_at, item, version, fault)"
                    " VALUES (:session, :permit, :person, :asset, :opened_at, :item, :version, :fault)"
                ),
                {
                    "session": about.session,
                    "permit": about.permit,
                    "person": about.person,
                    "asset": about.asset,
                    "opened_at": _instant(about.opened_at),
                    "item": about.item,
                    "version": VERSION,
                    "fault": about.fault,
                },
            )
            value = ":words" if self._sqlite else "CAST(:words AS tsvector)"
            insert = text(
                "INSERT INTO reading_found (session, kind, channel, at_us, deed, octets, shown, words)"  # noqa: S608
                f" VALUES (:session, :kind, :channel, :at_us, :deed, :octets, :shown, {value})"
            )
            for start in range(0, len(rows), MOST_ROWS):
                await connection.execute(insert, rows[start : start + MOST_ROWS])
            if self._sqlite:
                await connection.execute(
                    text(
                        "INSERT INTO reading_words (rowid, words)"
                        " SELECT id, words FROM reading_found WHERE session = :session"
                    ),
                    {"session": about.session},
                )

    async def forget(self, session: SessionId) -> bool:
        """Take a session out for good: no word of it stays in the file. Whether it was there."""
        async with self._engine.begin() as connection:
            known = await self._remove(connection, session)
            if known and self._sqlite:
                # Deleted words stay in FTS5's segments until these are merged.
                await connection.exec_driver_sql(
                    "INSERT INTO reading_words(reading_words) VALUES('optimize')"
                )
        if known:
            await self._compact()
        return known

    async def clear(self) -> None:
        """Empty it, to be made anew."""
        async with self._engine.begin() as connection:
            for table in ("reading_words",) if self._sqlite else ():
                await connection.exec_driver_sql(f"DROP TABLE IF EXISTS {table}")
            await connection.exec_driver_sql("DROP TABLE IF EXISTS reading_found")
            await connection.exec_driver_sql("DROP TABLE IF EXISTS reading_session")
        await self.prepare()
        await self._compact()

    async def known(self) -> Mapping[SessionId, Indexed]:
        """The sessions in it that this version read."""
        query = "SELECT * FROM reading_session WHERE version = :version"
        async with looking(self._engine).connect() as connection:
            rows = await connection.execute(text(query), {"version": VERSION})
            return {SessionId(row["session"]): _indexed(row) for row in rows.mappings()}

    async def things(
        self, session: SessionId, kinds: frozenset[FoundKind] = frozenset()
    ) -> tuple[Found, ...]:
        """What was found in a session, in order of time; of these kinds only, where any is named."""
        wanted, given = _where(Wanted(session=session, kinds=kinds))
        query = (
            "SELECT f.* FROM reading_found f JOIN reading_session s ON s.session = f.session"  # noqa: S608
            f" WHERE {wanted} ORDER BY f.at_us, f.id"
        )
        async with looking(self._engine).connect() as connection:
            rows = await connection.execute(text(query), given)
            return tuple(_found(row) for row in rows.mappings())

    async def find(
        self, terms: Sequence[Term], wanted: Wanted = EVERYWHERE, limit: int = 200
    ) -> tuple[Hit, ...]:
        """What holds every term: the newest session first, in each by time. Nothing is asked for, nothing is found."""
        if not terms:
            return ()
        condition, given = _where(wanted)
        if self._sqlite:
            source = "reading_words w JOIN reading_found f ON f.id = w.rowid"
            matches, query = "w.words MATCH :terms", " AND ".join(map(_fts5, terms))
        else:
            source = "reading_found f"
            matches, query = "f.words @@ CAST(:terms AS tsquery)", " & ".join(map(_tsquery, terms))
        sql = (
            "SELECT s.permit, s.person, s.asset, s.opened_at, s.item, s.fault, f.*"  # noqa: S608
            f" FROM {source} JOIN reading_session s ON s.session = f.session"
            f" WHERE {matches} AND {condition} ORDER BY s.opened_at DESC, f.session, f.at_us, f.id LIMIT :limit"
        )
        async with looking(self._engine).connect() as connection:
            rows = await connection.execute(text(sql), {**given, "terms": query, "limit": limit})
            return tuple(Hit(_indexed(row), _found(row)) for row in rows.mappings())

    async def _remove(self, connection: AsyncConnection, session: SessionId) -> bool:
        given = {"session": session}
        if self._sqlite:
            # An index over another table's text must be told what it had: sqlite.org/fts5.html section 4.4.3.
            await connection.exec_driver_sql("PRAGMA secure_delete = ON")
            await connection.execute(
                text(
                    "INSERT INTO reading_words (reading_words, rowid, words)"
                    " SELECT 'delete', id, words FROM reading_found WHERE session = :session"
                ),
                given,
            )
        await connection.execute(text("DELETE FROM reading_found WHERE session = :session"), given)
        gone = await connection.execute(text("DELETE FROM reading_session WHERE session = :session"), given)
        return bool(gone.rowcount)

    async def _compact(self) -> None:
        if self._sqlite:
            await asyncio.to_thread(_shorten, self._engine.url.database or "")
            return
        async with self._engine.connect() as connection:
            outside = await connection.execution_options(isolation_level="AUTOCOMMIT")
            await outside.exec_driver_sql("VACUUM reading_found")


def _shorten(path: str) -> None:
    # Outside of any transaction, which our engine can't do: what was deleted stands in the write-ahead log too.
    with closing(sqlite3.connect(path, timeout=LONGEST_WAIT_S)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _row(session: SessionId, one: Found, *, sqlite: bool) -> dict[str, object]:
    said = f"{one.deed} {one.text}" if one.kind is FoundKind.TRANSFER else one.text
    words = [each.word for each in words_of(said)]
    return {
        "session": session,
        "kind": one.kind.value,
        "channel": one.channel,
        "at_us": one.at_us,
        "deed": one.deed,
        "octets": one.octets,
        "shown": one.text,
        "words": " ".join(words) if sqlite else _tsvector(words),
    }


def _tsvector(words: Sequence[str]) -> str:
    """The words with their places, in PostgreSQL's own notation: its parser would cut them otherwise than we do."""
    places: dict[str, list[int]] = {}
    for place, word in enumerate(words, 1):
        places.setdefault(word, []).append(place)
    return " ".join(f"'{word}':{','.join(map(str, at[:200]))}" for word, at in places.items())


def _tsquery(term: Term) -> str:
    words = [f"'{word}'" for word in term.words]
    if term.begins:
        words[-1] += ":*"
    return f"({' <-> '.join(words)})"


def _fts5(term: Term) -> str:
    return f'"{" ".join(term.words)}"' + (" *" if term.begins else "")


def _where(wanted: Wanted) -> tuple[str, dict[str, object]]:
    conditions, given = ["1 = 1"], {}
    for name in ("person", "asset", "permit", "session"):
        if value := getattr(wanted, name):
            conditions.append(f"s.{name} = :{name}")
            given[name] = value
    if wanted.since is not None:
        conditions.append("s.opened_at >= :since")
        given["since"] = _instant(wanted.since)
    if wanted.until is not None:
        conditions.append("s.opened_at < :until")
        given["until"] = _instant(wanted.until)
    if wanted.kinds:
        names = [f"kind{number}" for number in range(len(wanted.kinds))]
        conditions.append(f"f.kind IN ({', '.join(f':{name}' for name in names)})")
        given |= dict(zip(names, sorted(wanted.kinds), strict=True))
    return " AND ".join(conditions), given


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _indexed(row: Mapping[Any, Any]) -> Indexed:
    return Indexed(
        session=SessionId(row["session"]),
        permit=row["permit"],
        person=row["person"],
        asset=row["asset"],
        opened_at=datetime.fromisoformat(row["opened_at"]),
        item=row["item"],
        fault=row["fault"],
    )


def _found(row: Mapping[Any, Any]) -> Found:
    return Found(
        FoundKind(row["kind"]), row["at_us"], row["channel"], row["shown"], row["deed"], row["octets"]
    )
