"""The files of one session, by the ledger's own events: name, way, size, hash, verdict, who released it, how it ended. Pure but for reading the log.

A file may come in one session, wait, be released, and pass in another: what is told of it before it passed belongs to both.
"""

import csv
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from itertools import islice
from sys import intern
from typing import Final

from domain.canonical import Json, instant_of, text_in
from domain.cells import plain_cell
from recorder.case import OF_FILES
from recorder.ledger.reader import LogReader
from recorder.replay import inert

TAKEN: Final = "FileTakenIn"
SCREENED: Final = "FileScreened"
RELEASED: Final = "FileReleased"
REFUSED: Final = "FileRefused"
DELIVERED: Final = "FileDelivered"
MOVED: Final = "FileMoved"
ERASED: Final = "FileErased"
NOT_TAKEN: Final = "FileNotTaken"
ABOUT = frozenset({TAKEN, SCREENED, RELEASED, REFUSED, ERASED})
"""What is told of a file by its id, beside where it went."""

CONTENTS_ERASED: Final = "EvidenceErased"
KINDS = OF_FILES | {CONTENTS_ERASED}
MOST_LEAVES = 100_000_000
WHAT = {TAKEN: "taken in", DELIVERED: "delivered", MOVED: "moved", NOT_TAKEN: "not taken"}
CHARTER: Final = "charter"
COLUMNS = (
    "at",
    "what",
    "way",
    "name",
    "size",
    "sha256",
    "verdict",
    "code",
    "released_by",
    "refused_by",
    "outcome",
    "kept",
    "file",
    "leaf",
)
"""Of the list as CSV. ``at`` is UTC, ``size`` bytes, ``sha256`` hex; several persons have a space between."""


@dataclass(frozen=True, slots=True)
class FileRow:
    """One file on one way. Text is inert, and empty where the ledger says nothing."""

    at: str
    what: str
    """``taken in``, ``delivered``, ``moved`` (a download, or an upload that nobody looks at) or ``not taken``."""
    way: str
    """The grant that it used: ``sftp:put``."""
    name: str
    """As the client called it."""
    size: int | None
    """In bytes; None for what was turned away before it was whole."""
    sha256: str
    verdict: str
    """By the charter and by what was found: ``released``, ``held``, ``refused``; empty for what nobody looks at. Whoever decided then stands beside it."""
    code: str
    released_by: tuple[str, ...]
    """Who signed that it may pass, or ``charter``. Whether that let it pass was the gate's to say, each time."""
    refused_by: str
    outcome: str
    """``whole``, ``cut``, ``failed`` (the asset said no); empty for what was not taken."""
    kept: str
    """Where its bytes lie for as long as the session's evidence does: ``quarantine``, ``recording``; ``erased``; empty for nowhere."""
    file: str
    """Its id in the quarantine."""
    leaf: int
    """The ledger's leaf that says so."""

    def document(self) -> dict[str, Json]:
        """The row as JSON."""
        told: dict[str, Json] = {name: getattr(self, name) for name in COLUMNS}
        return told | {"released_by": list(self.released_by)}

    def cells(self) -> tuple[str, ...]:
        """Its columns, as inert texts."""
        said = {
            "size": "" if self.size is None else str(self.size),
            "released_by": " ".join(self.released_by),
        }
        return tuple(said.get(name, str(getattr(self, name))) for name in COLUMNS)


@dataclass(frozen=True, slots=True)
class Told:
    """What one leaf says of a file in the quarantine, as far as a row needs it. There may be several hundred thousand."""

    leaf: int
    kind: str
    state: str = ""
    code: str = ""
    by: str = ""
    until: str = ""
    permit: str = ""
    sha256: str = ""

    @staticmethod
    def of(leaf: int, event: Mapping[str, Json]) -> "Told":
        """It from a leaf of any of the kinds ``ABOUT``."""
        kind = intern(text_in(event, "event"))
        match kind:
            case "FileScreened":
                return Told(leaf, kind, intern(text_in(event, "state")), intern(text_in(event, "code")))
            case "FileReleased":
                texts = {name: text_in(event, name) for name in ("by", "until", "permit", "sha256")}
                return Told(leaf, kind, **texts)
            case "FileRefused":
                return Told(leaf, kind, by=text_in(event, "by"))
            case _:
                return Told(leaf, kind)


NOTHING: Final = Told(-1, "")


class SessionFiles:
    """The files of one session in a log that may still grow. Of each nothing is held but what was said of those in the quarantine.

    ``below``: no leaf from there on counts, however far the log has come.
    """

    def __init__(self, log: LogReader, session: str, below: int | None = None) -> None:
        self._log, self._session, self._below = log, session, below
        self._about: dict[str, list[Told]] = {}
        self._came: set[str] = set()
        self._before: set[str] = set()
        """Those that came in another session and passed in this."""
        self._read = 0
        self._count = 0
        self._gone = False

    def count(self) -> int:
        """How many rows there are."""
        self._read_on()
        return self._count

    def rows(self, after: int = -1) -> Iterator[FileRow]:
        """One each time a file came, went, moved or was turned away, in the ledger's order; of leaves behind ``after``."""
        self._read_on()
        for index, event in self._own(after + 1):
            if event.get("event") in WHAT:
                about = self._about.get(text_in(event, "file"), ())
                yield _row(index, event, about, gone=self._gone)

    def leaves(self) -> Iterator[int]:
        """Every leaf about a file of the session: its own, and what was told of those that came in another; in no order."""
        self._read_on()
        yield from (index for index, _event in self._own(0))
        if self._before:
            told = self._log.find(event=ABOUT, newest_first=False, limit=MOST_LEAVES)
            yield from (
                one.index
                for one in told
                if one.index < self._read and text_in(one.event, "file") in self._before
            )

    def _own(self, start: int) -> Iterator[tuple[int, Mapping[str, Json]]]:
        found = self._log.find(
            event=KINDS, session=self._session, start=start, newest_first=False, limit=MOST_LEAVES
        )
        yield from ((one.index, one.event) for one in found if one.index < self._read)

    def _read_on(self) -> None:
        size = self._log.size if self._below is None else min(self._below, self._log.size)
        start, self._read = self._read, size
        passed = set()
        for index, event in self._own(start):
            kind, file = event.get("event"), text_in(event, "file")
            self._gone |= kind == CONTENTS_ERASED
            self._count += kind in WHAT
            if kind == TAKEN:
                self._came.add(file)
            elif kind == DELIVERED:
                passed.add(file)
            elif kind in ABOUT and file not in self._before:
                self._about.setdefault(file, []).append(Told.of(index, event))
        fresh = passed - self._came - self._before
        for file in fresh:
            self._about[file] = []
        for files, begin in ((self._before, start), (fresh, 0)):
            if not files:
                continue
            for one in self._log.find(event=ABOUT, start=begin, newest_first=False, limit=MOST_LEAVES):
                if one.index < size and (file := text_in(one.event, "file")) in files:
                    self._about.setdefault(file, []).append(Told.of(one.index, one.event))
        self._before |= fresh


class FilesTold:
    """The files of the sessions that were asked about last; each look reads on from where the one before stopped. For one thread at a time."""

    MOST_KEPT = 8

    def __init__(self, log: LogReader) -> None:
        self._log = log
        self._kept: OrderedDict[str, SessionFiles] = OrderedDict()

    def of(self, session: str) -> SessionFiles:
        """One session's."""
        found = self._kept.setdefault(session, SessionFiles(self._log, session))
        self._kept.move_to_end(session)
        if len(self._kept) > self.MOST_KEPT:
            self._kept.popitem(last=False)
        return found

    def part(self, session: str, after: int, most: int) -> tuple[tuple[FileRow, ...], int]:
        """``most`` rows at most behind the leaf ``after``, and how many there are in all."""
        files = self.of(session)
        return tuple(islice(files.rows(after), most)), files.count()


def files_of(log: LogReader, session: str) -> Iterator[FileRow]:
    """The session's files, as the ledger has them now."""
    return SessionFiles(log, session).rows()


def csv_of(rows: Iterable[FileRow]) -> Iterator[bytes]:
    """The list as CSV (RFC 4180), line by line, with its columns' names first; no cell is one that a spreadsheet would reckon."""
    yield _line(COLUMNS)
    for row in rows:
        yield _line([plain_cell(one) for one in row.cells()])


def _line(cells: Sequence[str]) -> bytes:
    text = StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue().encode()


def _row(
    index: int,
    event: Mapping[str, Json],
    about: Iterable[Told],
    *,
    gone: bool,
) -> FileRow:
    kind, size = str(event.get("event")), event.get("size")
    # What passed did so on what was known by then; what came is told as it stands now.
    known = [one for one in about if kind != DELIVERED or one.leaf < index]
    last = {one.kind: one for one in known}
    screened = last.get(SCREENED, NOTHING)
    verdict, code = screened.state, screened.code or text_in(event, "code")
    if kind == TAKEN and SCREENED not in last:
        verdict, code = "held", "file_not_screened" if event.get("whole") is True else "file_cut"
    if kind == NOT_TAKEN:
        verdict = "refused"
    released = tuple(dict.fromkeys(inert(one.by) for one in known if _lets(one, event)))
    if not released and verdict == "released":
        released = (CHARTER,)
    return FileRow(
        at=_shown(event, "at"),
        what=WHAT[kind],
        way=_shown(event, "passage"),
        name=_shown(event, "name"),
        size=size if isinstance(size, int) and not isinstance(size, bool) else None,
        sha256=_shown(event, "sha256"),
        verdict=inert(verdict),
        code=inert(code),
        released_by=released,
        refused_by=inert(last.get(REFUSED, NOTHING).by),
        outcome=("whole" if event.get("whole") is True else "cut")
        if kind == TAKEN
        else _shown(event, "outcome"),
        kept=_kept(kind, erased=ERASED in {one.kind for one in about}, gone=gone),
        file=_shown(event, "file"),
        leaf=index,
    )


def _lets(told: Told, event: Mapping[str, Json]) -> bool:
    """Whether somebody signed for these bytes; of what passed, for that permit and until a later time."""
    if told.kind != RELEASED:
        return False
    if event.get("event") != DELIVERED:
        return told.sha256 == text_in(event, "sha256")
    until, at = _instant(told.until), _instant(text_in(event, "at"))
    in_time = until is None or at is None or at < until
    return in_time and told.permit in {"", text_in(event, "permit")}


def _kept(kind: str, *, erased: bool, gone: bool) -> str:
    if kind == NOT_TAKEN:
        return ""
    if kind == MOVED:
        return "erased" if gone else "recording"
    return "erased" if erased else "quarantine"


def _shown(event: Mapping[str, Json], name: str) -> str:
    return inert(text_in(event, name))


def _instant(text: str) -> datetime | None:
    try:
        return instant_of(text)
    except ValueError:
        return None
