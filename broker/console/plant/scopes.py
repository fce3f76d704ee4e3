"""What the kill switch can be pointed at. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from domain.canonical import Json
from domain.ids import PersonId
from domain.parties import Person
from domain.plant import Site
from domain.said import say
from policies.charter.charter import Charter


@dataclass(frozen=True, slots=True)
class Scope:
    """``all``, ``site:x``, ``zone:x``, ``vendor:x`` or ``asset:x``, with the charter's name for it."""

    id: str
    name: str
    zones: frozenset[str] = frozenset()
    """What a site holds."""
    assets: frozenset[str] = frozenset()
    """What a product consists of."""
    vendors: frozenset[str] = frozenset()
    """Who may come with a tool; a session does not say with which of its permit's tools it came."""

    def hits(self, session: Mapping[str, Json]) -> bool:
        """Whether a live session, as its gate reports it, lies in this scope."""
        kind, _, name = self.id.partition(":")
        if kind == "product":
            return session.get("asset") in self.assets
        if kind == "tool":
            return session.get("vendor") in self.vendors
        if kind == "site":
            return session.get("zone") in self.zones
        return kind == "all" or session.get(kind) == name


def scopes_of(charter: Charter) -> tuple[Scope, ...]:
    """Everything that can be cut, from all to one vendor."""
    zones = (Scope(f"zone:{one.id}", say("Zone {name}", name=one.name)) for one in charter.zones.values())
    vendors = (
        Scope(f"vendor:{one.id}", say("Vendor {name}", name=one.name)) for one in charter.vendors.values()
    )
    products = (
        Scope(
            f"product:{made.id}",
            say("Product {name}", name=made.name),
            assets=frozenset(map(str, made.assets)),
        )
        for one in charter.vendors.values()
        for made in one.products
    )
    tools = (
        Scope(
            f"tool:{tool.id}",
            say("Tool {name}", name=tool.name),
            vendors=frozenset(str(one.id) for one in charter.vendors.values() if tool.id in one.tools),
        )
        for tool in charter.tools.values()
    )
    assets = (Scope(f"asset:{one.id}", say("Asset {name}", name=one.name)) for one in charter.assets.values())
    everything = Scope("all", say("Everything: all vendor access"))
    # With one site, cutting it and cutting everything are one thing, which should have one name.
    sites = (_site(charter, one) for one in charter.sites.values() if len(charter.sites) > 1)
    return (everything, *sites, *zones, *vendors, *products, *tools, *assets)


def _site(charter: Charter, site: Site) -> Scope:
    zones = frozenset(one.id for one in charter.zones.values() if one.site == site.id)
    return Scope(f"site:{site.id}", say("Site {name}", name=site.name), zones)


def session_name(charter: Charter, person: str, asset: str) -> str:
    """What people call one live session: whose, and on what."""
    who = charter.people[PersonId(person)].name if person in charter.people else person
    return say("Session of {who} on {asset}", who=who, asset=charter.names().get(asset, asset))


def scope_name(charter: Charter, text: str) -> str:
    """What people call the scope ``text``; itself where the charter no longer knows it."""
    found = scope_named(charter, text)
    if found is not None:
        return found.name
    _kind, _, name = text.partition(":")
    return charter.people[PersonId(name)].name if name in charter.people else charter.names().get(name, text)


def told_to(person: Person, scopes: Iterable[str]) -> tuple[str, ...]:
    """Those of ``scopes`` that a page tells ``person``: the plant's own all, a vendor's no rival's."""
    if person.vendor is None:
        return tuple(scopes)
    theirs = {"all", f"vendor:{person.vendor}", f"person:{person.id}"}
    return tuple(one for one in scopes if one in theirs)


def scope_named(charter: Charter, text: str) -> Scope | None:
    """The scope that ``text`` names, if the charter knows it."""
    return next((one for one in scopes_of(charter) if one.id == text), None)
