"""The custody log of one session's evidence: who had it before their eyes or took it away, by the ledger's own events. Pure but for reading the log.

It is read from the ledger and kept nowhere else, so it can be no shorter than the ledger is. Looks that
were told before there were custody events, and whoever watched while the session lived, are in it too.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from domain.canonical import Json, instant_of, instant_text, text_in
from domain.events import ENDS
from recorder.ledger.reader import LogReader

HANDLED = "EvidenceHandled"
VIEWED = "EvidenceViewed"
WATCHED = "SessionWatched"
KINDS = frozenset({HANDLED, VIEWED, WATCHED})
LONGEST_PURPOSE = 300
MOST_LINES = 1_000_000
UNCHANGED = "nothing"
"""What is changed of the original by whoever handles it: it is opened for reading only."""


@dataclass(frozen=True, slots=True)
class Handling:
    """One line of the log. Text that the event does not have is empty, and ``copy_bytes`` 0 where nothing left."""

    index: int
    """The leaf that says so."""
    at: datetime
    session: str
    by: str
    deed: str
    """``view``, ``replay``, ``verify``, ``export``, ``refused``; ``watch`` for whoever saw the session live."""
    what: str
    item: str = ""
    door: str = ""
    source: str = ""
    office: str = ""
    purpose: str = ""
    copy_sha256: str = ""
    copy_bytes: int = 0
    changed: str = ""

    def document(self) -> dict[str, Json]:
        """The line as JSON."""
        told = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return told | {"at": instant_text(self.at)}


def custody(log: LogReader, session: str) -> tuple[Handling, ...]:
    """Everybody who had the session's evidence, in the ledger's order."""
    told = log.find(text=session, newest_first=False, limit=MOST_LINES)
    return handlings([(kept.index, kept.event) for kept in told], session)


def item_of(log: LogReader, session: str) -> str:
    """The SHA-256, in hex, by which the ledger knows the session's recording; empty while it has none."""
    ended = next(log.find(event=ENDS, session=session, limit=1), None)
    return "" if ended is None else text_in(ended.event, "recording_sha256")


def measured(copy: bytes | BinaryIO | None) -> tuple[str, int]:
    """SHA-256 in hex and length of what is about to leave; nothing and 0 where nothing does. A file is read to its end, and then from its beginning again."""
    if copy is None:
        return "", 0
    if isinstance(copy, bytes):
        return hashlib.sha256(copy).hexdigest(), len(copy)
    hashed, size = hashlib.sha256(), 0
    copy.seek(0)
    while piece := copy.read(1024 * 1024):
        hashed.update(piece)
        size += len(piece)
    copy.seek(0)
    return hashed.hexdigest(), size


def stated(purpose: str) -> str:
    """What somebody gave as their purpose, as one printable line; what is longer is cut."""
    words = " ".join(purpose.split())[:LONGEST_PURPOSE]
    return words if words.isprintable() else ""


def handlings(events: Iterable[tuple[int, Mapping[str, Json]]], session: str) -> tuple[Handling, ...]:
    """The log of ``session`` among ``events`` (leaf, event), in the ledger's order. What can't be read is passed over."""
    found = (_handling(index, event, session) for index, event in events)
    return tuple(sorted((one for one in found if one is not None), key=lambda one: one.index))


def _handling(index: int, event: Mapping[str, Json], session: str) -> Handling | None:
    name = event.get("event")
    if name == VIEWED:
        mine = text_in(event, "subject") in {f"session:{session}", f"session {session}"}
    else:
        mine = name in KINDS and event.get("session") == session
    try:
        at = instant_of(text_in(event, "at"))
    except ValueError:
        return None
    if not mine:
        return None
    by, size = text_in(event, "by"), event.get("copy_bytes")
    if name == WATCHED:
        since = text_in(event, "since")
        what = f"the live session since {since}" if since else "the live session, from here on"
        return Handling(index, at, session, by, "watch", what, door=text_in(event, "way"))
    if name == VIEWED:
        return Handling(index, at, session, by, "view", text_in(event, "how"))
    fields = ("item", "door", "source", "office", "purpose", "copy_sha256", "changed")
    return Handling(
        index,
        at,
        session,
        by,
        text_in(event, "deed"),
        text_in(event, "what"),
        copy_bytes=size if isinstance(size, int) else 0,
        **{one: text_in(event, one) for one in fields},
    )
