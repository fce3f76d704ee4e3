"""What must agree in ``rights.toml``: every seat is filled by a person of the plant, of the side it asks for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from domain.delegation import Delegation
from domain.ids import PersonId
from domain.rights import Holding, Side
from policies.charter.reading import Read, refers
from policies.charter.table import Table
from policies.escalation import Escalation

BOUNDARY = "conduit, zone, site or organisation"


@dataclass(frozen=True, slots=True)
class Known:
    """Everything declared elsewhere that a right can refer to."""

    people: frozenset[str]
    outside: frozenset[str]
    """Persons of vendors."""
    sides: Mapping[str, Side | None]
    """The sound persons of the plant."""
    boundaries: frozenset[str]
    others: Mapping[str, str]
    """What may be mistaken for a boundary, and what it is."""


def check_rights(
    rights: Sequence[Read[Holding]],
    delegations: Sequence[Read[Delegation]],
    escalation: Read[Escalation] | None,
    known: Known,
) -> None:
    """Note every fault between rights, delegations, people and boundaries."""
    seen: list[Holding] = []
    for one in rights:
        if one.value is not None:
            _holding(one.table, one.value, known, seen)
            seen.append(one.value)
    for given in delegations:
        if given.value is not None:
            _delegation(given.table, given.value, known, seen)
    if escalation is not None and escalation.value is not None and escalation.value.executive is not None:
        _persons(escalation.table, [("executive", escalation.value.executive)], known)


def _holding(table: Table, holding: Holding, known: Known, seen: Iterable[Holding]) -> None:
    refers(table, "boundary", [holding.boundary], known.boundaries, BOUNDARY, others=known.others)
    named = [("holder", holding.holder), *(("others", one) for one in holding.others)]
    named += [
        (field, one) for field, one in (("deputy", holding.deputy), ("arbiter", holding.arbiter)) if one
    ]
    _persons(table, named, known)
    for field, person in named:
        _side(table, field, person, holding, known)
    for other in seen:
        same = (other.right, other.boundary) == (holding.right, holding.boundary)
        if same and other.window.start < holding.window.end and holding.window.start < other.window.end:
            table.fault(
                "boundary",
                f"'{other.holder}' holds this right over '{other.boundary}' at the same time.",
                "End the one where the other begins; to have several hold it, name them under 'others'.",
            )


def _delegation(table: Table, given: Delegation, known: Known, holdings: Iterable[Holding]) -> None:
    refers(table, "boundary", [given.boundary], known.boundaries, BOUNDARY, others=known.others)
    _persons(table, [("by", given.by), ("to", given.to)], known)
    of = [one for one in holdings if (one.right, one.boundary) == (given.right, given.boundary)]
    held = [one for one in of if given.by in one.holders]
    if not any(one.window.covers(given.window) for one in held):
        table.fault(
            "by",
            f"'{given.by}' does not hold '{given.right}' over '{given.boundary}' for that whole time.",
            "Only a holder delegates, not a deputy and not a delegate, and not beyond their own time.",
        )
    for one in held:
        if given.to in {*one.holders, one.deputy, one.arbiter}:
            table.fault("to", f"'{given.to}' is holder, deputy or arbiter already.", "Remove the delegation.")
        _side(table, "to", given.to, one, known)


def _persons(table: Table, named: Iterable[tuple[str, PersonId]], known: Known) -> None:
    for field, person in named:
        item = person if field == "others" else None
        if person in known.outside:
            table.fault(
                field,
                f"'{person}' is a vendor's person and can't hold a right of the plant.",
                "Name a person of the plant; nobody may be both.",
                item,
            )
        else:
            refers(table, field, [person], known.people, "person")


def _side(table: Table, field: str, person: PersonId, holding: Holding, known: Known) -> None:
    """An OT seat is filled by OT, and an IT seat by IT; an arbiter's word decides, so theirs is one too (J15)."""
    if holding.seat is None or person not in known.sides or known.sides[person] is holding.seat:
        return
    table.fault(
        field,
        f"'{person}' is not of the side {str(holding.seat).upper()}, whose seat this is.",
        f'Name a person with side = "{holding.seat}" in people.toml.',
        person if field == "others" else None,
    )
