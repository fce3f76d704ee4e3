"""What the zone map shows: every zone and conduit, and how each stands now. Pure; the page only draws it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from broker.console.words import STATES
from domain.canonical import Json
from domain.plant import Conduit, OperatingState, Site, Zone
from domain.said import say
from policies.charter.charter import Charter


@dataclass(frozen=True, slots=True)
class Observed:
    """What the node sees of the plant now. ``sound`` False: the watchdog is silent, and the rest is nothing."""

    sound: bool
    states: Mapping[str, str]
    """By zone id."""
    isolated: frozenset[str]
    """Scopes of the kill switch: ``all``, ``site:x``, ``zone:x``, ``conduit:x`` …"""
    crossing: tuple[str, ...]
    """The conduit's id of each live session."""
    voids: tuple[str, ...]
    """The boundary's id of each void."""


@dataclass(frozen=True, slots=True)
class ZoneShown:
    """One zone: what it is, and how it stands."""

    zone: Zone
    assets: int
    state: OperatingState | None
    """None is not known, and refuses."""
    closed: bool
    """The kill switch is in force here."""
    voids: int
    live: int
    """Sessions that have crossed into it."""


@dataclass(frozen=True, slots=True)
class ConduitShown:
    """One conduit: what it is, and who is in it. It leads from ``conduit.source`` to ``conduit.destination``."""

    conduit: Conduit
    closed: bool
    voids: int
    live: int


@dataclass(frozen=True, slots=True)
class ZoneMap:
    """The plant as a graph. Zones and conduits in the charter's own order, so that a map keeps its shape."""

    sound: bool
    sites: tuple[Site, ...]
    zones: tuple[ZoneShown, ...]
    conduits: tuple[ConduitShown, ...]

    @property
    def live(self) -> int:
        """All sessions that cross now."""
        return sum(one.live for one in self.conduits)


def zone_map(charter: Charter, seen: Observed) -> ZoneMap:
    """The map of ``charter`` as ``seen``. What is not known is shown as not known, never as calm."""
    live, void = Counter(seen.crossing), Counter(seen.voids)
    inside: Counter[str] = Counter()
    for conduit in charter.conduits.values():
        inside[conduit.destination] += live[conduit.id]
    assets = Counter(str(asset.zone) for asset in charter.assets.values())
    zones = tuple(
        ZoneShown(
            zone=zone,
            assets=assets[zone.id],
            state=_state(seen.states.get(zone.id)),
            closed=_closed(seen.isolated, _scopes_of_zone(zone)),
            voids=void[zone.id],
            live=inside[zone.id],
        )
        for zone in charter.zones.values()
    )
    conduits = tuple(
        ConduitShown(
            conduit=conduit,
            closed=_closed(seen.isolated, _scopes_of_conduit(charter, conduit)),
            voids=void[conduit.id],
            live=live[conduit.id],
        )
        for conduit in charter.conduits.values()
    )
    return ZoneMap(seen.sound, tuple(charter.sites.values()), zones, conduits)


def _state(word: str | None) -> OperatingState | None:
    return OperatingState(word) if word in frozenset(OperatingState) else None


def _scopes_of_zone(zone: Zone) -> frozenset[str]:
    return frozenset({"all", f"site:{zone.site}", f"zone:{zone.id}"})


def _scopes_of_conduit(charter: Charter, conduit: Conduit) -> frozenset[str]:
    """A conduit is closed with the zone that it leads to: that is where its sessions are."""
    destination = charter.zones[conduit.destination]
    return _scopes_of_zone(destination) | {f"conduit:{conduit.id}"}


def _closed(isolated: frozenset[str], scopes: Iterable[str]) -> bool:
    return not isolated.isdisjoint(scopes)


def document(plan: ZoneMap) -> Json:
    """The map as the page's script takes it: places are reckoned in the browser, words are ours."""
    return {
        "sound": plan.sound,
        "sites": [{"id": one.id, "name": one.name} for one in plan.sites],
        "zones": [
            {
                "id": one.zone.id,
                "name": one.zone.name,
                "site": one.zone.site,
                "level": one.zone.purdue_level,
                "safety": one.zone.safety,
                "dmz": one.zone.dmz,
                "state": STATES[one.state] if one.state else say("Not known"),
                "closed": one.closed,
                "voids": one.voids,
                "live": one.live,
            }
            for one in plan.zones
        ],
        "conduits": [
            {
                "id": one.conduit.id,
                "name": one.conduit.name,
                "from": one.conduit.source,
                "to": one.conduit.destination,
                "closed": one.closed,
                "voids": one.voids,
                "live": one.live,
            }
            for one in plan.conduits
        ],
    }
