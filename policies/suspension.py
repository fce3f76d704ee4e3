"""Who must agree before a suspended vendor, product, tool or a departed person comes back.

One act suspends at every site at once. Coming back is decided boundary by boundary: whoever holds the
right over each boundary that the suspended one crosses says yes for that boundary, and until the
last has, nothing opens anywhere.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from domain.ids import AssetId, PersonId, ToolId, VendorId, ZoneId
from domain.plant import Conduit
from domain.rights import DecisionRight
from policies.charter.charter import Charter

SUSPENDED = frozenset({"vendor", "product", "tool"})
"""Kinds of scope that only the holders of ``connect`` bring back."""


@dataclass(frozen=True, slots=True)
class Seat:
    """One yes that is needed: a right over one boundary, and who may say it now. Nobody is a void."""

    right: DecisionRight
    boundary: str
    holders: tuple[PersonId, ...]


def seats(charter: Charter, scope: str, at: datetime) -> tuple[Seat, ...]:
    """Every yes that ``scope`` needs to come back. One that crosses no conduit needs the whole organisation's."""
    right = DecisionRight.IDENTITY if scope.startswith("person:") else DecisionRight.CONNECT
    found: dict[str, Seat] = {}
    for conduit in conduits_of(charter, scope):
        seat = _seat(charter, right, charter.boundaries_into(conduit.id), at)
        found.setdefault(seat.boundary, seat)
    if not found:
        return (_seat(charter, right, (*charter.sites, charter.organisation.id), at),)
    return tuple(found[boundary] for boundary in sorted(found))


def overriders(charter: Charter, scope: str, at: datetime) -> frozenset[PersonId]:
    """Who may suspend ``scope`` for a time, after which it comes back by itself: whoever decides on some way into it."""
    kind, _, name = scope.partition(":")
    zone = name if kind == "zone" else None
    if kind == "asset":
        known = charter.assets.get(AssetId(name))
        zone = known.zone if known is not None else None
    ways = (
        [one for one in charter.conduits.values() if one.destination == zone]
        if zone is not None
        else list(conduits_of(charter, scope))
    )
    boundaries = [charter.boundaries_into(one.id) for one in ways]
    around = (name,) if kind == "site" else ()
    boundaries = boundaries or [(*around, *(() if around else charter.sites), charter.organisation.id)]
    found = (_seat(charter, DecisionRight.CONNECT, one, at) for one in boundaries)
    return frozenset(person for seat in found for person in seat.holders)


def missing(charter: Charter, scope: str, given: Collection[str], at: datetime) -> tuple[Seat, ...]:
    """The seats of ``scope`` over whose boundary nobody has said yes yet; ``given`` are boundaries."""
    return tuple(seat for seat in seats(charter, scope, at) if seat.boundary not in given)


def conduits_of(charter: Charter, scope: str) -> tuple[Conduit, ...]:
    """The conduits that a vendor, product, tool or person of ``scope`` may cross, in the order of their ids."""
    kind, _, name = scope.partition(":")
    vendors: dict[VendorId, frozenset[ZoneId] | None] = {}
    match kind:
        case "vendor":
            vendors = {VendorId(name): None}
        case "product":
            vendors = {
                one.id: frozenset(
                    charter.assets[asset].zone
                    for made in one.products
                    if made.id == name
                    for asset in made.assets
                )
                for one in charter.vendors.values()
                if any(made.id == name for made in one.products)
            }
        case "tool":
            vendors = {one.id: None for one in charter.vendors.values() if ToolId(name) in one.tools}
        case "person":
            person = charter.people.get(PersonId(name))
            vendors = {person.vendor: None} if person is not None and person.vendor else {}
        case _:
            pass
    return tuple(
        conduit
        for conduit in sorted(charter.conduits.values(), key=lambda one: one.id)
        if any(
            vendor in conduit.vendors and (zones is None or conduit.destination in zones)
            for vendor, zones in vendors.items()
        )
    )


def _seat(charter: Charter, right: DecisionRight, boundaries: tuple[str, ...], at: datetime) -> Seat:
    """Over the nearest boundary that names the right at all: an ended holding is a void, not the next one's."""
    for boundary in boundaries:
        named = [one for one in charter.holdings if one.right is right and one.boundary == boundary]
        if named:
            now = [one for one in named if one.window.contains(at)]
            people = [person for one in now for person in (*one.holders, one.deputy) if person is not None]
            return Seat(right, boundary, tuple(dict.fromkeys(people)))
    return Seat(right, boundaries[-1], ())
