"""What a charter says of reviews after the session: over one boundary, by whom, within how long, and what follows else."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from domain.rights import DecisionRight


class Overdue(StrEnum):
    """What follows when nobody reviewed a session in time."""

    TELL = "tell"
    """It stands in the list as overdue, and is told."""
    BLOCK = "block"
    """The same, and that vendor asks for nothing over the boundary until it was done."""


@dataclass(frozen=True, slots=True)
class ReviewTerms:
    """Over one boundary: who holds any of ``rights`` reviews a session ``within`` so long of its end."""

    boundary: str
    rights: frozenset[DecisionRight]
    within: timedelta
    overdue: Overdue
    percent: int = 100
    """How many of a hundred sessions; which ones, their ids decide."""


def review_terms_over(written: Iterable[ReviewTerms], boundaries: Sequence[str]) -> ReviewTerms | None:
    """What holds over ``boundaries``, near to far: the nearest that speaks of it; None where none does."""
    by_boundary = {one.boundary: one for one in written}
    return next((by_boundary[one] for one in boundaries if one in by_boundary), None)
