"""What a zone's operating state lets happen: one outcome for every state, action and criticality.

The table is total: building one with a cell missing fails, so that no state of the plant is ever
looked up in vain. It only ever takes away: an outcome here opens nothing that conduit and permit
do not name.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from types import MappingProxyType
from typing import TypeVar

from domain.access import Action
from domain.plant import Criticality, OperatingState

MOST_PERSONS = 9
"""The largest quorum that may be written; more people than that hold no right together."""

Key = tuple[OperatingState, Action, Criticality]
T = TypeVar("T")


class Outcome(StrEnum):
    """What becomes of an action, from the mildest to the strictest."""

    ALLOW = "allow"
    ATTENDED = "attended"
    """Only while an attendant of the plant is present; without one the input waits."""
    REFUSE = "refuse"


_RANK = {outcome: rank for rank, outcome in enumerate(Outcome)}
_WEIGHT = {criticality: rank for rank, criticality in enumerate(Criticality)}


@dataclass(frozen=True, slots=True)
class Cell:
    """One outcome. ``quorum`` is how many holders of one right must have said yes; of no use in a refusal."""

    outcome: Outcome
    quorum: int = 1

    def __str__(self) -> str:
        many = self.outcome is not Outcome.REFUSE and self.quorum > 1
        return f"{self.outcome} by {self.quorum}" if many else str(self.outcome)

    @staticmethod
    def of(text: str) -> "Cell":
        """The cell written as ``allow``, ``attended``, ``refuse``, ``allow by 2`` …; ValueError for all else."""
        word, by, many = text.partition(" by ")
        cell = Cell(Outcome(word), int(many) if many.isascii() and many.isdigit() else 1)
        if str(cell) != text or not 1 <= cell.quorum <= MOST_PERSONS or (bool(by) and not many):
            raise ValueError(f"{text!r} is not an outcome")
        return cell

    def as_strict_as(self, other: "Cell") -> bool:
        """Whether nothing is easier here than under ``other``: neither outcome nor quorum."""
        if self.outcome is Outcome.REFUSE:
            return True
        return _RANK[self.outcome] >= _RANK[other.outcome] and self.quorum >= other.quorum


REFUSED = Cell(Outcome.REFUSE)


@dataclass(frozen=True, slots=True)
class StateTable:
    """Every cell; ValueError at birth when one is missing, or when an isolated zone is not shut."""

    cells: Mapping[Key, Cell]

    def __post_init__(self) -> None:
        missing = [key for key in KEYS if key not in self.cells]
        if missing or len(self.cells) != len(KEYS):
            raise ValueError(f"{len(missing)} cells of the table are undefined: {missing[:3]}")
        if any(cell != REFUSED for key, cell in self.cells.items() if key[0] is OperatingState.ISOLATED):
            raise ValueError("an isolated zone is shut, whatever is done there")
        object.__setattr__(self, "cells", MappingProxyType(dict(self.cells)))

    def outcome(self, state: OperatingState, actions: Collection[Action], criticality: Criticality) -> Cell:
        """What becomes of all ``actions`` together: the strictest of each, and nothing for no action."""
        strictest = None
        for action in actions:
            cell = self.cells[state, action, criticality]
            if cell.outcome is Outcome.REFUSE:
                return REFUSED
            strictest = cell if strictest is None else _both(strictest, cell)
        return strictest or REFUSED

    def allowing(
        self, states: Collection[OperatingState], actions: Collection[Action], criticality: Criticality
    ) -> frozenset[OperatingState]:
        """Those of ``states`` that do not refuse ``actions`` outright."""
        return frozenset(
            one for one in states if self.outcome(one, actions, criticality).outcome is not Outcome.REFUSE
        )

    def quorum(
        self, states: Collection[OperatingState], actions: Collection[Action], criticality: Criticality
    ) -> int:
        """How many holders of one right it takes for ``actions`` in any of ``states``: the most; 1 at least."""
        quorum = 1
        for one in states:
            cell = self.outcome(one, actions, criticality)
            if cell.outcome is not Outcome.REFUSE and cell.quorum > quorum:
                quorum = cell.quorum
        return quorum

    def anomalies(self) -> Iterator[tuple[Key, Key]]:
        """Each cell that is easier than its neighbour of less consequence or criticality, with that neighbour."""
        for state, action, criticality in KEYS:
            here = (state, action, criticality)
            for lower in (
                (state, _below(action, ACTIONS), criticality),
                (state, action, _below(criticality, CRITICALITIES)),
            ):
                if lower != here and not self.cells[here].as_strict_as(self.cells[lower]):
                    yield here, lower

    def as_strict_as(self, one: OperatingState, other: OperatingState) -> bool:
        """Whether nothing at all is easier in the state ``one`` than in ``other``."""
        return all(
            self.cells[one, action, criticality].as_strict_as(self.cells[other, action, criticality])
            for action, criticality in product(ACTIONS, CRITICALITIES)
        )


def _both(one: Cell, other: Cell) -> Cell:
    """The stricter outcome and the larger quorum of two cells that do not refuse."""
    if one.outcome is other.outcome and one.quorum >= other.quorum:
        return one
    outcome = one.outcome if _RANK[one.outcome] >= _RANK[other.outcome] else other.outcome
    return Cell(outcome, max(one.quorum, other.quorum))


def graver(one: Criticality, other: Criticality) -> Criticality:
    """The higher of two; an asset counts for no less than its zone does."""
    return max(one, other, key=_WEIGHT.__getitem__)


def _below(member: T, of: tuple[T, ...]) -> T:
    return of[max(of.index(member) - 1, 0)]


ACTIONS: tuple[Action, ...] = tuple(Action)
CRITICALITIES: tuple[Criticality, ...] = tuple(Criticality)
KEYS: tuple[Key, ...] = tuple(product(OperatingState, ACTIONS, CRITICALITIES))
"""Every cell that there is: 7 states, 4 actions, 3 criticalities."""
