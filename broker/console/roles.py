"""What a person may see and decide, reckoned from the charter at every request. Never stored.

A role opens a page; the functions below then say which objects on it are the person's business.
"""

from datetime import datetime
from enum import StrEnum

from domain.ids import AssetId, ConduitId, PersonId, ZoneId
from domain.parties import Person
from domain.permit import Permit
from domain.rights import DecisionRight, Holding
from policies.charter.charter import Charter


class Role(StrEnum):
    """Doors inside the console."""

    VENDOR = "vendor"
    HOLDER = "holder"
    """Holds some decision right today, stands in for its holder, or was given a part of it."""
    LEAD = "lead"
    """Holds ``incident_lead`` somewhere today."""
    AUDITOR = "auditor"
    SHIFT = "shift"


def roles_of(charter: Charter, person: Person, at: datetime) -> frozenset[Role]:
    """The doors that are open to ``person`` at ``at``."""
    found: set[Role] = set()
    if person.vendor is not None:
        # An outside person may appear only while somebody's `identity` decision admits them; and
        # whatever else the charter says of them, they see a vendor's pages and no others.
        admitted = person.admitted is not None and person.admitted.contains(at)
        return frozenset({Role.VENDOR}) if admitted else frozenset()
    held = {
        one.right
        for one in charter.holdings
        if person.id in {*one.holders, one.deputy} and one.window.contains(at)
    }
    # As written, so that somebody whose entry has lapsed still comes in to attest it. It opens pages only.
    named = any(
        person.id in {*one.holders, one.deputy} and one.window.contains(at) for one in charter.register
    )
    given = any(one.to == person.id and one.window.contains(at) for one in charter.delegations)
    if named or given:
        found.add(Role.HOLDER)
    if DecisionRight.INCIDENT_LEAD in held:
        found.add(Role.LEAD)
    if person.auditor:
        found.add(Role.AUDITOR)
    if person.shift:
        found.add(Role.SHIFT)
    return frozenset(found)


def holds_over(charter: Charter, person: PersonId, asset: AssetId, conduit: ConduitId, at: datetime) -> bool:
    """Whether ``person`` holds any right, or stands in, over the nearest boundary that names it."""
    if asset not in charter.assets or conduit not in charter.conduits:
        return False
    return any(
        one is not None and (person in {*one.holders, one.deputy} or _delegated(charter, person, one, at))
        for one in (charter.holder(right, asset, conduit, at) for right in DecisionRight)
    )


def _delegated(charter: Charter, person: PersonId, holding: Holding, at: datetime) -> bool:
    return any(
        (one.to, one.boundary) == (person, holding.boundary)
        and one.given_by(holding.holders)
        and one.window.contains(at)
        for one in charter.delegated(holding.right)
    )


def sees_permit(
    charter: Charter, person: Person, roles: frozenset[Role], permit: Permit, at: datetime
) -> bool:
    """Whether this permit is the person's business: their own, their boundary's, or an auditor's or shift's."""
    if Role.VENDOR in roles:
        return permit.person == person.id
    if roles & {Role.AUDITOR, Role.SHIFT}:
        return True
    return holds_over(charter, person.id, permit.asset, permit.conduit, at)


def may_stop(charter: Charter, person: Person, roles: frozenset[Role], permit: Permit, at: datetime) -> bool:
    """Whether the person may end sessions of this permit: the shift always, a holder on their boundary."""
    if Role.SHIFT in roles:
        return True
    return Role.HOLDER in roles and holds_over(charter, person.id, permit.asset, permit.conduit, at)


def may_isolate(charter: Charter, person: Person, roles: frozenset[Role], scope: str, at: datetime) -> bool:
    """Whether the person may use the kill switch on ``scope``.

    The shift on anything; who leads incidents over the organisation, or over each of its sites, too;
    who leads over a site, on it and what stands in it; who leads over one zone, on that zone.
    """
    if Role.SHIFT in roles:
        return True
    kind, _, name = scope.partition(":")
    led = {
        one.boundary
        for one in charter.holdings
        if one.right is DecisionRight.INCIDENT_LEAD
        and person.id in {*one.holders, one.deputy}
        and one.window.contains(at)
    }
    if charter.organisation.id in led or led >= set(charter.sites):
        return True
    return bool(led.intersection(_around(charter, kind, name)))


def _around(charter: Charter, kind: str, name: str) -> tuple[str, ...]:
    """The boundaries, of zone and site, in which a scope lies wholly."""
    if kind == "asset" and (asset := charter.assets.get(AssetId(name))):
        kind, name = "zone", asset.zone
    if kind == "zone" and (zone := charter.zones.get(ZoneId(name))):
        return (zone.id, zone.site)
    return (name,) if kind == "site" else ()
