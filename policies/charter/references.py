"""What must agree between tables and files: every reference leads somewhere, and nothing has two owners.

References are checked against every id that was *declared*, faulty or not, so that one fault in a
zone is not reported again for each of its assets.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from domain.delegation import Delegation
from domain.exceptions import GrantedException
from domain.parties import Binding, Person, Tool, Vendor
from domain.plant import Asset, Conduit, Organisation, Site, Zone
from domain.record import SafetyDependency
from domain.rights import Holding
from policies.charter.exception_references import check_exceptions
from policies.charter.reading import Read, refers
from policies.charter.retention_references import check_retention
from policies.charter.right_references import Known, check_rights
from policies.charter.ssh_keys import same_key
from policies.charter.table import Table
from policies.charter.vendor_references import check_vendors
from policies.charter.wording import alike, quoted
from policies.escalation import BoundaryTimers, Escalation
from policies.pathway import Pathway
from policies.retention import Term
from policies.review_terms import ReviewTerms
from policies.start_notice import StartTerms

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Draft:
    """Everything that was read, before anything is known to fit."""

    organisation: Organisation
    organisation_table: Table | None
    sites: Sequence[Read[Site]]
    zones: Sequence[Read[Zone]]
    pathways: Sequence[Read[Pathway]]
    dependencies: Sequence[Read[SafetyDependency]]
    conduits: Sequence[Read[Conduit]]
    assets: Sequence[Read[Asset]]
    vendors: Sequence[Read[Vendor]]
    tools: Sequence[Read[Tool]]
    people: Sequence[Read[Person]]
    rights: Sequence[Read[Holding]]
    delegations: Sequence[Read[Delegation]] = ()
    escalation: Read[Escalation] | None = None
    timers: Sequence[Read[BoundaryTimers]] = ()
    starts: Sequence[Read[StartTerms]] = ()
    reviews: Sequence[Read[ReviewTerms]] = ()
    retention: Sequence[Read[Term]] = ()
    exceptions: Sequence[Read[GrantedException]] = ()


def check(draft: Draft) -> None:
    """Note every fault between tables."""
    for tables in (
        [one.table for one in draft.sites],
        [one.table for one in draft.zones],
        [one.table for one in draft.dependencies],
        [one.table for one in draft.conduits],
        [one.table for one in draft.pathways],
        [one.table for one in draft.assets],
        [one.table for one in draft.vendors],
        [one.table for one in draft.tools],
        [one.table for one in draft.people],
    ):
        _different("id", tables)
        _different("name", tables)
    _boundaries_differ(draft)
    _zones(draft)
    _conduits(draft)
    _pathways(draft)
    _assets(draft)
    check_vendors(draft.vendors, draft.tools, _ids(draft.assets), _different)
    _people(draft)
    _rights(draft)
    _exceptions(draft)


def _different(key: str, tables: Iterable[Table]) -> None:
    """No two have the same id, or names that a reader in a hurry would take for one."""
    seen: set[str] = set()
    for table in tables:
        value = alike(table.declared(key)) if key == "name" else table.declared(key)
        if value and value in seen:
            fact, remedy = _TWICE[key]
            table.fault(key, fact, remedy)
        seen.add(value)


_TWICE = {
    "boundary": ("this boundary has such an entry already.", "Write the two in one."),
    "id": ("this id is already taken.", "Give each its own; an id is never reused."),
    "name": ("this name reads like that of another.", "Name the two so that nobody takes one for the other."),
}


def _boundaries_differ(draft: Draft) -> None:
    """Boundaries share one space of names, because a right is held over any of them."""
    taken = {str(draft.organisation.id): "the organisation"}
    for tables, what in (
        ([one.table for one in draft.sites], "a site"),
        ([one.table for one in draft.zones], "a zone"),
        ([one.table for one in draft.conduits], "a conduit"),
    ):
        _apart(tables, taken)
        taken |= {table.declared("id"): what for table in tables}


def _apart(tables: Iterable[Table], taken: Mapping[str, str]) -> None:
    for table in tables:
        name = table.declared("id")
        if name and name in taken:
            table.fault(
                "id", f"{taken[name]} has this id too.", "A right over it could mean either: rename one."
            )


def _zones(draft: Draft) -> None:
    sites, zones = _ids(draft.sites), _ids(draft.zones)
    if draft.organisation_table is not None:
        refers(draft.organisation_table, "broker_zones", draft.organisation.broker_zones, zones, "zone")
    for one in draft.zones:
        if one.value is not None:
            refers(one.table, "site", [one.value.site], sites, "site")
    safe = {one.id for one in draft.zones if one.value is None or one.value.safety}
    for record in draft.dependencies:
        # What was signed covers the zone's name: a wrong one must be told beside the broken signature.
        zone = record.table.declared("zone")
        refers(record.table, "zone", [zone], zones, "zone")
        if zone in zones - safe:
            record.table.fault(
                "zone", "it is no safety zone.", "Name the zone that holds the safety function."
            )
        signed = record.table.table("signed", "signed")
        if signed is not None and record.value is not None:
            for side in ("safety", "security"):
                _of_the_plant(draft, signed, side, getattr(record.value, side))


def _of_the_plant(draft: Draft, table: Table, key: str, person: str) -> None:
    refers(table, key, [person], _ids(draft.people), "person")
    if person in _outside(draft):
        table.fault(key, f"'{person}' is a vendor's person.", "Name a person of the plant.")


def _conduits(draft: Draft) -> None:
    zones, vendors, records = _ids(draft.zones), _ids(draft.vendors), _ids(draft.dependencies)
    proved = {one.value.id: one.value.step_up_actions for one in draft.zones if one.value is not None}
    for one in draft.conduits:
        if one.value is None:
            continue
        refers(one.table, "from", [one.value.source], zones, "zone")
        refers(one.table, "to", [one.value.destination], zones, "zone")
        refers(one.table, "vendors", one.value.vendors, vendors, "vendor")
        for protocol in one.value.unprovable(proved.get(one.value.destination, frozenset())):
            one.table.fault(
                "to",
                f"the zone wants a proof ('step_up_actions') of what is done over {protocol}, which can't be held for one.",
                f"Let the conduit carry {protocol} for less; or name 'step_up_actions' of single conduits, and not of the zone.",
            )
        if one.value.safety_dependency is not None:
            refers(
                one.table, "safety_dependency", [one.value.safety_dependency], records, "safety dependency"
            )
        agreed = one.table.table("agreed", "agreed")
        if agreed is not None and one.value.agreed is not None:
            _of_the_plant(draft, agreed, "from", one.value.agreed.source)
            _of_the_plant(draft, agreed, "to", one.value.agreed.destination)


def _pathways(draft: Draft) -> None:
    zones, vendors = _ids(draft.zones), _ids(draft.vendors)
    for one in draft.pathways:
        if one.value is None:
            continue
        refers(one.table, "zone", [one.value.zone], zones, "zone")
        if one.value.vendor is not None:
            refers(one.table, "vendor", [one.value.vendor], vendors, "vendor")


def _assets(draft: Draft) -> None:
    zones, assets = _ids(draft.zones), _ids(draft.assets)
    seen: dict[tuple[str, int], str] = {}
    for one in draft.assets:
        if one.value is None:
            continue
        refers(one.table, "zone", [one.value.zone], zones, "zone")
        refers(one.table, "depends_on", one.value.depends_on, assets, "asset")
        if one.id in one.value.depends_on:
            one.table.fault(
                "depends_on", "it depends on itself.", "Name the other assets that it needs.", one.id
            )
        if one.value.replica is not None:
            refers(one.table, "replica", [one.value.replica], assets, "asset")
        if one.value.replica == one.id:
            one.table.fault(
                "replica", "it is its own replica.", "Name the one-way copy of it, or leave it out."
            )
        for table, endpoint in zip(
            one.table.tables("endpoint", "endpoint"), one.value.endpoints, strict=True
        ):
            place = (str(endpoint.address), endpoint.port)
            if place in seen and seen[place] != one.id:
                table.fault(
                    "port",
                    f"{place[0]} port {place[1]} is already the asset '{seen[place]}'.",
                    "One machine is one asset; correct the address or the port.",
                )
            seen.setdefault(place, one.id)


def _people(draft: Draft) -> None:
    vendors, people = _ids(draft.vendors), _ids(draft.people)
    outside = _outside(draft)
    keys: dict[str, str] = {}
    bound: dict[Binding, str] = {}
    for one in draft.people:
        for key in one.table.declared_list("ssh_keys"):
            owner = keys.setdefault(same_key(key), one.id)
            if owner != one.id:
                one.table.fault(
                    "ssh_keys",
                    f"this key is already that of '{owner}'.",
                    "A key says who somebody is: each person needs their own.",
                    key,
                )
        if one.value is None:
            continue
        for binding in one.value.bindings:
            if binding in bound:
                one.table.fault(
                    "sign_in",
                    f"this issuer's {quoted(binding.subject)} is already '{bound[binding]}'.",
                    "A subject says who somebody is: write it once, with the person whose it is.",
                )
            bound[binding] = one.id
        if one.value.vendor is not None:
            refers(one.table, "vendor", [one.value.vendor], vendors, "vendor")
        admission = one.table.table("admitted", "admitted")
        if admission is not None and one.value.admitted_by is not None:
            refers(admission, "by", [one.value.admitted_by], people, "person")
            if one.value.admitted_by in outside:
                admission.fault(
                    "by",
                    f"'{one.value.admitted_by}' is a vendor's person and can admit nobody.",
                    "Name the person of the plant who decided it.",
                )


def _rights(draft: Draft) -> None:
    inside = [one.value for one in draft.people if one.value is not None and one.value.vendor is None]
    known = Known(
        people=_ids(draft.people),
        outside=_outside(draft),
        sides={one.id: one.side for one in inside},
        boundaries=_ids(draft.conduits) | _ids(draft.zones) | _ids(draft.sites) | {draft.organisation.id},
        others=_others(draft),
    )
    check_rights(draft.rights, draft.delegations, draft.escalation, known)
    for what in (draft.timers, draft.starts, draft.reviews):
        _different("boundary", [one.table for one in what])
        for one in what:
            if one.value is not None:
                refers(
                    one.table,
                    "boundary",
                    [one.value.boundary],
                    known.boundaries,
                    "conduit, zone, site or organisation",
                )

    check_retention(draft.retention, known.boundaries)


def _exceptions(draft: Draft) -> None:
    _different("id", [one.table for one in draft.exceptions])
    whole = draft.organisation.id
    around: dict[str, tuple[str, ...]] = {whole: (whole,)}
    around |= {one.id: (one.id, whole) for one in draft.sites}
    around |= {one.id: (one.id, one.table.declared("site"), whole) for one in draft.zones}
    for one in draft.conduits:
        around[one.id] = (one.id, *around.get(one.table.declared("to"), (whole,)))
    ladder = draft.escalation.value if draft.escalation is not None else None
    check_exceptions(
        [(one.table, one.value) for one in draft.exceptions if one.value is not None],
        around=around,
        people=_ids(draft.people),
        outside=_outside(draft),
        vendors=_ids(draft.vendors),
        # With a fault in rights.toml nobody can say who held what.
        holdings=None
        if any(one.table.faults for one in draft.rights)
        else [one.value for one in draft.rights if one.value is not None],
        others=_others(draft),
        executive=ladder.executive if ladder is not None else None,
    )


def _others(draft: Draft) -> dict[str, str]:
    """What a boundary may be mistaken for: id, and what it is."""
    return (
        dict.fromkeys(_ids(draft.people), "a person")
        | dict.fromkeys(_ids(draft.vendors), "a vendor")
        | dict.fromkeys(_ids(draft.assets), "an asset")
    )


def _ids(read: Iterable[Read[T]]) -> frozenset[str]:
    return frozenset(one.id for one in read)


def _outside(draft: Draft) -> frozenset[str]:
    return frozenset(one.id for one in draft.people if one.value is not None and one.value.vendor is not None)
