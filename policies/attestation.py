"""What a successor takes over lapses unless they say, in time, that they answer for it.

Pure: the register as it is written, and the statements whose proofs verified, to what is in force. A
statement can be lost and then something closes; nothing but a proof makes one.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.attestation import Statement, of_delegation, of_exception, of_right
from domain.delegation import Delegation
from domain.exceptions import GrantedException
from domain.ids import ExceptionId, PersonId
from domain.rights import DecisionRight, Holding
from domain.window import TimeWindow

WITHIN = timedelta(days=30)
"""How long what was taken over stands on the predecessor's word (J03), and how early one may attest."""


@dataclass(frozen=True, slots=True)
class Due:
    """Somebody is to attest something. ``since`` they took it over; from ``by`` on it has lapsed."""

    subject: str
    person: PersonId
    since: datetime
    by: datetime


@dataclass(frozen=True, slots=True)
class Inheritance:
    """``heirs`` took over the boundary of an exception ``since``: it is theirs to attest, or it lapses."""

    exception: ExceptionId
    since: datetime
    until: datetime
    """When the exception ends anyhow."""
    heirs: tuple[PersonId, ...]


@dataclass(frozen=True, slots=True)
class Heir:
    """Somebody who holds what another held before, ``since`` the first entry that named them without a break."""

    person: PersonId
    since: datetime


def heirs_of(holding: Holding, holdings: Iterable[Holding]) -> tuple[Heir, ...]:
    """Which of its holders took it over, and when; whoever has held it since its first entry did not.

    Cutting an entry in two makes nobody a first holder: the thirty days run from where somebody came in.
    """
    about = (holding.right, holding.boundary)
    before = sorted(
        (
            one
            for one in holdings
            if (one.right, one.boundary) == about and one.window.start < holding.window.start
        ),
        key=lambda one: one.window.start,
        reverse=True,
    )
    found = []
    for person in holding.holders:
        since = holding.window.start
        for one in before:
            if person not in one.holders:
                found.append(Heir(person, since))
                break
            since = one.window.start
    return tuple(found)


def successors(holding: Holding, holdings: Iterable[Holding]) -> tuple[PersonId, ...]:
    """Who comes in with this entry: held by another before, over the same boundary; none in a first entry."""
    return tuple(one.person for one in heirs_of(holding, holdings) if one.since == holding.window.start)


def in_force(holdings: Sequence[Holding], statements: Iterable[Statement]) -> tuple[Holding, ...]:
    """The register as it counts: what was taken over ends after ``WITHIN``, and goes on once it is attested."""
    said = tuple(statements)
    return tuple(
        one if span == one.window else replace(one, window=span)
        for one in holdings
        for span in inherited(one.window, of_right(one.right, one.boundary), heirs_of(one, holdings), said)
    )


def inherited(
    window: TimeWindow, subject: str, heirs: Iterable[Heir], statements: Iterable[Statement]
) -> tuple[TimeWindow, ...]:
    """When something that ``heirs`` hold during ``window`` counts: until it lapses, and once all attested.

    Without heirs it is nobody's inheritance, and counts for the whole of ``window``.
    """
    said, spans = tuple(statements), [window]
    for one in heirs:
        gap = _lapsed(subject, [one.person], one.since, window.end, said)
        if gap is not None:
            spans = [part for span in spans for part in _without(span, gap)]
    return tuple(spans)


def inheritances(
    granted: Iterable[GrantedException],
    register: Sequence[Holding],
    around: Callable[[str], tuple[str, ...]],
) -> tuple[Inheritance, ...]:
    """Which exceptions have heirs: a boundary's `connect` passed to somebody else while they lasted.

    ``around``: a boundary and what lies around it, near to far. The nearest that names the right decides.
    """
    connect = [one for one in register if one.right is DecisionRight.CONNECT]
    found = []
    for exception in granted:
        here = next(
            (
                held
                for place in around(exception.boundary)
                if (held := [x for x in connect if x.boundary == place])
            ),
            [],
        )
        for holding in here:
            since = holding.window.start
            heirs = successors(holding, here)
            if heirs and exception.window.start < since < exception.window.end:
                found.append(Inheritance(exception.id, since, exception.window.end, heirs))
    return tuple(sorted(found, key=lambda one: (one.since, one.exception)))


def exceptions_in_force(
    granted: Iterable[GrantedException], taken: Iterable[Inheritance], statements: Iterable[Statement]
) -> tuple[GrantedException, ...]:
    """The exceptions as they count: one that was taken over lapses after ``WITHIN``, and goes on once attested.

    One that lapsed for a while is there twice, with a window each.
    """
    said, heritages = tuple(statements), tuple(taken)
    found: list[GrantedException] = []
    for one in granted:
        spans = [one.window]
        for heritage in heritages:
            if heritage.exception != one.id:
                continue
            subject = of_exception(heritage.exception)
            gap = _lapsed(subject, heritage.heirs, heritage.since, heritage.until, said)
            if gap is not None:
                spans = [part for span in spans for part in _without(span, gap)]
        found += [one if span == one.window else replace(one, window=span) for span in spans]
    return tuple(found)


def _lapsed(
    subject: str, heirs: Sequence[PersonId], since: datetime, until: datetime, statements: Sequence[Statement]
) -> TimeWindow | None:
    """From when and until when nobody answered for it; None where its heirs attested in time."""
    firsts = [_first(subject, heir, since, statements) for heir in heirs]
    known = [one for one in firsts if one is not None]
    attested = max(known) if len(known) == len(firsts) else until
    lapses = since + WITHIN
    return TimeWindow(lapses, attested) if attested > lapses else None


def _without(span: TimeWindow, gap: TimeWindow) -> Iterator[TimeWindow]:
    if span.start < gap.start:
        yield TimeWindow(span.start, min(span.end, gap.start))
    if gap.end < span.end:
        yield TimeWindow(max(span.start, gap.end), span.end)


def delegated_in_force(
    delegations: Iterable[Delegation], statements: Iterable[Statement]
) -> tuple[Delegation, ...]:
    """What was delegated as it counts: from when its holder signed exactly this, and not before."""
    said = tuple(statements)
    found = []
    for one in delegations:
        signed = _first(of_delegation(one), one.by, one.approved, said)
        if signed is not None and signed < one.window.end:
            found.append(replace(one, window=TimeWindow(max(signed, one.window.start), one.window.end)))
    return tuple(found)


def due(
    holdings: Sequence[Holding],
    delegations: Iterable[Delegation],
    taken: Iterable[Inheritance],
    statements: Iterable[Statement],
    at: datetime,
) -> tuple[Due, ...]:
    """Everything that somebody is still to attest at ``at``, the most urgent first."""
    said = tuple(statements)
    found = []
    for one in holdings:
        if not TimeWindow(one.window.start - WITHIN, one.window.end).contains(at):
            continue
        subject = of_right(one.right, one.boundary)
        found += [
            Due(subject, heir.person, heir.since, heir.since + WITHIN)
            for heir in heirs_of(one, holdings)
            if _first(subject, heir.person, heir.since, said) is None
        ]
    for heritage in taken:
        if TimeWindow(heritage.since - WITHIN, heritage.until).contains(at):
            subject = of_exception(heritage.exception)
            found += [
                Due(subject, heir, heritage.since, heritage.since + WITHIN)
                for heir in heritage.heirs
                if _first(subject, heir, heritage.since, said) is None
            ]
    for given in delegations:
        subject = of_delegation(given)
        if at < given.window.end and _first(subject, given.by, given.approved, said) is None:
            found.append(Due(subject, given.by, given.approved, given.window.start))
    return tuple(sorted(dict.fromkeys(found), key=lambda one: (one.by, one.subject, one.person)))


def _first(
    subject: str, person: PersonId, since: datetime, statements: Iterable[Statement]
) -> datetime | None:
    """When ``person`` first said so; what they said more than ``WITHIN`` before ``since`` was of another time."""
    said = [
        one.at
        for one in statements
        if (one.subject, one.person) == (subject, person) and one.at >= since - WITHIN
    ]
    return min(said, default=None)
