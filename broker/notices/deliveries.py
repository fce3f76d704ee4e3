"""How far each notice got, in the outbox's file: what waits, what was taken, what the ledger has not heard of yet."""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from broker.notices.choices import Choices, Delivery
from broker.notices.outbox import Outbox, Told, told_of
from domain.canonical import canonical, instant_of, instant_text
from domain.ids import PersonId
from domain.notice import Notice

CONSOLE = "console"
"""The way that is always there: its delivery is that the person looked."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One attempt that is due."""

    number: int
    notice: Notice
    channel: str
    attempts: int
    """How many there were before."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one delivery. ``code`` is empty when it was taken."""

    number: int
    notice: Notice
    channel: str
    attempts: int
    code: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one delivery stands: ``waiting``, ``sent`` or ``failed``, with the code of the last attempt."""

    channel: str
    state: str
    attempts: int
    code: str


class Deliveries:
    """Every method is one transaction of the outbox; EvidenceError when it fails."""

    def __init__(self, outbox: Outbox) -> None:
        self.outbox = outbox

    def unrouted(self, most: int = 100) -> tuple[Told, ...]:
        """Notices of which nobody has said yet which ways they go, oldest first."""
        with self.outbox.look() as work:
            rows = work.execute(
                "SELECT * FROM notice WHERE routed = 0 ORDER BY number LIMIT ?", (most,)
            ).fetchall()
        return tuple(told_of(row) for row in rows)

    def route(self, number: int, deliveries: Iterable[Delivery]) -> None:
        """These are its ways. A chat room is told once, however many persons are told the same."""
        with self.outbox.work() as work:
            for one in deliveries:
                if (
                    one.channel == "chat"
                    and work.execute(
                        "SELECT 1 FROM delivery JOIN notice USING (number) WHERE channel = 'chat'"
                        " AND key = (SELECT key FROM notice WHERE number = ?)",
                        (number,),
                    ).fetchone()
                ):
                    continue
                work.execute(
                    "INSERT INTO delivery (number, channel, state, due_s) VALUES (?, ?, 'waiting', ?)"
                    " ON CONFLICT DO NOTHING",
                    (number, one.channel, _seconds(one.due)),
                )
            work.execute("UPDATE notice SET routed = 1 WHERE number = ?", (number,))

    def due(self, now: datetime, most: int = 50) -> tuple[Waiting, ...]:
        """What is to be tried now: urgent ones first, then by age."""
        with self.outbox.look() as work:
            rows = work.execute(
                "SELECT * FROM delivery JOIN notice USING (number) WHERE state = 'waiting' AND due_s <= ?"
                " ORDER BY urgent DESC, number LIMIT ?",
                (_seconds(now), most),
            ).fetchall()
        return tuple(
            Waiting(row["number"], told_of(row).notice, row["channel"], row["attempts"]) for row in rows
        )

    def taken(self, one: Waiting, now: datetime) -> None:
        """The other side has it."""
        self._end(one, "sent", "", now)

    def failed(self, one: Waiting, code: str, now: datetime) -> None:
        """It is not tried again."""
        self._end(one, "failed", code, now)

    def again(self, one: Waiting, code: str, due: datetime) -> None:
        """It is tried once more, from ``due`` on."""
        with self.outbox.work() as work:
            work.execute(
                "UPDATE delivery SET attempts = ?, code = ?, due_s = ? WHERE number = ? AND channel = ?",
                (one.attempts + 1, code, _seconds(due), one.number, one.channel),
            )

    def untold(self, most: int = 100) -> tuple[Result, ...]:
        """Results that the ledger has not been told of, oldest first; a look in the console is one too."""
        with self.outbox.look() as work:
            looked = work.execute(
                "SELECT *, 'console' AS channel, 1 AS attempts, '' AS code, read_at AS done_at FROM notice"
                " WHERE read_at IS NOT NULL AND read_told = 0 ORDER BY number LIMIT ?",
                (most,),
            ).fetchall()
            ended = work.execute(
                "SELECT * FROM delivery JOIN notice USING (number) WHERE done_at IS NOT NULL AND told = 0"
                " ORDER BY done_at, number LIMIT ?",
                (most,),
            ).fetchall()
        return tuple(
            Result(
                row["number"],
                told_of(row).notice,
                row["channel"],
                row["attempts"],
                row["code"],
                instant_of(row["done_at"]),
            )
            for row in (*ended, *looked)
        )

    def told(self, one: Result) -> None:
        """The ledger has it."""
        with self.outbox.work() as work:
            if one.channel == CONSOLE:
                work.execute("UPDATE notice SET read_told = 1 WHERE number = ?", (one.number,))
            else:
                work.execute(
                    "UPDATE delivery SET told = 1 WHERE number = ? AND channel = ?", (one.number, one.channel)
                )

    def standing(self, number: int) -> tuple[Standing, ...]:
        """Where each delivery of one notice stands."""
        with self.outbox.look() as work:
            rows = work.execute(
                "SELECT channel, state, attempts, code FROM delivery WHERE number = ? ORDER BY channel",
                (number,),
            ).fetchall()
        return tuple(Standing(*row) for row in rows)

    def newest(self, person: PersonId | None, most: int) -> tuple[tuple[Told, tuple[Standing, ...]], ...]:
        """The newest notices, of one person or of all, each with where its deliveries stand."""
        with self.outbox.look() as work:
            rows = work.execute(
                "SELECT * FROM notice WHERE ? IS NULL OR person = ? ORDER BY number DESC LIMIT ?",
                (person, person, most),
            ).fetchall()
            last = rows[-1]["number"] if rows else 0
            found = work.execute(
                "SELECT number, channel, state, attempts, code FROM delivery WHERE number >= ?"
                " ORDER BY number, channel",
                (last,),
            ).fetchall()
        return _with_standing(rows, found)

    def about(self, permit: str) -> tuple[tuple[Told, tuple[Standing, ...]], ...]:
        """What was told of one permit, oldest first, each with where its deliveries stand."""
        with self.outbox.look() as work:
            rows = work.execute(
                "SELECT * FROM notice WHERE permit = ? AND permit <> '' ORDER BY number LIMIT 100", (permit,)
            ).fetchall()
            found = work.execute(
                "SELECT number, channel, state, attempts, code FROM delivery JOIN notice USING (number)"
                " WHERE permit = ? AND permit <> '' ORDER BY number, channel",
                (permit,),
            ).fetchall()
        return _with_standing(rows, found)

    def unheard(self, persons: Iterable[PersonId], before: datetime) -> tuple[Told, ...]:
        """Urgent notices to ``persons`` from before that instant that they did not look at and nobody confirmed."""
        wanted = tuple(persons)
        marks = ", ".join("?" * len(wanted))
        with self.outbox.look() as work:
            rows = work.execute(
                f"SELECT * FROM notice WHERE person IN ({marks}) AND urgent = 1 AND read_at IS NULL"  # noqa: S608 (marks only)
                " AND NOT EXISTS (SELECT 1 FROM delivery WHERE delivery.number = notice.number"
                " AND state = 'sent' AND channel NOT IN ('syslog', 'push')) ORDER BY number DESC LIMIT 50",
                wanted,
            ).fetchall()
        return tuple(one for one in map(told_of, rows) if one.notice.at <= before)

    def choices(self, person: PersonId) -> Choices:
        """How they want to be told; the usual where they never said, or what they said can't be read any more."""
        with self.outbox.look() as work:
            row = work.execute("SELECT document FROM choice WHERE person = ?", (person,)).fetchone()
        try:
            return Choices.of(json.loads(row["document"])) if row else Choices()
        except (ValueError, TypeError):
            return Choices()

    def choose(self, person: PersonId, choices: Choices) -> None:
        """They want to be told like this from now on. The ledger has heard of it."""
        with self.outbox.work() as work:
            work.execute(
                "INSERT INTO choice (person, document) VALUES (?, ?)"
                " ON CONFLICT (person) DO UPDATE SET document = excluded.document",
                (person, canonical(choices.document()).decode()),
            )

    def choosers(self) -> tuple[PersonId, ...]:
        """Everybody who ever said how."""
        with self.outbox.look() as work:
            return tuple(PersonId(row["person"]) for row in work.execute("SELECT person FROM choice"))

    def for_digest(self, person: PersonId, choices: Choices) -> tuple[Told, ...]:
        """What was left to the digest since the last one, oldest first."""
        marks = ", ".join("?" * len(choices.digest))
        with self.outbox.look() as work:
            rows = work.execute(
                f"SELECT * FROM notice WHERE person = ? AND kind IN ({marks}) AND urgent = 0 AND number >"  # noqa: S608 (marks only)
                " coalesce((SELECT max(number) FROM notice WHERE person = ? AND kind = 'digest'), 0)"
                " ORDER BY number LIMIT 500",
                (person, *sorted(choices.digest), person),
            ).fetchall()
        return tuple(told_of(row) for row in rows)

    def forget(self, before: datetime) -> int:
        """Drop what is older and done with; how many. What the ledger keeps of it stays."""
        with self.outbox.work() as work:
            done = work.execute(
                "DELETE FROM notice WHERE at < ? AND routed = 1 AND (read_at IS NULL OR read_told = 1)"
                " AND NOT EXISTS (SELECT 1 FROM delivery WHERE delivery.number = notice.number AND told = 0)",
                (instant_text(before),),
            )
            return done.rowcount

    def _end(self, one: Waiting, state: str, code: str, now: datetime) -> None:
        with self.outbox.work() as work:
            work.execute(
                "UPDATE delivery SET state = ?, attempts = ?, code = ?, done_at = ? WHERE number = ? AND channel = ?",
                (state, one.attempts + 1, code, instant_text(now), one.number, one.channel),
            )


def _with_standing(
    rows: Iterable[sqlite3.Row], found: Iterable[sqlite3.Row]
) -> tuple[tuple[Told, tuple[Standing, ...]], ...]:
    standing: dict[int, list[Standing]] = {}
    for row in found:
        standing.setdefault(row["number"], []).append(Standing(*row[1:]))
    return tuple((told, tuple(standing.get(told.number, ()))) for told in map(told_of, rows))


def _seconds(at: datetime) -> int:
    """Whole seconds since 1970, rounded up: never early."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return -((epoch - at) // timedelta(seconds=1))
