"""Who took a right over, and when what they took over counts: the register with the statements made of it.

Said once, in the plainest words there are, because the gate asks it of every session and the verifier years
later. A statement can be lost and then something closes; nothing but a proof makes one.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.attestation import Statement, of_delegation, of_right
from domain.delegation import Delegation
from domain.ids import PersonId
from domain.rights import Holding
from domain.window import TimeWindow

WITHIN = timedelta(days=30)
"""How long what was taken over stands on the predecessor's word (J03), and how early one may attest."""


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
        gap = lapsed(subject, [one.person], one.since, window.end, said)
        if gap is not None:
            spans = [part for span in spans for part in without(span, gap)]
    return tuple(spans)


def lapsed(
    subject: str, heirs: Sequence[PersonId], since: datetime, until: datetime, statements: Sequence[Statement]
) -> TimeWindow | None:
    """From when and until when nobody answered for it; None where its heirs attested in time."""
    firsts = [first_said(subject, heir, since, statements) for heir in heirs]
    known = [one for one in firsts if one is not None]
    attested = max(known) if len(known) == len(firsts) else until
    lapses = since + WITHIN
    return TimeWindow(lapses, attested) if attested > lapses else None


def without(span: TimeWindow, gap: TimeWindow) -> Iterator[TimeWindow]:
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
        signed = first_said(of_delegation(one), one.by, one.approved, said)
        if signed is not None and signed < one.window.end:
            found.append(replace(one, window=TimeWindow(max(signed, one.window.start), one.window.end)))
    return tuple(found)


def first_said(
    subject: str, person: PersonId, since: datetime, statements: Iterable[Statement]
) -> datetime | None:
    """When ``person`` first said so; what they said more than ``WITHIN`` before ``since`` was of another time."""
    said = [
        one.at
        for one in statements
        if (one.subject, one.person) == (subject, person) and one.at >= since - WITHIN
    ]
    return min(said, default=None)
