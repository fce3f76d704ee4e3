"""What a successor takes over lapses unless they say, in time, that they answer for it.

Pure: the exceptions as they are written, and the statements whose proofs verified, to what is in force, and to
what is still to be said. Of rights themselves ``domain.inheritance`` tells.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from domain.attestation import Statement, of_delegation, of_exception, of_right
from domain.delegation import Delegation
from domain.exceptions import GrantedException
from domain.ids import ExceptionId, PersonId
from domain.inheritance import WITHIN, first_said, heirs_of, lapsed, without
from domain.rights import DecisionRight, Holding
from domain.window import TimeWindow


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


def successors(holding: Holding, holdings: Iterable[Holding]) -> tuple[PersonId, ...]:
    """Who comes in with this entry: held by another before, over the same boundary; none in a first entry."""
    return tuple(one.person for one in heirs_of(holding, holdings) if one.since == holding.window.start)


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
            gap = lapsed(subject, heritage.heirs, heritage.since, heritage.until, said)
            if gap is not None:
                spans = [part for span in spans for part in without(span, gap)]
        found += [one if span == one.window else replace(one, window=span) for span in spans]
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
            if first_said(subject, heir.person, heir.since, said) is None
        ]
    for heritage in taken:
        if TimeWindow(heritage.since - WITHIN, heritage.until).contains(at):
            subject = of_exception(heritage.exception)
            found += [
                Due(subject, heir, heritage.since, heritage.since + WITHIN)
                for heir in heritage.heirs
                if first_said(subject, heir, heritage.since, said) is None
            ]
    for given in delegations:
        subject = of_delegation(given)
        if at < given.window.end and first_said(subject, given.by, given.approved, said) is None:
            found.append(Due(subject, given.by, given.approved, given.window.start))
    return tuple(sorted(dict.fromkeys(found), key=lambda one: (one.by, one.subject, one.person)))
