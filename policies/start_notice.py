"""Who is told when a session may start, and what follows when nobody was reached (MA-4(5)(b), paraphrased)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from domain.rights import DecisionRight


class Unheard(StrEnum):
    """What follows when no delivery to any of them was confirmed."""

    NOTHING = "nothing"
    """The result is kept, and that is all."""
    ALARM = "alarm"
    """Whoever leads incidents is told at the start."""
    BLOCK_START = "block_start"
    """No session opens until one was confirmed."""


@dataclass(frozen=True, slots=True)
class StartTerms:
    """Over one boundary: the holders of ``rights`` are told on approval, and ``before`` the start again."""

    boundary: str = ""
    rights: frozenset[DecisionRight] = frozenset({DecisionRight.CONNECT, DecisionRight.INCIDENT_LEAD})
    shift: bool = False
    """The shift is told too."""
    before: timedelta = timedelta(minutes=30)
    unheard: Unheard = Unheard.NOTHING


USUAL_START = StartTerms()
"""Where the charter says nothing."""


def terms_over(written: Iterable[StartTerms], boundaries: Sequence[str]) -> StartTerms:
    """What holds over ``boundaries``, near to far: the nearest that has terms decides them all."""
    by_boundary = {one.boundary: one for one in written}
    return next((by_boundary[one] for one in boundaries if one in by_boundary), USUAL_START)
