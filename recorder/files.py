"""The files of one session, by the ledger's own events: name, way, size, hash, verdict, who released it, how it ended. Pure but for reading the log.

A file may come in one session, wait, be released, and pass in another: what is told of it before it passed belongs to both.
"""

import csv
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from typing import Final

from domain.canonical import Json, instant_of, text_in
from domain.cells import plain_cell
from recorder.ledger.reader import Kept, LogReader
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
KINDS = ABOUT | {DELIVERED, MOVED, NOT_TAKEN, CONTENTS_ERASED}
MOST_LEAVES = 1_000_000
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


def leaves_of_files(log: LogReader, session: str) -> tuple[Kept, ...]:
    """Every leaf about a file of the session, oldest first: its own, and what was told of those that came in another and passed in this."""
    own = list(log.find(event=KINDS, session=session, newest_first=False, limit=MOST_LEAVES))
    here = {text_in(one.event, "file") for one in own if one.event.get("event") == TAKEN}
    came_before = {text_in(one.event, "file") for one in own if one.event.get("event") == DELIVERED} - here
    if not came_before:
        return tuple(own)
    told = log.find(event=ABOUT, newest_first=False, limit=MOST_LEAVES)
    theirs = (one for one in told if text_in(one.event, "file") in came_before)
    both = {one.index: one for one in (*own, *theirs)}
    return tuple(both[index] for index in sorted(both))


def files_of(log: LogReader, session: str) -> tuple[FileRow, ...]:
    """The session's files, as the ledger has them now."""
    return file_rows([(one.index, one.event) for one in leaves_of_files(log, session)], session)


def file_rows(told: Iterable[tuple[int, Mapping[str, Json]]], session: str) -> tuple[FileRow, ...]:
    """The rows of ``session`` among these leaves, in their order: one each time a file came, went, moved or was turned away."""
    leaves = sorted(told, key=lambda one: one[0])
    about: dict[str, list[tuple[int, Mapping[str, Json]]]] = {}
    for index, event in leaves:
        if event.get("event") in ABOUT:
            about.setdefault(text_in(event, "file"), []).append((index, event))
    gone = any(
        one.get("event") == CONTENTS_ERASED and text_in(one, "session") == session for _index, one in leaves
    )
    return tuple(
        _row(index, event, about.get(text_in(event, "file"), ()), gone=gone)
        for index, event in leaves
        if event.get("event") in WHAT and text_in(event, "session") == session
    )


def csv_of(rows: Iterable[FileRow]) -> bytes:
    """The list as CSV (RFC 4180), with its columns' names first; no cell is one that a spreadsheet would reckon."""
    text = StringIO()
    csv.writer(text).writerows([COLUMNS, *([plain_cell(one) for one in row.cells()] for row in rows)])
    return text.getvalue().encode()


def _row(
    index: int,
    event: Mapping[str, Json],
    about: Collection[tuple[int, Mapping[str, Json]]],
    *,
    gone: bool,
) -> FileRow:
    kind, size = str(event.get("event")), event.get("size")
    # What passed did so on what was known by then; what came is told as it stands now.
    known = [one for at, one in about if kind != DELIVERED or at < index]
    last = {str(one.get("event")): one for one in known}
    screened = last.get(SCREENED, {})
    verdict, code = text_in(screened, "state"), text_in(screened, "code") or text_in(event, "code")
    if kind == TAKEN and not screened:
        verdict, code = "held", "file_not_screened" if event.get("whole") is True else "file_cut"
    if kind == NOT_TAKEN:
        verdict = "refused"
    released = tuple(dict.fromkeys(_shown(one, "by") for one in known if _lets(one, event)))
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
        refused_by=_shown(last.get(REFUSED, {}), "by"),
        outcome=("whole" if event.get("whole") is True else "cut")
        if kind == TAKEN
        else _shown(event, "outcome"),
        kept=_kept(kind, erased=ERASED in {one.get("event") for _at, one in about}, gone=gone),
        file=_shown(event, "file"),
        leaf=index,
    )


def _lets(told: Mapping[str, Json], event: Mapping[str, Json]) -> bool:
    """Whether somebody signed for these bytes; of what passed, for that permit and until a later time."""
    if told.get("event") != RELEASED:
        return False
    if event.get("event") != DELIVERED:
        return text_in(told, "sha256") == text_in(event, "sha256")
    until, at = _instant(told, "until"), _instant(event, "at")
    in_time = until is None or at is None or at < until
    return in_time and text_in(told, "permit") in {"", text_in(event, "permit")}


def _kept(kind: str, *, erased: bool, gone: bool) -> str:
    if kind == NOT_TAKEN:
        return ""
    if kind == MOVED:
        return "erased" if gone else "recording"
    return "erased" if erased else "quarantine"


def _shown(event: Mapping[str, Json], name: str) -> str:
    return inert(text_in(event, name))


def _instant(event: Mapping[str, Json], name: str) -> datetime | None:
    try:
        return instant_of(text_in(event, name))
    except ValueError:
        return None
