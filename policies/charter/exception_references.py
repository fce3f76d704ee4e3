"""What must agree about exceptions: who answers, who granted, what they renew, and whose turn it is."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from domain.exceptions import GOES_UP_AT, GrantedException, chain
from domain.ids import ExceptionId, PersonId
from domain.rights import DecisionRight, Holding
from policies.charter.reading import refers
from policies.charter.right_references import BOUNDARY
from policies.charter.table import Table

Given = tuple[Table, GrantedException]


def check_exceptions(
    given: Sequence[Given],
    *,
    around: Mapping[str, tuple[str, ...]],
    people: frozenset[str],
    outside: frozenset[str],
    vendors: frozenset[str],
    holdings: Iterable[Holding] | None,
    others: Mapping[str, str],
    executive: PersonId | None,
) -> None:
    """Note every fault between exceptions and the rest of the charter.

    ``around``: for each boundary, itself and those around it, near to far. ``people`` are everybody's
    ids, ``outside`` those of vendors' people. ``holdings`` is None where rights.toml has a fault; ``others`` is what
    may be mistaken for a boundary, and what it is.
    """
    held = None if holdings is None else tuple(holdings)
    known = {one.id: one for _, one in given}
    for table, one in given:
        for key, person in (("owner", one.owner), ("granted_by", one.granted_by)):
            refers(table, key, [person], people, "person")
            if person in outside:
                table.fault(key, f"'{person}' is a vendor's person.", "Name a person of the plant.")
        if one.vendor is not None:
            refers(table, "vendor", [one.vendor], vendors, "vendor")
        if one.boundary not in around:
            refers(table, "boundary", [one.boundary], frozenset(around), BOUNDARY, others=others)
            continue
        _check_renewal(table, one, known)
        if held is not None and one.granted_by in people:
            _check_grant(table, one, known, around[one.boundary], held, executive)


def _check_renewal(
    table: Table, one: GrantedException, known: Mapping[ExceptionId, GrantedException]
) -> None:
    before = [
        other
        for other in known.values()
        if other.id != one.id and _same_matter(one, other) and other.window.start <= one.window.start
    ]
    if one.renews is None:
        if before:
            last = max(before, key=lambda other: (other.window.start, other.id))
            table.fault(
                "id",
                f"'{last.id}' lifted the same over the same boundary before.",
                f'Say so with renews = "{last.id}": a renewal is counted, whatever it is called.',
            )
        return
    renewed = known.get(one.renews)
    if renewed is None:
        table.fault(
            "renews",
            f"there is no exception '{one.renews}'.",
            "Keep what was renewed in the file; the number of renewals is counted from it.",
        )
        return
    if not _same_matter(one, renewed) or not one.lifts <= renewed.lifts:
        table.fault(
            "renews",
            f"'{renewed.id}' is about something else.",
            "A renewal lifts no more, over the same boundary and for the same vendor; else grant a new one.",
        )
    if one.window.start < renewed.window.end:
        table.fault("from", f"it begins before '{renewed.id}' ends.", "Begin where the other ends, or later.")
    first = min((other.id for other in known.values() if other.renews == one.renews), default=one.id)
    if first != one.id:
        table.fault("renews", f"'{first}' renews it already.", "Renew that one.")


def _check_grant(
    table: Table,
    one: GrantedException,
    known: Mapping[ExceptionId, GrantedException],
    around: Sequence[str],
    held: Sequence[Holding],
    executive: PersonId | None,
) -> None:
    number = len(chain(known, one))
    holders = _holders(held, around, one.window.start)
    if number >= GOES_UP_AT:
        if executive is None:
            table.fault(
                "granted_by",
                f"this is renewal number {number}, and the charter names no executive.",
                "Name one under [escalation] in rights.toml, or mend what the exception tolerates.",
            )
        elif one.granted_by != executive or one.granted_by in holders:
            table.fault(
                "granted_by",
                f"this is renewal number {number}: it is the executive's, who does not hold the boundary.",
                f"Have '{executive}' grant it, or mend what the exception tolerates.",
            )
    elif one.granted_by not in {*holders, executive}:
        table.fault(
            "granted_by",
            f"'{one.granted_by}' does not hold 'connect' over '{one.boundary}' when it begins.",
            "Have the holder grant it: only who holds a boundary relaxes its conditions.",
        )


def _same_matter(one: GrantedException, other: GrantedException) -> bool:
    return one.boundary == other.boundary and one.vendor == other.vendor and bool(one.lifts & other.lifts)


def _holders(held: Iterable[Holding], around: Sequence[str], at: datetime) -> frozenset[PersonId]:
    """Who holds ``connect`` at ``at`` over the nearest of ``around`` that names it, and the deputy."""
    named = [one for one in held if one.right is DecisionRight.CONNECT and one.boundary in around]
    for boundary in around:
        here = [one for one in named if one.boundary == boundary]
        if here:
            able = [one for one in here if one.window.contains(at)]
            return frozenset(
                person for one in able for person in (*one.holders, one.deputy) if person is not None
            )
    return frozenset()
