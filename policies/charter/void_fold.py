"""The void report made short: what is the same over many conduits is said once, with how many they are.

A right is held over a site and inherited by every conduit into it, so most rows of the matrix are alike.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from domain.ids import ConduitId
from domain.said import listed, say
from policies.charter.charter import Charter
from policies.charter.void import Cell, VoidReport

FEW = 4
"""So many conduits are named one by one; more are counted, site by site."""


@dataclass(frozen=True, slots=True)
class FoldedRow:
    """Boundaries over which every right stands alike, and how. ``cells`` in the order of the report's rights."""

    boundaries: tuple[str, ...]
    title: str
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True, slots=True)
class Ways:
    """Conduits in words: ``said`` at once, ``named`` for whoever wants each."""

    said: str
    named: tuple[str, ...]


def folded(charter: Charter, report: VoidReport) -> tuple[FoldedRow, ...]:
    """The rows of the matrix, those alike and into one site folded; each where its first one stood."""
    rows: dict[object, list[str]] = {}
    for boundary in report.boundaries:
        cells = [report.cells.get((right, boundary)) for right in report.rights]
        standing = tuple(None if one is None else (one.holding, one.voids) for one in cells)
        rows.setdefault((_site(charter, boundary), standing), []).append(boundary)
    return tuple(
        FoldedRow(
            tuple(alike),
            _title(charter, alike),
            tuple(report.cells.get((right, alike[0])) for right in report.rights),
        )
        for alike in rows.values()
    )


def ways(charter: Charter, conduits: Iterable[ConduitId]) -> Ways:
    """``conduits`` in words: by their names where they are few, else counted by the site that they lead into."""
    given = tuple(conduits)
    names = tuple(f"{charter.conduits[one].name} ({one})" for one in given)
    if len(given) <= FEW:
        return Ways("; ".join(names), ())
    parts = []
    for site in charter.sites.values():
        there = [one for one in charter.conduits if _site(charter, one) == site.id]
        here = [one for one in given if one in there]
        if here:
            if len(here) == len(there):
                parts.append(say("all {count} conduits into {site}", count=len(here), site=site.name))
            else:
                parts.append(
                    say(
                        "{count} of {all} conduits into {site}",
                        count=len(here),
                        all=len(there),
                        site=site.name,
                    )
                )
    return Ways(listed(parts, "; "), names)


def _site(charter: Charter, boundary: str) -> str:
    """The site that a conduit leads into; empty for a boundary of another kind, which is not folded."""
    conduit = charter.conduits.get(ConduitId(boundary))
    return str(charter.zones[conduit.destination].site) if conduit is not None else ""


def _title(charter: Charter, alike: list[str]) -> str:
    if len(alike) == 1:
        return charter.names().get(alike[0], alike[0])
    into = {charter.conduits[ConduitId(one)].destination for one in alike if one in charter.conduits}
    if not into:
        return say("{count} safety zones", count=len(alike))
    zone = charter.zones[min(into)]
    place = zone.name if len(into) == 1 else charter.sites[zone.site].name
    return say("{count} conduits into {place}", count=len(alike), place=place)
