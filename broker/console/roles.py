"""What a person may see and decide, reckoned from the charter at every request. Never stored.

A role opens a page; the functions below then say which objects on it are the person's business.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from broker.watchdog.pauses import Paused
from domain.ids import AssetId, ConduitId, PersonId, ZoneId
from domain.parties import Person
from domain.permit import Permit
from domain.plant import OperatingState
from domain.rights import DecisionRight, Holding
from policies.authority import Act, Office, act_of, in_emergency, may
from policies.charter.charter import Charter
from policies.rights import may_decide_on


class Role(StrEnum):
    """Doors inside the console."""

    VENDOR = "vendor"
    HOLDER = "holder"
    """Holds some decision right today, stands in for its holder, was given a part of it, or is its arbiter."""
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
        gone = person.high_risk or (person.leaving is not None and at >= person.leaving.until)
        admitted = not gone and person.admitted is not None and person.admitted.contains(at)
        return frozenset({Role.VENDOR}) if admitted else frozenset()
    held = {
        one.right
        for one in charter.holdings
        if person.id in {*one.holders, one.deputy} and one.window.contains(at)
    }
    # As written, so that somebody whose entry has lapsed still comes in to attest it. It opens pages only.
    named = any(
        person.id in {*one.holders, one.deputy, one.arbiter} and one.window.contains(at)
        for one in charter.register
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


def arbitrates(charter: Charter, person: PersonId, asset: AssetId, conduit: ConduitId, at: datetime) -> bool:
    """Whether ``person`` is the arbiter of some right over the nearest boundary that names it."""
    if asset not in charter.assets or conduit not in charter.conduits:
        return False
    held = (charter.holder(right, asset, conduit, at) for right in DecisionRight)
    return any(one is not None and one.arbiter == person for one in held)


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
    where = permit.asset, permit.conduit, at
    return holds_over(charter, person.id, *where) or arbitrates(charter, person.id, *where)


def may_stop(charter: Charter, person: Person, roles: frozenset[Role], permit: Permit, at: datetime) -> bool:
    """Whether the person may end sessions of this permit."""
    return may(Act.STOP, _offices_on(charter, person, roles, permit, at), emergency=False)


def may_pause(charter: Charter, person: Person, roles: frozenset[Role], permit: Permit, at: datetime) -> bool:
    """Whether the person may pause sessions of this permit; an emergency changes nothing about that."""
    return may(Act.PAUSE, _offices_on(charter, person, roles, permit, at), emergency=False)


def may_resume(
    charter: Charter,
    person: Person,
    roles: frozenset[Role],
    permit: Permit,
    paused: Paused,
    states: Mapping[ZoneId, str],
    at: datetime,
) -> bool:
    """Whether the person may let go on what ``paused`` says: who decides on it, leads, or paused it themself."""
    offices = set(_offices_on(charter, person, roles, permit, at))
    if may_decide_on(charter, DecisionRight.CONNECT, person.id, permit, at):
        offices.add(Office.CONNECT)
    if offices and paused.by == person.id:
        offices.add(Office.AUTHOR)
    emergency = in_emergency(charter, states, f"asset:{permit.asset}")
    return may(Act.RESUME, offices, emergency=emergency)


def _offices_on(
    charter: Charter, person: Person, roles: frozenset[Role], permit: Permit, at: datetime
) -> frozenset[Office]:
    offices = offices_over(charter, person, roles, f"asset:{permit.asset}", at)
    holds = Role.HOLDER in roles and holds_over(charter, person.id, permit.asset, permit.conduit, at)
    return offices | {Office.HOLDER} if holds else offices


def may_isolate(charter: Charter, person: Person, roles: frozenset[Role], scope: str, at: datetime) -> bool:
    """Whether the person may use the kill switch on ``scope``; an emergency changes nothing about that."""
    return may(Act.ISOLATE, offices_over(charter, person, roles, scope, at), emergency=False)


def may_restore(
    charter: Charter,
    person: Person,
    roles: frozenset[Role],
    scope: str,
    states: Mapping[ZoneId, str],
    at: datetime,
) -> bool:
    """Whether the person may release ``scope``: in an emergency whoever leads there, and nobody else."""
    offices = offices_over(charter, person, roles, scope, at)
    return may(Act.RESTORE, offices, emergency=in_emergency(charter, states, scope))


def may_set_state(
    charter: Charter,
    person: Person,
    roles: frozenset[Role],
    zone: ZoneId,
    state: OperatingState,
    states: Mapping[ZoneId, str],
    at: datetime,
) -> bool:
    """Whether the person may say that ``zone`` is in ``state``, as ``states`` stand."""
    offices = offices_over(charter, person, roles, f"zone:{zone}", at)
    return may(act_of(state), offices, emergency=in_emergency(charter, states, f"zone:{zone}"))


def offices_over(
    charter: Charter, person: Person, roles: frozenset[Role], scope: str, at: datetime
) -> frozenset[Office]:
    """In what capacity the person acts on ``scope``.

    The shift on anything; who leads incidents over the organisation, or over each of its sites, too;
    who leads over a site, on it and what stands in it; who leads over one zone, on that zone.
    """
    shift = {Office.SHIFT} if Role.SHIFT in roles else set[Office]()
    kind, _, name = scope.partition(":")
    led = {
        one.boundary
        for one in charter.holdings
        if one.right is DecisionRight.INCIDENT_LEAD
        and person.id in {*one.holders, one.deputy}
        and one.window.contains(at)
    }
    everywhere = charter.organisation.id in led or led >= set(charter.sites)
    leads = everywhere or bool(led.intersection(_around(charter, kind, name)))
    return frozenset(shift | ({Office.LEAD} if leads and person.vendor is None else set()))


def _around(charter: Charter, kind: str, name: str) -> tuple[str, ...]:
    """The boundaries, of zone and site, in which a scope lies wholly."""
    if kind == "asset" and (asset := charter.assets.get(AssetId(name))):
        kind, name = "zone", asset.zone
    if kind == "zone" and (zone := charter.zones.get(ZoneId(name))):
        return (zone.id, zone.site)
    return (name,) if kind == "site" else ()
