"""Decision rights: who may decide what, on which boundary, since when and until when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.ids import PersonId
from domain.window import TimeWindow


class DecisionRight(StrEnum):
    """The four questions that nobody owns until somebody is named."""

    CONNECT = "connect"
    """Who approves connectivity that crosses this boundary."""
    IDENTITY = "identity"
    """Who admits outside people."""
    DATA_OUT = "data_out"
    """Who decides what may leave."""
    INCIDENT_LEAD = "incident_lead"
    """Who commands when a cyber event has physical consequences."""


@dataclass(frozen=True, slots=True)
class Holding:
    """One right over one boundary (a site's, zone's or conduit's id), held by a named person."""

    right: DecisionRight
    boundary: str
    holder: PersonId
    deputy: PersonId | None
    basis: str
    """The document that gives the right: its title and version."""
    window: TimeWindow


def holding_of(
    holdings: Iterable[Holding], right: DecisionRight, boundaries: Sequence[str], at: datetime
) -> Holding | None:
    """Who holds ``right`` at ``at`` over the nearest of ``boundaries``, which go from near to far.

    The nearest boundary that names the right at all decides, even when its holding has ended:
    a lapsed holder of a conduit is a void to be mended, not a reason to ask the site's holder instead.
    """
    named = [one for one in holdings if one.right is right and one.boundary in boundaries]
    for boundary in boundaries:
        here = [one for one in named if one.boundary == boundary]
        if here:
            return next((one for one in here if one.window.contains(at)), None)
    return None


def may_decide(holding: Holding | None, person: PersonId, requester: PersonId) -> bool:
    """Whether ``person`` may decide under ``holding`` what ``requester`` asks; never one's own."""
    return holding is not None and person != requester and person in {holding.holder, holding.deputy}
