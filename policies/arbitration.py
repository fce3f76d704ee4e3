"""Disputes at the door: whose word an arbiter's stands beside, by the charter in force."""

from datetime import datetime

from domain.permit import PermitState
from domain.rights import DecisionRight
from domain.voices import Seat, Voice, arbiter_voice, with_arbiter
from policies.charter.charter import Charter
from policies.standing import Standing


def arbitrated(
    charter: Charter, standing: Standing, seats: tuple[Seat, ...], at: datetime
) -> tuple[Seat, ...]:
    """The seats of a permit that was, or is, in dispute.

    Where an arbiter settled it, they may fill one seat of that right, as long as they are its arbiter still;
    while it is disputed, nobody but the arbiter may.
    """
    for right in {one.right for one in standing.approvals if one.settles}:
        seats = with_arbiter(seats, right, _voice(charter, standing, right, at))
    if standing.state is PermitState.DISPUTED and standing.disputed is not None:
        voice = _voice(charter, standing, standing.disputed, at)
        alone = () if voice is None else (voice,)
        seats = tuple(Seat(one.right, alone) if one.right is standing.disputed else one for one in seats)
    return seats


def _voice(charter: Charter, standing: Standing, right: DecisionRight, at: datetime) -> Voice | None:
    permit = standing.permit
    holding = charter.holder(right, permit.asset, permit.conduit, at)
    if holding is None:
        return None
    return arbiter_voice(holding, at, requester=permit.person, sides=charter.sides)
