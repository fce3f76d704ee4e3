"""Standing templates at work: which one a permit lies inside, whether it still counts, and who confirms. Pure.

A template counts as long as everybody who would have to approve the permit now has signed it. So nothing is asked
of the past: where a holder changed, the signature of the one before is nobody's, and the permit takes the full path.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from domain.delegation import Stake
from domain.ids import PermitId, PersonId
from domain.permit import Permit
from domain.rights import DecisionRight, Holding
from domain.template import Template, signed_by
from domain.voices import Seat, unfilled, voices
from policies.charter.charter import Charter
from policies.glass import lead_of
from policies.recurrence import covers
from policies.rights import required_rights, seats_for


@dataclass(frozen=True, slots=True)
class Inside:
    """A permit lies inside ``template``: the others have signed, and ``seat`` is to be filled by a confirmation."""

    template: Template
    signed: tuple[tuple[DecisionRight, PersonId], ...]
    """Who signed it under what, as far as it counts now; none of them confirms too."""
    seat: Seat
    holding: Holding


def inside(
    charter: Charter, permit: Permit, revoked: Collection[PermitId], at: datetime, seats: Sequence[Seat]
) -> Inside | None:
    """The template that ``permit`` names, where it counts and ``permit`` lies inside; else the full path is to be taken.

    ``seats`` are every yes that the permit needs on that path now.
    """
    template = next((one for one in charter.templates if one.digest() == permit.template), None)
    if template is None or outside(charter, template, permit, revoked, at):
        return None
    signed = signed_by(permit.template, charter.statements)
    holding = confirming(charter, template, permit, at)
    if holding is None or not seats or unfilled(seats, signed):
        return None
    able = voices(
        holding,
        Stake(permit.actions, permit.states),
        at,
        requester=permit.person,
        sides=charter.sides,
        delegations=charter.delegated(template.confirm),
    )
    taken = {person for _, person in signed}
    able = tuple(one for one in able if not one.both & taken)
    return Inside(template, signed, Seat(template.confirm, able), holding) if able else None


def choose(
    charter: Charter, permit: Permit, revoked: Collection[PermitId], at: datetime
) -> tuple[Permit, Inside | None]:
    """``permit`` naming the first template that it lies inside, and that; as it was where it lies inside none."""
    seats = needed(charter, permit, at)
    for one in sorted(charter.templates, key=lambda one: one.id):
        named = replace(permit, template=one.digest())
        found = inside(charter, named, revoked, at, seats)
        if found is not None:
            return named, found
    return permit, None


def outside(
    charter: Charter, template: Template, permit: Permit, revoked: Collection[PermitId], at: datetime
) -> tuple[str, ...]:
    """Why ``permit`` does not lie inside ``template`` now, in a word each; empty when it does."""
    found = list(template.beyond(permit))
    if PermitId(template.id) in revoked:
        found.append("ended")
    if not template.window.contains(at):
        found.append("expired")
    asset, conduit = charter.assets.get(permit.asset), charter.conduits.get(permit.conduit)
    if asset is None or conduit is None:
        return (*found, "conduit")
    if charter.touches_safety(conduit) or charter.zones[asset.zone].safety:
        found.append("safety")  # the second key of a safety zone is turned anew each time
    zone = ZoneInfo(charter.place_of(permit.asset).time_zone)
    if template.hours and not covers(template.hours, zone, permit.window):
        found.append("hours")
    return tuple(found)


def confirming(charter: Charter, template: Template, permit: Permit, at: datetime) -> Holding | None:
    """Who confirms: whoever holds the right that the template names, and under ``incident_lead`` the shift."""
    if template.confirm is DecisionRight.INCIDENT_LEAD:
        return lead_of(charter, permit, at)
    return charter.holder(template.confirm, permit.asset, permit.conduit, at)


def needed(charter: Charter, permit: Permit, at: datetime) -> tuple[Seat, ...]:
    """Every yes that ``permit`` needs without a template."""
    if permit.asset not in charter.assets or permit.conduit not in charter.conduits:
        return ()
    return seats_for(
        charter,
        required_rights(charter, permit.asset, permit.conduit, permit.grants),
        asset=permit.asset,
        conduit=permit.conduit,
        stake=Stake(permit.actions, permit.states),
        requester=permit.person,
        at=at,
    )


def faults_of(charter: Charter, template: Template) -> tuple[str, ...]:
    """What a holder should mend before anybody signs ``template``: what the charter does not know, or never allows."""
    conduit, vendor = charter.conduits.get(template.conduit), charter.vendors.get(template.vendor)
    if conduit is None or vendor is None:
        return ("The charter knows no such conduit or vendor.",)
    found = []
    if template.vendor not in conduit.vendors:
        found.append(f"{vendor.name} may not pass {conduit.name}.")
    for asset in sorted(template.assets):
        known = charter.assets.get(asset)
        if known is None or known.zone != conduit.destination:
            found.append(f"The conduit does not lead to {asset}.")
    for person in sorted(template.persons):
        who = charter.people.get(person)
        if who is None or who.vendor != template.vendor:
            found.append(f"{person} is nobody of {vendor.name}.")
    if not template.actions <= conduit.actions or not template.states <= conduit.states:
        found.append("It names an action or an operating state that the conduit does not allow.")
    if template.longest > conduit.longest_window:
        found.append("A permit inside it could be longer than the conduit allows.")
    if charter.touches_safety(conduit):
        found.append("The way touches a safety zone: its second key is turned anew each time.")
    return tuple(found)


def unsigned(charter: Charter, template: Template, at: datetime) -> tuple[DecisionRight, ...]:
    """The rights under which a signature is missing now, for all that may be asked inside; none is signed."""
    signed = signed_by(template.digest(), charter.statements)
    short = [unfilled(seats, signed) for seats in _ways(charter, template, at)]
    return tuple(sorted({right for one in short for right in one}))


def may_sign(
    charter: Charter, template: Template, person: PersonId, at: datetime
) -> tuple[DecisionRight, ...]:
    """The rights under which ``person`` may sign it now, and has not."""
    signed = signed_by(template.digest(), charter.statements)
    able = {
        seat.right
        for seats in _ways(charter, template, at)
        for seat in seats
        if any(one.person == person for one in seat.voices)
    }
    return tuple(right for right in sorted(able) if (right, person) not in signed)


def _ways(charter: Charter, template: Template, at: datetime) -> tuple[tuple[Seat, ...], ...]:
    """Every yes that each asset of the template needs on the full path."""
    if template.conduit not in charter.conduits:
        return ()
    return tuple(
        seats_for(
            charter,
            required_rights(charter, asset, template.conduit, template.grants),
            asset=asset,
            conduit=template.conduit,
            stake=Stake(template.actions, template.states),
            requester=PersonId(""),
            at=at,
        )
        for asset in sorted(template.assets & charter.assets.keys())
    )
