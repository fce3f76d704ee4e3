"""The charter: what the plant has written down, as one value with one digest."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

from domain.access import Action
from domain.attestation import Statement
from domain.break_glass import USUAL_GLASS, GlassTerms
from domain.canonical import Json
from domain.delegation import Delegation
from domain.exceptions import GrantedException
from domain.ids import AssetId, ConduitId, DependencyId, PathwayId, PersonId, SiteId, ToolId, VendorId, ZoneId
from domain.inheritance import delegated_in_force, in_force
from domain.parties import Binding, Person, Tool, Vendor
from domain.plant import Asset, Conduit, Organisation, Site, Zone
from domain.record import SafetyDependency
from domain.rights import DecisionRight, Holding, Side, holding_of
from domain.template import Template
from domain.timers import Timers
from policies.attestation import Inheritance, exceptions_in_force, inheritances
from policies.charter.ssh_keys import same_key
from policies.escalation import BoundaryTimers, Escalation, timers_over
from policies.pathway import Pathway
from policies.retention import Term
from policies.review_terms import ReviewTerms
from policies.start_notice import StartTerms
from policies.state_rules import StateRules

if TYPE_CHECKING:  # a rule judges facts, and facts hold a charter: only the type goes round in a circle
    from policies.rule import Rule


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Charter:
    """Organisation, sites, zones, conduits, assets, vendors, people, rights and rules: read once, never changed.

    Two charters are the same when their digests are. The look-ups that every decision makes are
    indexed here, so that a plant of three hundred assets is decided as fast as one of three.
    """

    organisation: Organisation
    sites: Mapping[SiteId, Site]
    zones: Mapping[ZoneId, Zone]
    dependencies: Mapping[DependencyId, SafetyDependency]
    conduits: Mapping[ConduitId, Conduit]
    assets: Mapping[AssetId, Asset]
    vendors: Mapping[VendorId, Vendor]
    tools: Mapping[ToolId, Tool]
    people: Mapping[PersonId, Person]
    holdings: tuple[Holding, ...]
    """Given as the register says; afterwards as they are in force. What was taken over and not attested ends."""
    delegations: tuple[Delegation, ...] = ()
    """The same: in force is what its holder signed."""
    statements: tuple[Statement, ...] = ()
    """What was attested, and verified, by those who answer for it. Kept beside the charter, not in it."""
    templates: tuple[Template, ...] = ()
    """Standing templates that were written down, whoever signed them: beside the charter too."""
    escalation: Escalation = field(default_factory=Escalation)
    timers: tuple[BoundaryTimers, ...] = ()
    """Boundaries with timers of their own."""
    start_terms: tuple[StartTerms, ...] = ()
    """Boundaries that say who is told when a session may start."""
    review_terms: tuple[ReviewTerms, ...] = ()
    """Boundaries that say who reviews sessions, within how long, and what follows else."""
    retention: tuple[Term, ...] = ()
    """How long evidence stays, by boundary and matter; what no term speaks of stays for ever."""
    exceptions: tuple[GrantedException, ...] = ()
    """The same again: one whose boundary passed to somebody else lapses unless they attest it."""
    glass: GlassTerms = USUAL_GLASS
    longest_step: timedelta = timedelta(minutes=15)
    """How long a step that must not be interrupted may hold a window's end (requirement D03)."""
    rules: "tuple[Rule, ...]"
    state_rules: StateRules
    pathways: Mapping[PathwayId, Pathway] = field(default_factory=dict)
    """Ways in and out that no conduit is."""
    files: Mapping[str, Json]
    """What the files said, parsed: instants as text, everything else as it stood."""
    digest: bytes
    """SHA-256 of the RFC 8785 bytes of ``document()``."""

    _ways: Mapping[tuple[VendorId, ZoneId], tuple[Conduit, ...]] = field(init=False, repr=False)
    _keys: Mapping[str, Person] = field(init=False, repr=False)
    _bound: Mapping[Binding, Person] = field(init=False, repr=False)
    _held: Mapping[tuple[str, str], tuple[Holding, ...]] = field(init=False, repr=False)
    register: tuple[Holding, ...] = field(init=False, repr=False)
    """Every holding as it is written."""
    given: tuple[Delegation, ...] = field(init=False, repr=False)
    """Every delegation as it is written."""
    granted: tuple[GrantedException, ...] = field(init=False, repr=False)
    """Every exception as it is written."""
    inheritances: tuple[Inheritance, ...] = field(init=False, repr=False)
    """The exceptions whose boundary passed to somebody else while they last."""
    _delegated: Mapping[str, tuple[Delegation, ...]] = field(init=False, repr=False)
    sides: Mapping[PersonId, Side | None] = field(init=False, repr=False)
    """The plant's own people, and which side each speaks for; nobody of a vendor is here."""

    def __post_init__(self) -> None:
        for name in (
            "sites",
            "zones",
            "dependencies",
            "conduits",
            "assets",
            "vendors",
            "tools",
            "people",
            "files",
        ):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))
        ways: dict[tuple[VendorId, ZoneId], tuple[Conduit, ...]] = {}
        for conduit in sorted(self.conduits.values(), key=lambda one: one.id):
            for vendor in conduit.vendors:
                way = (vendor, conduit.destination)
                ways[way] = (*ways.get(way, ()), conduit)
        object.__setattr__(self, "register", self.holdings)
        object.__setattr__(self, "given", self.delegations)
        object.__setattr__(self, "holdings", in_force(self.holdings, self.statements))
        object.__setattr__(self, "delegations", delegated_in_force(self.delegations, self.statements))
        taken = inheritances(self.exceptions, self.register, self.around)
        object.__setattr__(self, "granted", self.exceptions)
        object.__setattr__(self, "inheritances", taken)
        object.__setattr__(self, "exceptions", exceptions_in_force(self.exceptions, taken, self.statements))
        held: dict[tuple[str, str], tuple[Holding, ...]] = {}
        for holding in self.holdings:
            about = (holding.right.value, holding.boundary)
            held[about] = (*held.get(about, ()), holding)
        delegated: dict[str, tuple[Delegation, ...]] = {}
        for one in self.delegations:
            delegated[one.right.value] = (*delegated.get(one.right.value, ()), one)
        sides = {one.id: one.side for one in self.people.values() if one.vendor is None}
        object.__setattr__(self, "_delegated", delegated)
        object.__setattr__(self, "sides", MappingProxyType(sides))
        object.__setattr__(self, "_ways", ways)
        object.__setattr__(self, "_held", held)
        object.__setattr__(
            self, "_bound", {each: one for one in self.people.values() for each in one.bindings}
        )
        object.__setattr__(
            self, "_keys", {same_key(key): one for one in self.people.values() for key in one.ssh_keys}
        )

    def boundaries(self, asset: AssetId, conduit: ConduitId) -> tuple[str, ...]:
        """What somebody may hold a right over on the way to ``asset``, near to far.

        The conduit, the asset's zone, the zone's site, the organisation.
        """
        found = self.assets.get(asset)
        return (conduit, *self._around(found.zone)) if found else ()

    def boundaries_into(self, conduit: ConduitId) -> tuple[str, ...]:
        """The boundaries on the way over ``conduit``, near to far, whichever asset it leads to."""
        return (conduit, *self._around(self.conduits[conduit].destination))

    def around(self, boundary: str) -> tuple[str, ...]:
        """``boundary`` and what lies around it, near to far; the organisation alone for one that is not there."""
        if ConduitId(boundary) in self.conduits:
            return self.boundaries_into(ConduitId(boundary))
        if ZoneId(boundary) in self.zones:
            return self._around(ZoneId(boundary))
        if SiteId(boundary) in self.sites:
            return boundary, self.organisation.id
        return (self.organisation.id,)

    def touches_safety(self, conduit: Conduit) -> bool:
        """Whether either end of ``conduit`` is a safety zone: its own safety designation."""
        return self.zones[conduit.source].safety or self.zones[conduit.destination].safety

    def step_up_actions(self, conduit: Conduit) -> frozenset[Action]:
        """What needs a proof of its own each time that it is done over ``conduit``: what itself or its zone names."""
        return conduit.step_up_actions | self.zones[conduit.destination].step_up_actions

    def hardware_keys(self, conduit: Conduit) -> bool:
        """Whether people come over ``conduit`` by a key in a security key alone: because itself or its zone says so."""
        return conduit.hardware_keys or self.zones[conduit.destination].hardware_keys

    def safety_record(self, conduit: Conduit) -> SafetyDependency | None:
        """The signed safety dependency that ``conduit`` stands on, if it names one."""
        name = conduit.safety_dependency
        return None if name is None else self.dependencies.get(name)

    def names(self) -> dict[str, str]:
        """What each boundary is called, by its id."""
        conduits = {str(one.id): one.name for one in self.conduits.values()}
        zones = {str(one.id): f"Zone {one.name}" for one in self.zones.values()}
        sites = {str(one.id): one.name for one in self.sites.values()}
        return conduits | zones | sites | {str(self.organisation.id): self.organisation.name}

    def called(self, known: str) -> str:
        """The name of a boundary, person or vendor with its id beside it; the id alone for something else."""
        party = self.people.get(PersonId(known)) or self.vendors.get(VendorId(known))
        name = party.name if party is not None else self.names().get(known, "")
        return f"{name} ({known})" if name else known

    def site_of(self, asset: AssetId) -> Site | None:
        """Where ``asset`` stands."""
        found = self.assets.get(asset)
        return self.sites[self.zones[found.zone].site] if found else None

    def place_of(self, asset: AssetId) -> Site | Organisation:
        """By whose clock a time about ``asset`` is read: its site's, or the organisation's for one unknown."""
        return self.site_of(asset) or self.organisation

    def conduits_for(self, vendor: VendorId, asset: AssetId) -> tuple[Conduit, ...]:
        """The conduits that lead ``vendor`` into the zone of ``asset``, in the order of their ids."""
        found = self.assets.get(asset)
        return self._ways.get((vendor, found.zone), ()) if found else ()

    def person_of_key(self, openssh_line: str) -> Person | None:
        """Whose SSH key this is; a comment behind the key does not matter."""
        return self._keys.get(same_key(openssh_line))

    def person_bound_to(self, binding: Binding) -> Person | None:
        """Whom an identity provider means by this subject; nobody whom the charter does not name so."""
        return self._bound.get(binding)

    def holder(
        self, right: DecisionRight, asset: AssetId, conduit: ConduitId, at: datetime
    ) -> Holding | None:
        """Who holds ``right`` at ``at`` over the way to ``asset``; None is a void, and refuses."""
        for boundary in self.boundaries(asset, conduit):
            if here := self._held.get((right.value, boundary)):
                return holding_of(here, right, (boundary,), at)
        return None

    def timers_of(self, asset: AssetId, conduit: ConduitId) -> Timers:
        """How long things may wait on the way to ``asset``."""
        return timers_over(self.escalation, self.timers, self.boundaries(asset, conduit))

    def delegated(self, right: DecisionRight) -> tuple[Delegation, ...]:
        """What was delegated of ``right``, wherever and whenever."""
        return self._delegated.get(right.value, ())

    def _around(self, zone: ZoneId) -> tuple[str, ...]:
        return (zone, self.zones[zone].site, self.organisation.id)

    def attested(self, statements: tuple[Statement, ...], templates: tuple[Template, ...] = ()) -> "Charter":
        """The same charter, with what is in force once ``statements`` were made. They must have been verified."""
        return replace(
            self,
            holdings=self.register,
            delegations=self.given,
            exceptions=self.granted,
            statements=statements,
            templates=templates,
        )

    def document(self) -> Json:
        """The whole snapshot, as a case file carries it."""
        return snapshot(self.files)


def snapshot(files: Mapping[str, Json]) -> Json:
    """The document that a charter's digest is taken of."""
    return {"schema": "penstock-charter/1", "files": dict(files)}
