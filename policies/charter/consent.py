"""Whose yes a new version of the charter needs: judged by the version in force, never by the new one.

A relaxed boundary needs somebody who holds ``connect`` over it (``identity`` where outside people are
admitted), and nobody agrees to a right of their own. A version that only tightens needs one person who
holds any right. The first version of all has no predecessor: its own outermost holders found it.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from domain.ids import PersonId
from domain.rights import DecisionRight, Holding
from policies.charter.change import Difference, Effect, compare, outermost
from policies.charter.charter import Charter


@dataclass(frozen=True, slots=True)
class Need:
    """A yes that a version needs, and who may give it; nobody in ``able`` is a deadlock to be told."""

    right: DecisionRight | None
    boundary: str
    able: tuple[PersonId, ...]
    because: tuple[str, ...]
    """The sentences of the differences that ask for it."""

    def sentence(self) -> str:
        """What is needed, for whoever applies."""
        who = " or ".join(self.able) or "somebody, and there is nobody who may"
        if self.right is None:
            return f"needs a signature of somebody who holds a right: {who}"
        return f"needs a signature under '{self.right}' over {self.boundary}: {who}"


def needs(old: Charter | None, new: Charter, at: datetime) -> tuple[Need, ...]:
    """Every yes that the step from ``old`` to ``new`` needs at ``at``; none when nothing changes."""
    if old is None:
        return _founding(new, at)
    differences = compare(old, new)
    relaxing = [one for one in differences if one.effect is Effect.RELAXING]
    if differences and not relaxing:
        every = {person for one in old.register if one.window.contains(at) for person in _named(one)}
        return (Need(None, "", _of_the_plant(old, every), tuple(one.sentence for one in differences)),)
    asked: dict[tuple[DecisionRight, str, frozenset[PersonId]], list[str]] = {}
    for one in relaxing:
        for boundary in one.boundaries:
            for place in _places(old, new, one.right, boundary):
                asked.setdefault((one.right, place, one.gains), []).append(one.sentence)
    return tuple(
        Need(right, boundary, able(old, right, boundary, at, gains), tuple(dict.fromkeys(sentences)))
        for (right, boundary, gains), sentences in asked.items()
    )


def unmet(wanted: Iterable[Need], signers: Collection[PersonId]) -> tuple[Need, ...]:
    """The needs that none of ``signers`` meets."""
    return tuple(one for one in wanted if not any(person in one.able for person in signers))


def able(
    old: Charter, right: DecisionRight, boundary: str, at: datetime, gains: Collection[PersonId] = ()
) -> tuple[PersonId, ...]:
    """Who may agree for ``boundary``: its holder and deputy, or those of the next boundary around it.

    Further out is asked only where nobody can say yes nearer by: a void must be mended by somebody. At
    the very outside the last holder stands in for a holding that has run out, for the same reason.
    """
    way = old.around(boundary)
    for here in way:
        held = [one for one in _over(old, right, here) if one.window.contains(at)]
        found = [one for one in _of_the_plant(old, _persons(held)) if one not in gains]
        if found:
            return tuple(found)
    ended = [one for here in reversed(way) for one in _over(old, right, here) if one.window.end <= at]
    farthest = [one for one in ended if one.boundary == ended[0].boundary]
    last = max(farthest, key=lambda one: one.window.end, default=None)
    found = [one for one in _of_the_plant(old, _persons([last] if last else [])) if one not in gains]
    if not found and right is not DecisionRight.CONNECT:
        return able(old, DecisionRight.CONNECT, boundary, at, gains)
    return tuple(found)


def summary(old: Charter | None, new: Charter) -> tuple[Difference, ...]:
    """What the step changes; nothing for the first version, which has nothing to differ from."""
    return () if old is None else compare(old, new)


def relaxes(old: Charter | None, new: Charter) -> bool:
    """Whether the step lets through what was refused, or might: then what it would change must be worked out first."""
    return any(one.effect is Effect.RELAXING for one in summary(old, new))


def _founding(new: Charter, at: datetime) -> tuple[Need, ...]:
    because = ("This is the first version of the charter.",)
    return tuple(
        Need(
            DecisionRight.CONNECT,
            place,
            _of_the_plant(
                new,
                _persons(
                    [one for one in _over(new, DecisionRight.CONNECT, place) if one.window.contains(at)]
                ),
            ),
            because,
        )
        for place in _places(new, new, DecisionRight.CONNECT, outermost(new))
    )


def _places(old: Charter, new: Charter, right: DecisionRight, boundary: str) -> tuple[str, ...]:
    """Where to ask about ``boundary``: there, or for a new one the nearest around it that is not new.

    Where nobody was ever given the right over the whole organisation, every site is asked instead.
    """
    there = {*old.conduits, *old.zones, *old.sites, outermost(old)}
    known = next((one for one in new.around(boundary) if one in there), outermost(old))
    if known == outermost(old) and not _over(old, right, known):
        return tuple(sorted(old.sites))
    return (known,)


def _over(charter: Charter, right: DecisionRight, boundary: str) -> list[Holding]:
    return [one for one in charter.register if one.right is right and one.boundary == boundary]


def _named(holding: Holding) -> tuple[PersonId, ...]:
    deputy = () if holding.deputy is None else (holding.deputy,)
    return (*holding.holders, *deputy)


def _persons(holdings: Iterable[Holding]) -> list[PersonId]:
    return list(dict.fromkeys(person for one in holdings for person in _named(one)))


def _of_the_plant(charter: Charter, persons: Iterable[PersonId]) -> tuple[PersonId, ...]:
    known = (charter.people.get(one) for one in (persons if isinstance(persons, list) else sorted(persons)))
    return tuple(one.id for one in known if one is not None and one.vendor is None)
