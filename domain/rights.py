"""Decision rights: who may decide what, on which boundary, since when and until when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.ids import PersonId
from domain.window import TimeWindow


class DecisionRight(StrEnum):
    """The four questions that nobody owns until somebody is named, and the second key of a safety zone."""

    CONNECT = "connect"
    """Who approves connectivity that crosses this boundary."""
    IDENTITY = "identity"
    """Who admits outside people."""
    DATA_OUT = "data_out"
    """Who decides what may leave."""
    INCIDENT_LEAD = "incident_lead"
    """Who commands when a cyber event has physical consequences."""
    SAFETY = "safety"
    """Who turns the second key where a zone keeps people safe; beside ``connect``, never in its place."""


class Side(StrEnum):
    """Whom a person of the plant speaks for where operations and corporate IT want different things."""

    OT = "ot"
    IT = "it"


@dataclass(frozen=True, slots=True)
class Holding:
    """One right over one boundary (an organisation's, site's, zone's or conduit's id), held by named persons."""

    right: DecisionRight
    boundary: str
    holder: PersonId
    deputy: PersonId | None
    """Stands in for any one of the holders."""
    basis: str
    """The document that gives the right: its title and version."""
    window: TimeWindow
    others: tuple[PersonId, ...] = ()
    """Further holders, equal to the first."""
    quorum: int = 1
    """How many persons must say yes under this right; never more than there are holders."""
    arbiter: PersonId | None = None
    """Decides when those who must agree do not. Never a holder or the deputy."""
    side: Side | None = None
    """The side that its seats belong to; None where either may hold it."""

    @property
    def holders(self) -> tuple[PersonId, ...]:
        """Everybody who holds it, the first one first."""
        return (self.holder, *self.others)

    @property
    def seat(self) -> Side | None:
        """The side that whoever speaks under it must be of. The second key of a safety zone is always OT's."""
        return Side.OT if self.right is DecisionRight.SAFETY else self.side


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
