"""What a request is about: which person, asset, conduit and permit. Chosen here, judged by the rules.

Where several would do, the choice is the same every time: first what would open, then what lasts
longest, then the smallest id.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.access import AccessRequest, Action, Grant, PassageKind, flows_of, granted
from domain.break_glass import Glass
from domain.delegation import Stake
from domain.ids import PermitId, PersonId
from domain.parties import Person, Vendor
from domain.permit import USABLE, WAITING, Permit
from domain.plant import TERMINALS, Asset, Conduit, Endpoint, Protocol
from domain.rights import DecisionRight
from domain.voices import Seat, unfilled
from policies.arbitration import arbitrated
from policies.charter.charter import Charter
from policies.glass import glass_seats
from policies.rights import deciders, required_rights, seats_for
from policies.standing import Standing
from policies.template import Inside, inside


@dataclass(frozen=True, slots=True)
class Matter:
    """The things a request names, as far as the charter and the permits know them."""

    person: Person | None
    vendor: Vendor | None
    asset: Asset | None
    conduit: Conduit | None
    """The way in: the permit's where there is one, else the one that fits what is asked best."""
    standing: Standing | None
    """The permit to go through on; always None while asking for one."""
    actions: frozenset[Action]
    """What is to be done: as stated, or else all that the permit states."""
    seats: tuple[Seat, ...]
    """Every yes that this needs, and who may say it now to what this person asks."""
    deciders: Mapping[DecisionRight, tuple[PersonId, ...]]
    """The same by right: who may decide; empty is a void."""
    glass: Glass | None = None
    """The use of break-glass by which the permit was approved, counting or not."""
    template: Inside | None = None
    """The standing template that the permit lies inside, where it counts and the full path was not taken."""


def matter_of(
    request: AccessRequest,
    charter: Charter,
    standings: Iterable[Standing],
    revoked: Collection[PermitId],
    now: datetime,
    glasses: Iterable[Glass] = (),
) -> Matter:
    """Look up what ``request`` names."""
    person = charter.people.get(request.person)
    vendor = charter.vendors.get(person.vendor) if person and person.vendor else None
    asset = charter.assets.get(request.asset)
    ways = charter.conduits_for(vendor.id, asset.id) if vendor and asset else ()
    standing = None if request.window else _standing(request, asset, standings, revoked, now)
    if standing:
        conduit = next((one for one in ways if one.id == standing.permit.conduit), None)
    elif request.conduit:
        conduit = next((one for one in ways if one.id == request.conduit), None)
    else:
        # max keeps the first of equals, and the ways come in the order of their ids.
        conduit = max(ways, key=lambda one: _fit(request, asset, one), default=None)
    actions = request.actions or (standing.permit.actions if standing else frozenset())
    if asset is None or conduit is None:
        return Matter(person, vendor, asset, conduit, standing, actions, (), {})
    template: Inside | None = None
    glass = next((one for one in glasses if standing and one.permit == standing.permit.id), None)
    if standing:  # the whole permit, however little of it is used now: that is what was decided on
        grants: Collection[Grant] = standing.permit.grants
        stake = Stake(standing.permit.actions, standing.permit.states)
    else:
        grants, stake = request.passage, Stake(actions, conduit.states)
    if glass and standing:
        seats = glass_seats(charter, standing.permit, now)
    else:
        seats = seats_for(
            charter,
            required_rights(charter, asset.id, conduit.id, grants),
            asset=asset.id,
            conduit=conduit.id,
            stake=stake,
            requester=request.person,
            at=now,
        )
        if standing:
            template = _inside(charter, standing, seats, revoked, now)
            seats = (*seats, template.seat) if template else arbitrated(charter, standing, seats, now)
    able = {seat.right: deciders(seats, seat.right) for seat in seats}
    return Matter(person, vendor, asset, conduit, standing, actions, seats, able, glass, template)


IN_A_TERMINAL = frozenset({PassageKind.SHELL, PassageKind.ZMODEM})
"""What goes on in a terminal, whatever leads there."""


def covers(grants: Collection[Grant], wanted: Grant, asset: Asset | None, *, through: bool = False) -> bool:
    """Whether ``grants`` let ``wanted`` through; a forward without a port means the asset's own endpoints.

    ``through``: at the door. Which way files will go is not known there when sftp begins; its filter holds it to its grant.
    """
    if granted(grants, wanted):
        return True
    if through and wanted == Grant(PassageKind.SFTP):
        return bool(flows_of(grants, wanted.kind))
    if wanted.kind is not PassageKind.FORWARD or asset is None or Grant(PassageKind.FORWARD) not in grants:
        return False
    return asset.endpoint_at(wanted.port) is not None


def passages_of(permit: Permit, asset: Asset | None, conduit: Conduit | None) -> tuple[Grant, ...]:
    """All that ``permit`` grants, as it is asked for at a door: a forward is to one port of the asset's own."""
    portless = Grant(PassageKind.FORWARD)
    found = set(permit.grants) - {portless}
    if portless in permit.grants and asset is not None and conduit is not None:
        found |= {
            Grant(PassageKind.FORWARD, one.port)
            for one in asset.endpoints
            if one.protocol not in TERMINALS and one.protocol in conduit.protocols
        }
    return tuple(sorted(found))


def endpoint_for(wanted: Grant, asset: Asset) -> Endpoint | None:
    """Where ``wanted`` leads: a shell to the asset's terminal, other programs to its SSH, a forward to the one on its port."""
    if wanted.kind is PassageKind.FORWARD:
        return asset.endpoint_at(wanted.port)
    return asset.terminal() if wanted.kind in IN_A_TERMINAL else asset.endpoint(Protocol.SSH)


def _inside(
    charter: Charter,
    standing: Standing,
    seats: tuple[Seat, ...],
    revoked: Collection[PermitId],
    now: datetime,
) -> Inside | None:
    """The template that spares the full path; None where that was taken, or is to be."""
    if not standing.permit.template or standing.disputed is not None:
        return None
    if not unfilled(seats, [(one.right, one.approver) for one in standing.approvals]):
        return None
    return inside(charter, standing.permit, revoked, now, seats)


def _standing(
    request: AccessRequest,
    asset: Asset | None,
    standings: Iterable[Standing],
    revoked: Collection[PermitId],
    now: datetime,
) -> Standing | None:
    # Somebody else's permit is not a candidate even when it is pinned: then there is none of that id.
    mine = [
        one
        for one in standings
        if one.permit.person == request.person
        and one.permit.asset == request.asset
        and request.permit in {None, one.permit.id}
        and request.conduit in {None, one.permit.conduit}
    ]
    if len(mine) < 2:
        return mine[0] if mine else None
    mine.sort(key=lambda one: one.permit.id)
    return max(mine, key=lambda one: (_rank(request, asset, one, revoked, now), one.permit.window.end))


def _rank(
    request: AccessRequest, asset: Asset | None, one: Standing, revoked: Collection[PermitId], now: datetime
) -> int:
    """How near this permit is to opening what is asked, 0 to 4."""
    permit = one.permit
    if permit.id in revoked or now >= permit.window.end:
        return 0
    fits = _permits(permit, request, asset)
    if one.state in USABLE:
        return 4 if fits and now >= permit.window.start else 2
    if one.state in WAITING:
        return 3 if fits else 1
    return 0


def _permits(permit: Permit, request: AccessRequest, asset: Asset | None) -> bool:
    return request.actions <= permit.actions and all(
        covers(permit.grants, wanted, asset, through=True) for wanted in request.passage
    )


def _fit(request: AccessRequest, asset: Asset | None, conduit: Conduit) -> int:
    """How much of what is asked ``conduit`` would let through."""
    through = request.window is None
    fit = 4 * all(covers(conduit.grants, wanted, asset, through=through) for wanted in request.passage)
    fit += 2 * (request.actions <= conduit.actions)
    return fit + (request.window is None or request.window.length <= conduit.longest_window)
