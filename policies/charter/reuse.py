"""That an identifier names one person for good: evidence of years ago resolves to whoever it was then (A06). Pure.

A person who left comes back under another id; what stood in between is known by the versions of the charter.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from domain.ids import PersonId
from domain.parties import Person
from policies.charter.charter import Charter
from policies.charter.continuity import Breach


@dataclass(frozen=True, slots=True)
class Spell:
    """One person under an id, in the versions ``first`` to ``last``, both included."""

    name: str
    vendor: str
    first: int
    last: int


def reused(before: Charter, earlier: Iterable[Charter], new: Charter) -> tuple[Breach, ...]:
    """Every id of ``new`` that ``before``, or a version ``earlier`` than it, gave to somebody else."""
    come = new.people.keys() - before.people.keys()
    known: dict[PersonId, Person] = {}
    if come:
        for one in earlier:
            known |= {id_: one.people[id_] for id_ in come & one.people.keys()}
    return (*_back(known), *_swapped(before, new))


def spells(versions: Iterable[tuple[int, Charter]], id_: PersonId) -> tuple[Spell, ...]:
    """Whom ``id_`` named, by the versions in their order; a change of name or company begins another line."""
    found: list[Spell] = []
    for number, charter in versions:
        person = charter.people.get(id_)
        if person is None:
            continue
        vendor = person.vendor or ""
        last = found[-1] if found else None
        if last is not None and (last.name, last.vendor, last.last) == (person.name, vendor, number - 1):
            found[-1] = Spell(last.name, last.vendor, last.first, number)
        else:
            found.append(Spell(person.name, vendor, number, number))
    return tuple(found)


def _back(known: dict[PersonId, Person]) -> Iterator[Breach]:
    for id_, person in sorted(known.items()):
        yield Breach(
            f"person {id_}",
            f"The id '{id_}' named {person.name} in an earlier version, and an id is never given again.",
            f"Give them another id, such as '{id_}-2'; also when it is {person.name} who comes back.",
        )


def _swapped(before: Charter, new: Charter) -> Iterator[Breach]:
    for id_ in sorted(before.people.keys() & new.people.keys()):
        was, now = before.people[id_], new.people[id_]
        if was.name != now.name and was.vendor != now.vendor:
            yield Breach(
                f"person {id_}",
                f"The id '{id_}' names {was.name}, and would name {now.name} of another company.",
                "Give the other person an id of their own; a name and a company change one after the other.",
            )
