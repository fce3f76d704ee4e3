"""Delegation: a holder lets somebody else decide, on named actions, in named states, until a date."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from domain.access import Action
from domain.ids import PersonId
from domain.plant import OperatingState
from domain.rights import DecisionRight
from domain.window import TimeWindow


@dataclass(frozen=True, slots=True)
class Stake:
    """What is decided on: the actions that a permit states, and the operating states it holds in."""

    actions: frozenset[Action]
    states: frozenset[OperatingState]


@dataclass(frozen=True, slots=True)
class Delegation:
    """What ``by`` holds over ``boundary``, ``to`` may exercise too, within these actions, states and dates.

    A delegate can't delegate further, and speaks with the holder's authority: the two never count as two.
    """

    right: DecisionRight
    boundary: str
    by: PersonId
    to: PersonId
    actions: frozenset[Action]
    states: frozenset[OperatingState]
    window: TimeWindow
    approved: datetime
    """When the holder approved it, or the change of it."""
    document: str = ""
    """Where that is written down; may be missing for thirty days (CIP-003-9 R4, paraphrased; B03)."""

    def covers(self, stake: Stake, at: datetime) -> bool:
        """Whether the delegate may decide on ``stake`` at ``at``: all of it, or none."""
        within = stake.actions <= self.actions and stake.states <= self.states
        return within and bool(stake.actions) and bool(stake.states) and self.window.contains(at)

    def given_by(self, holders: Collection[PersonId]) -> bool:
        """Whether one of ``holders`` gave it, and not to another of them."""
        return self.by in holders and self.to not in holders
