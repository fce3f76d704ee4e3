"""The demonstration plant with somebody for every set of roles that a person can have, and nobody with more."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from itertools import combinations

from broker.console.roles import Role
from domain.ids import PersonId
from domain.parties import Person
from domain.rights import DecisionRight
from policies.charter.charter import Charter
from tests.policies.plant import charter, charter_with

VENDORS = frozenset({Role.VENDOR})
"""A vendor's person has no other role, whatever else the charter says of them."""

EVERY_ROLE = frozenset(Role)


@cache
def people() -> Mapping[frozenset[Role], PersonId]:
    """Every set of roles, with the one who has exactly these. Whoever leads incidents holds a right, so is a holder."""
    plants = sorted(EVERY_ROLE - VENDORS)
    sets = [frozenset(one) for count in range(len(plants) + 1) for one in combinations(plants, count)]
    possible = [one for one in sets if Role.LEAD not in one or Role.HOLDER in one]
    return {VENDORS: PersonId("ana")} | {
        one: PersonId("-".join(["only", *sorted(one)]) if one else "without-any") for one in possible
    }


@cache
def staffed() -> Charter:
    """The sample charter with them all: holders beside Petra, leads beside Sven."""
    sample = charter()
    everybody = {person: one for one, person in people().items() if one != VENDORS}
    added = {
        person: Person(
            id=person, name=person, vendor=None, auditor=Role.AUDITOR in one, shift=Role.SHIFT in one
        )
        for person, one in everybody.items()
    }
    holders = tuple(
        person for person, one in everybody.items() if Role.HOLDER in one and Role.LEAD not in one
    )
    leads = tuple(person for person, one in everybody.items() if Role.LEAD in one)
    more = {DecisionRight.CONNECT: holders, DecisionRight.INCIDENT_LEAD: leads}
    return charter_with(
        people={**sample.people, **added},
        holdings=tuple(replace(one, others=more.get(one.right, ())) for one in sample.holdings),
    )


def least_with(role: Role) -> frozenset[Role]:
    """The smallest set that a person with ``role`` can have."""
    return min((one for one in people() if role in one), key=len)


def most_without(roles: frozenset[Role]) -> tuple[frozenset[Role], ...]:
    """The largest sets without any of ``roles``: everything else that somebody of the plant may be, and a vendor's person."""
    plants = max((one for one in people() if not one & (roles | VENDORS)), key=len)
    return (plants,) if roles & VENDORS else (plants, VENDORS)
