"""Finding evidence: the ledger's events, told as lines. Pure but for reading the log."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.canonical import Json, instant_of
from recorder.ledger.reader import Kept, LogReader

KINDS: Mapping[str, frozenset[str]] = {
    "sessions": frozenset({"SessionOpened", "SessionEnded", "SessionInterrupted"}),
    "permits": frozenset({"PermitRequested", "PermitApproved", "PermitChanged"}),
    "refusals": frozenset(
        {"RequestRefused", "PassageRefused", "ApprovalRejected", "SignInFailed", "HostKeyMismatch"}
    ),
    "all": frozenset(),
}
"""What an auditor looks for. ``all`` leaves nothing out."""

MOST_LINES = 200
UNTOLD = frozenset({"event", "number", "at"})


@dataclass(frozen=True, slots=True)
class Line:
    """One event of the ledger, as a page shows it."""

    index: int
    name: str
    at: datetime | None
    session: str
    permit: str
    facts: tuple[tuple[str, str | datetime], ...]
    """Instants stay instants, so that a page shows them in the plant's zone."""
    fault: str


def find(log: LogReader, kind: str, text: str) -> tuple[Line, ...]:
    """The newest events of ``kind`` whose text holds ``text`` in any case."""
    wanted = KINDS[kind]
    kept = log.find(text=text, newest_first=True, limit=100 * MOST_LINES)
    found: list[Line] = []
    for one in kept:
        # An event whose text is gone belongs to no kind, so that every search shows it.
        if wanted and not one.fault and one.event.get("event") not in wanted:
            continue
        found.append(line(one))
        if len(found) == MOST_LINES:
            break
    return tuple(found)


def story(log: LogReader, session: str, permit: str) -> tuple[Line, ...]:
    """Everything about a session and the permit it rests on, oldest first."""
    both: dict[int, Kept] = {}
    for one in log.find(session=session, newest_first=False):
        both[one.index] = one
    if permit:
        for one in log.find(permit=permit, newest_first=False):
            if one.event.get("session") in {None, "", session}:
                both[one.index] = one
    return tuple(line(both[index]) for index in sorted(both))


def line(kept: Kept) -> Line:
    """An event as a line; what it holds beyond name and time as pairs."""
    event = kept.event
    return Line(
        index=kept.index,
        name=str(event.get("event", "unreadable")),
        at=_instant(event.get("at")),
        session=_text(event.get("session")),
        permit=_text(event.get("permit")),
        facts=tuple(
            (name, _instant(value) or _said(value))
            for name, value in event.items()
            if name not in UNTOLD and value not in ("", [])
        ),
        fault=kept.fault,
    )


def opened(lines: Iterable[Line]) -> Line | None:
    """The event that opened the session, among its lines."""
    return next((one for one in lines if one.name == "SessionOpened"), None)


def _instant(value: Json) -> datetime | None:
    try:
        return instant_of(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _said(value: Json) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case list() | tuple():
            return ", ".join(map(str, value))
        case _:
            return str(value)


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""
