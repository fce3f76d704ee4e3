"""Where a permit leads, as the zones that it crosses from the outside inwards: what a small picture is drawn from. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from broker.console.words import STATES
from domain.ids import ZoneId
from domain.permit import Permit
from domain.plant import OperatingState, Zone
from domain.said import say
from policies.charter.charter import Charter

LONGEST_NAME = 30
"""In characters: what fits beside a band's own note."""

BAND = 24
GAP = 20
"""In units of the picture; between two bands a conduit's name has room."""


@dataclass(frozen=True, slots=True)
class Band:
    """One step inwards. ``top`` is its upper edge in the picture."""

    name: str
    level: str
    """Its level in the plant's layers, in words; empty where it has none."""
    note: str
    kind: str
    """``outside``, ``dmz``, ``safety`` or ``zone``; how it is drawn."""
    by: str
    """The conduit by which one comes here from the band above; empty where none of the charter does."""
    top: int


@dataclass(frozen=True, slots=True)
class Crossing:
    """The bands from the outside to the asset's zone, and the same as a sentence."""

    bands: tuple[Band, ...]
    sentence: str

    @property
    def height(self) -> int:
        """Of the whole picture."""
        return len(self.bands) * (BAND + GAP) - GAP + 2


def crossing(permit: Permit, charter: Charter, states: Mapping[ZoneId, OperatingState]) -> Crossing | None:
    """The way of ``permit``; None where the charter no longer knows its conduit or its asset."""
    conduit, asset = charter.conduits.get(permit.conduit), charter.assets.get(permit.asset)
    vendor = charter.vendors.get(permit.vendor)
    if conduit is None or asset is None:
        return None
    source, inside = charter.zones[conduit.source], charter.zones[asset.zone]
    company = vendor.name if vendor else permit.vendor
    zones = [source] if source.id == inside.id else [source, inside]
    bands = [Band(clipped(company), "", say("outside the plant"), "outside", "", 1)]
    for zone in zones:
        by = conduit.name if zone.id == inside.id else ""
        state = states.get(zone.id)
        note = STATES[state] if state else say("state not known")
        level = say("level {level}", level=zone.purdue_level) if zone.purdue_level else ""
        top = 1 + len(bands) * (BAND + GAP)
        bands.append(Band(clipped(zone.name), level, note, _kind(zone), clipped(by), top))
    if source.id == inside.id:
        sentence = say(
            "{company} comes from outside into {zone} by {conduit}",
            company=company,
            zone=inside.name,
            conduit=conduit.name,
        )
    else:
        sentence = say(
            "{company} comes from outside through {first} into {zone} by {conduit}",
            company=company,
            first=source.name,
            zone=inside.name,
            conduit=conduit.name,
        )
    return Crossing(tuple(bands), sentence)


def clipped(text: str) -> str:
    """``text``, cut where a picture has no more room for it."""
    return text if len(text) <= LONGEST_NAME else f"{text[: LONGEST_NAME - 1].rstrip()}…"


def _kind(zone: Zone) -> str:
    if zone.safety:
        return "safety"
    return "dmz" if zone.dmz else "zone"
