"""Whose yes a request would need, before it is sent: one key for each right. Pure."""

from dataclasses import dataclass

from domain.access import AccessRequest, Decision, NeedsApproval
from domain.delegation import Stake
from domain.ids import PersonId
from domain.rights import DecisionRight
from policies.facts import Facts
from policies.rights import deciders, seats_for


@dataclass(frozen=True, slots=True)
class Key:
    """``count`` yeses under ``right``, each of another person in ``able``."""

    right: DecisionRight
    count: int
    able: tuple[PersonId, ...]


def keys_of(wish: AccessRequest, decision: Decision, facts: Facts) -> tuple[Key, ...]:
    """Every key that must turn before ``wish`` opens: all of them, not any. Empty where nobody is asked."""
    conduit = facts.charter.conduits.get(wish.conduit) if wish.conduit else None
    if not isinstance(decision, NeedsApproval) or conduit is None:
        return ()
    seats = seats_for(
        facts.charter,
        decision.rights,
        asset=wish.asset,
        conduit=conduit.id,
        stake=Stake(wish.actions, conduit.states),
        requester=wish.person,
        at=facts.now,
    )
    return tuple(
        Key(right, sum(1 for seat in seats if seat.right is right), deciders(seats, right))
        for right in sorted(decision.rights)
    )
