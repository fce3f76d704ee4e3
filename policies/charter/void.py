"""The void report: every boundary that vendors can cross where nobody holds a right at an instant."""

from dataclasses import dataclass
from datetime import datetime

from domain.ids import ConduitId
from domain.plant import Conduit
from domain.rights import DecisionRight
from policies.charter.charter import Charter


@dataclass(frozen=True, slots=True)
class Void:
    """A right over a conduit that nobody holds; ``last`` is who held it last, where somebody did."""

    right: DecisionRight
    conduit: ConduitId
    last: str
    sentence: str


def asked_of(charter: Charter, conduit: Conduit) -> tuple[DecisionRight, ...]:
    """The rights that somebody must hold over ``conduit``: ``safety`` only where it touches a safety zone."""
    safety = any(charter.zones[zone].safety for zone in (conduit.source, conduit.destination))
    return tuple(right for right in DecisionRight if safety or right is not DecisionRight.SAFETY)


def voids(charter: Charter, at: datetime) -> tuple[Void, ...]:
    """Every void at ``at``, conduit by conduit. A right whose window ends at ``at`` is void."""
    found = []
    for conduit in charter.conduits.values():
        boundaries = charter.boundaries_into(conduit.id)
        for right in asked_of(charter, conduit):
            named = [one for one in charter.holdings if one.right is right and one.boundary in boundaries]
            nearest = next((each for each in boundaries if any(one.boundary == each for one in named)), "")
            here = [one for one in named if one.boundary == nearest]
            if any(one.window.contains(at) for one in here):
                continue
            past = [one for one in here if one.window.end <= at]
            last = max(past, key=lambda one: one.window.end).holder if past else ""
            how = (
                f"has lapsed; {last} held it last"
                if last
                else "has not begun"
                if here
                else "was never given to anybody"
            )
            found.append(Void(right, conduit.id, last, f"The right '{right}' over {conduit.id} {how}."))
    return tuple(found)
