"""Finding evidence: the ledger's events, told as lines. Pure but for reading the log."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from broker.console.evidence.telling import Teller
from domain.canonical import Json, instant_of, text_in
from domain.events import Isolated, SessionOpened
from policies.charter.charter import Charter
from recorder.case import OF_FILES
from recorder.ledger.reader import Kept, LogReader

KINDS: Mapping[str, frozenset[str]] = {
    "sessions": frozenset({"SessionOpened", "SessionEnded", "SessionInterrupted"}),
    "permits": frozenset(
        {
            "PermitRequested",
            "PermitApproved",
            "PermitChanged",
            "PermitDisputed",
            "PermitSettled",
            "RefusalSigned",
        }
    ),
    "refusals": frozenset(
        {
            "RequestRefused",
            "PassageRefused",
            "ApprovalRejected",
            "SignInFailed",
            "HostKeyMismatch",
            "InwardRefused",
        }
    ),
    "all": frozenset(),
}
"""What an auditor looks for. ``all`` leaves nothing out."""

MOST_LINES = 200
EVERYTHING = 2**62
"""A session of a day leaves a line for each ten seconds, and its end comes after them."""
UNTOLD = frozenset({"event", "number", "at"})


@dataclass(frozen=True, slots=True)
class Line:
    """One event of the ledger, as a page shows it."""

    index: int
    name: str
    sentence: str
    """What happened, in plain words."""
    at: datetime | None
    session: str
    permit: str
    code: str
    """The stable code of a refusal; empty for everything else."""
    facts: tuple[tuple[str, str | datetime], ...]
    """Instants stay instants, so that a page shows them in the plant's zone."""
    fault: str
    event: Mapping[str, Json]
    """As the ledger holds it."""


def find(log: LogReader, charter: Charter, kind: str, text: str) -> tuple[Line, ...]:
    """The newest events of ``kind`` whose text holds ``text`` in any case."""
    wanted = KINDS[kind]
    kept = log.find(text=text, newest_first=True, limit=100 * MOST_LINES)
    found: list[Kept] = []
    for one in kept:
        # An event whose text is gone belongs to no kind, so that every search shows it.
        if wanted and not one.fault and one.event.get("event") not in wanted:
            continue
        found.append(one)
        if len(found) == MOST_LINES:
            break
    return told(found, charter)


def story(log: LogReader, charter: Charter, session: str) -> tuple[Line, ...]:
    """Everything about a session and the permit that it opened under, oldest first; who stopped it too.

    Of its files the first are told: the list of them has them all, and there may be a hundred thousand.
    """
    own = list(_told_of(log.find(session=session, newest_first=False, limit=EVERYTHING)))
    stopped = log.find(event=Isolated.__name__, text=f"session:{session}", limit=EVERYTHING)
    both = {one.index: one for one in (*stopped, *own)}
    opening = (one.event for one in own if one.event.get("event") == SessionOpened.__name__)
    if permit := text_in(next(opening, {}), "permit"):
        for one in _told_of(log.find(permit=permit, newest_first=False, limit=EVERYTHING)):
            if one.event.get("session") in {None, "", session}:
                both[one.index] = one
    return told([both[index] for index in sorted(both)], charter)


def _told_of(found: Iterable[Kept]) -> Iterator[Kept]:
    files = 0
    for one in found:
        files += one.event.get("event") in OF_FILES
        if files <= MOST_LINES or one.event.get("event") not in OF_FILES:
            yield one


def told(kept: Sequence[Kept], charter: Charter) -> tuple[Line, ...]:
    teller = Teller(charter, [one.event for one in kept])
    return tuple(line(one, teller) for one in kept)


def line(kept: Kept, teller: Teller) -> Line:
    """An event as a line; what it holds beyond name and time as pairs."""
    event = kept.event
    return Line(
        index=kept.index,
        name=str(event.get("event", "unreadable")),
        sentence=teller.sentence(event),
        at=_instant(event.get("at")),
        session=text_in(event, "session"),
        permit=text_in(event, "permit"),
        code=text_in(event, "code"),
        facts=tuple(
            (name, _instant(value) or _said(value))
            for name, value in event.items()
            if name not in UNTOLD and value not in ("", [])
        ),
        fault=kept.fault,
        event=event,
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
