"""Which rights must have decided before a permit opens anything, and who may decide now."""

from collections.abc import Collection, Iterable
from datetime import datetime

from domain.access import Grant
from domain.delegation import Stake
from domain.ids import AssetId, ConduitId, PersonId
from domain.permit import Permit
from domain.rights import DecisionRight
from domain.voices import Seat, rights_needed, seats, voices
from policies.charter.charter import Charter
from policies.stakes import quorum_needed


def required_rights(
    charter: Charter, asset: AssetId, conduit: ConduitId, grants: Collection[Grant] = ()
) -> frozenset[DecisionRight]:
    """The rights whose holders must all have said yes to a permit for ``grants`` over this way."""
    if asset not in charter.assets or conduit not in charter.conduits:
        raise ValueError(f"no way to {asset} over {conduit} is written down")
    way = charter.conduits[conduit]
    touched = {charter.assets[asset].zone, way.source, way.destination}
    return rights_needed(
        safety=any(charter.zones[zone].safety for zone in touched), data_out=way.data_out, grants=grants
    )


def seats_for(
    charter: Charter,
    rights: Iterable[DecisionRight],
    *,
    asset: AssetId,
    conduit: ConduitId,
    stake: Stake,
    requester: PersonId,
    at: datetime,
) -> tuple[Seat, ...]:
    """Every yes that ``rights`` ask for at ``at``, and who could say it; a void is a seat that nobody can fill."""
    found: list[Seat] = []
    for right in sorted(set(rights)):
        holding = charter.holder(right, asset, conduit, at)
        given = charter.delegated(right)
        able = voices(holding, stake, at, requester=requester, sides=charter.sides, delegations=given)
        found += seats(holding, right, able, least_of(charter, right, asset, stake))
    return tuple(found)


def least_of(charter: Charter, right: DecisionRight, asset: AssetId, stake: Stake) -> int:
    """How many must say yes under ``right`` whatever its holding says: what the table of states asks of ``connect``."""
    if right is not DecisionRight.CONNECT or asset not in charter.assets:
        return 1
    return quorum_needed(charter, asset, stake.actions, stake.states)


def deciders(seats: Iterable[Seat], right: DecisionRight) -> tuple[PersonId, ...]:
    """Who could fill a seat of ``right``: holders, the deputy, delegates; each once."""
    persons = (one.person for seat in seats if seat.right is right for one in seat.voices)
    return tuple(dict.fromkeys(persons))


def may_decide_on(
    charter: Charter, right: DecisionRight, person: PersonId, permit: Permit, at: datetime
) -> bool:
    """Whether ``person`` may exercise ``right`` over ``permit`` at ``at``; vendors' people and strangers never."""
    if permit.asset not in charter.assets or permit.conduit not in charter.conduits:
        return False
    seats = seats_for(
        charter,
        [right],
        asset=permit.asset,
        conduit=permit.conduit,
        stake=Stake(permit.actions, permit.states),
        requester=permit.person,
        at=at,
    )
    return person in deciders(seats, right)
