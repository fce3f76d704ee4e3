"""What makes evidence stale, and what is tolerated: triggers from leaves and dates, deviations from exceptions."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from domain.canonical import texts_in
from domain.exceptions import GrantedException, Liftable
from domain.ids import ConduitId, SiteId, ZoneId
from policies.assurance.collection import Leaf
from policies.assurance.evidence import Deviation, Trigger
from policies.charter.charter import Charter

MODEL = ("zone_model_changed", "model_changed", "topology_changed")
CHANGED: Mapping[str, tuple[str, ...]] = {
    "Site": MODEL,
    "Zone": MODEL,
    "Conduit": (*MODEL, "rule_changed"),
    "Pathway": MODEL,
    "Dependency": ("sif_changed",),
    "Rule": ("rule_changed",),
    "State": ("rule_changed",),
    "The": ("role_changed", "holder_left"),
    "Delegation": ("role_changed",),
    "Tool": ("tool_changed",),
    "Exception": ("risk_raised",),
}
"""What a change of the charter triggers, by the word with which its sentence begins; see ``charter.change_fields``."""

DEVIATES: Mapping[Liftable, frozenset[str]] = {
    Liftable.CONTRACT_TERM: frozenset({"BC-28"}),
    Liftable.TOOL: frozenset({"BC-28"}),
    Liftable.DEPUTY: frozenset({"BC-01"}),
    Liftable.PATHWAY: frozenset({"BC-05"}),
    Liftable.TUNNEL: frozenset({"BC-05"}),
}
"""The control that an exception deviates from, by what it lifts."""


def triggers(charter: Charter, said: Sequence[Leaf], at: datetime) -> tuple[Trigger, ...]:
    """Everything that happened until ``at``, in the order of time."""
    found = [*_told(charter, said), *_dated(charter)]
    return tuple(sorted((one for one in found if one.at <= at), key=lambda one: (one.at, one.name, one.zone)))


def _told(charter: Charter, said: Sequence[Leaf]) -> Iterator[Trigger]:
    runs: dict[str, Leaf] = {}
    for one in said:
        if one.name == "CharterApplied" and one.text("previous"):
            yield from _of_version(charter, one)
        elif one.name == "LeavingNoticed":
            yield Trigger("person_left", one.at, leaf=one.index)
            yield Trigger("vendor_notice", one.at, leaf=one.index)
        elif one.name == "TriggerNoted":
            yield Trigger(one.text("name"), one.at, one.text("zone"), one.text("vendor"), leaf=one.index)
        elif one.name == "NodeStarted":
            before = runs.get(one.text("process"))
            runs[one.text("process")] = one
            if before is not None and before.text("software") != one.text("software"):
                yield Trigger("release_upgraded", one.at, leaf=one.index)
                yield Trigger("event_schema_changed", one.at, leaf=one.index)


def _of_version(charter: Charter, leaf: Leaf) -> Iterator[Trigger]:
    for sentence in texts_in(leaf.event, "changes"):
        head, _, rest = sentence.partition(" ")
        about = rest.partition(" ")[0].rstrip(":.,")
        zone = _zone_of(charter, head, about)
        names = CHANGED.get(head, ())
        if head == "Conduit" and "direction" in sentence:
            names = (*names, "conduit_direction_changed")
        yield from (Trigger(name, leaf.at, zone, leaf=leaf.index) for name in names)


def _zone_of(charter: Charter, head: str, about: str) -> str:
    if head == "Zone" and ZoneId(about) in charter.zones:
        return about
    conduit = charter.conduits.get(ConduitId(about)) if head == "Conduit" else None
    return conduit.destination if conduit is not None else ""


def _dated(charter: Charter) -> Iterator[Trigger]:
    """What only the calendar does."""
    for one in charter.given:
        yield Trigger("delegation_expired", one.window.end, _within(charter, one.boundary))
    for vendor in charter.vendors.values():
        for contract in vendor.contracts:
            for name in ("contract_ended", "contract_cycle"):
                yield Trigger(name, contract.window.end, vendor=vendor.id)
    for lapsed in charter.granted:
        yield Trigger("expiry_reached", lapsed.window.end, _within(charter, lapsed.boundary))


def _within(charter: Charter, boundary: str) -> str:
    zones = zones_of(charter, boundary)
    return next(iter(zones)) if zones is not None and len(zones) == 1 else ""


def zones_of(charter: Charter, boundary: str) -> frozenset[str] | None:
    """The zones that a boundary is about; None for all of them."""
    if ConduitId(boundary) in charter.conduits:
        return frozenset({charter.conduits[ConduitId(boundary)].destination})
    if ZoneId(boundary) in charter.zones:
        return frozenset({boundary})
    if SiteId(boundary) in charter.sites:
        return frozenset(one.id for one in charter.zones.values() if one.site == boundary)
    return None


def deviations(charter: Charter) -> tuple[Deviation, ...]:
    """The exceptions that count, as what they are to the controls. One that lapsed unattested is none."""
    return tuple(_deviation(charter, one) for one in charter.exceptions)


def _deviation(charter: Charter, one: GrantedException) -> Deviation:
    return Deviation(
        exception=one.id,
        controls=frozenset[str]().union(*(DEVIATES[lifted] for lifted in one.lifts)),
        start=one.window.start,
        until=one.window.end,
        owner=one.owner,
        reason=one.reason,
        compensating=one.compensating,
        zones=zones_of(charter, one.boundary),
        vendor=one.vendor or "",
    )
