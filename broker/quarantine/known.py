"""The cards of all files that lie in the quarantine, beside the memory: by id, by what they hold, by session and by permit.

A hundred thousand of them cost the gate a few MiB. They lie in a nameless file of SQLite's that nobody else can open and that goes with the
process; what is kept is the card beside each file.
"""

import sqlite3
import weakref
from collections.abc import Iterator

from broker.quarantine.cards import Card, card_of
from broker.quarantine.signatures import may_be_one
from domain.canonical import canonical, object_of, parse

CACHE_KIB = 2048
MOST_SIGNATURES = 32
"""Of a permit's that are tried on a file, the newest first."""

UNSIGNED = ("file_unsigned", "file_signature_wrong")
TABLE = """
CREATE TABLE card (
    place INTEGER PRIMARY KEY, id TEXT UNIQUE, sha256 TEXT, session TEXT, permit TEXT, code TEXT, whole INTEGER, signs INTEGER, card BLOB
);
CREATE INDEX alike ON card (sha256, place);
CREATE INDEX of_session ON card (session, place);
CREATE INDEX by_code ON card (code, permit, place);
CREATE INDEX signatures ON card (permit, signs, place);
"""
KEEP = """
INSERT INTO card (id, sha256, session, permit, code, whole, signs, card) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET code = excluded.code, card = excluded.card
"""


class KnownFiles:
    """In the order in which they came. A card's digest never changes."""

    def __init__(self) -> None:
        # An empty name is a file of its own on the disk, already unlinked: https://www.sqlite.org/inmemorydb.html, section 3
        self._rows = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        weakref.finalize(self, self._rows.close)
        self._rows.executescript(
            f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -{CACHE_KIB}; {TABLE}"
        )

    def keep(self, card: Card) -> None:
        """Know it, or know it anew. What an archive holds is left beside the file."""
        signs = card.whole and may_be_one(card.came.name, card.size)
        came, body = card.came, canonical(card.brief().document())
        self._rows.execute(
            KEEP, (card.id, card.sha256, came.session, came.permit, card.code, card.whole, signs, body)
        )

    def forget(self, file: str) -> Card | None:
        """Know it no longer; the card that was known."""
        card = self.find(file)
        self._rows.execute("DELETE FROM card WHERE id = ?", (file,))
        return card

    def find(self, file: str) -> Card | None:
        """The card of one file."""
        return next(self._found("id = ?", file), None)

    def alike(self, sha256: str) -> tuple[Card, ...]:
        """Every file with these bytes, the newest first."""
        return tuple(self._found("sha256 = ? ORDER BY place DESC", sha256))

    def of_session(self, session: str) -> tuple[str, ...]:
        """The files that came in one session, by their ids, the oldest first."""
        return self._ids("session = ? ORDER BY place", session)

    def of_code(self, code: str) -> tuple[str, ...]:
        """The whole ones that stand under this code."""
        return self._ids("code = ? AND whole ORDER BY place", code)

    def unsigned(self, permit: str) -> tuple[str, ...]:
        """Those of a permit that wait for a signature."""
        return tuple(
            one
            for code in UNSIGNED
            for one in self._ids("code = ? AND permit = ? ORDER BY place", code, permit)
        )

    def signatures(self, permit: str) -> tuple[Card, ...]:
        """What came under a permit and may be a signature, the newest first; so many at most."""
        return tuple(self._found(f"permit = ? AND signs ORDER BY place DESC LIMIT {MOST_SIGNATURES}", permit))

    def _found(self, where: str, *given: str) -> Iterator[Card]:
        for (body,) in self._rows.execute(f"SELECT card FROM card WHERE {where}", given).fetchall():  # noqa: S608 - the words are this module's
            yield card_of(object_of(parse(body)))

    def _ids(self, where: str, *given: str) -> tuple[str, ...]:
        rows = self._rows.execute(f"SELECT id FROM card WHERE {where}", given)  # noqa: S608 - the words are this module's
        return tuple(str(one) for (one,) in rows)
