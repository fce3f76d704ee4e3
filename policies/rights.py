"""Which rights must have decided before a permit opens anything, and who may decide now."""

from datetime import datetime

from domain.ids import AssetId, ConduitId, PersonId
from domain.rights import DecisionRight, may_decide
from policies.charter.charter import Charter

_CONNECT = frozenset({DecisionRight.CONNECT})


def required_rights(charter: Charter, asset: AssetId, conduit: ConduitId) -> frozenset[DecisionRight]:
    """The rights whose holders must all have said yes to a permit over this way.

    A zone that needs a second key gets it here; until then safety-zone-closed/1 keeps it shut.
    """
    if asset not in charter.assets or conduit not in charter.conduits:
        raise ValueError(f"no way to {asset} over {conduit} is written down")
    return _CONNECT


def may_decide_now(
    charter: Charter,
    right: DecisionRight,
    person: PersonId,
    *,
    asset: AssetId,
    conduit: ConduitId,
    requester: PersonId,
    at: datetime,
) -> bool:
    """Whether ``person`` may decide at ``at`` what ``requester`` asks; vendors' people and strangers never."""
    found = charter.people.get(person)
    if found is None or found.vendor is not None:
        return False
    return may_decide(charter.holder(right, asset, conduit, at), person, requester)


def deciders(
    charter: Charter,
    right: DecisionRight,
    *,
    asset: AssetId,
    conduit: ConduitId,
    requester: PersonId,
    at: datetime,
) -> tuple[PersonId, ...]:
    """The holder, then the deputy, as far as they may decide; empty is a void, and refuses."""
    holding = charter.holder(right, asset, conduit, at)
    if holding is None:
        return ()
    found = []
    for person in (holding.holder, holding.deputy):
        known = None if person is None else charter.people.get(person)
        if known is not None and known.vendor is None and may_decide(holding, known.id, requester):
            found.append(known.id)
    return tuple(found)
