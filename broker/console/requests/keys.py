"""Whose yes a request would need, before it is sent: one key for each right. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from broker.console import words
from domain.access import AccessRequest, Decision, NeedsApproval
from domain.delegation import Stake
from domain.ids import PersonId
from domain.rights import DecisionRight
from domain.said import listed, say
from policies.charter.charter import Charter
from policies.facts import Facts
from policies.rights import deciders, seats_for


@dataclass(frozen=True, slots=True)
class Key:
    """``count`` yeses under ``right``, each of another person in ``able``."""

    right: DecisionRight
    count: int
    able: tuple[PersonId, ...]


def said_keys(keys: Iterable[Key], charter: Charter) -> str:
    """The keys in words: whose yes, and how many of them, under which right."""
    return listed((_said_key(one, charter) for one in keys), say(", and "))


def _said_key(key: Key, charter: Charter) -> str:
    names = listed(
        (words.short_name(charter.people.get(one), one) for one in key.able),
        ", " if key.count > 1 else words.OR,
    )
    right = words.right(key.right)
    if key.count > 1:
        return say("{count} of {names} ({right})", count=key.count, names=names, right=right)
    return say("{names} ({right})", names=names, right=right)


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
