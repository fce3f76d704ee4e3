"""What the pages of assurance show: views of the plant and of each zone, reckoned at each look, off the event loop."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from broker.assurance.reading import Assurance
from broker.assurance.shipped import lenses, shipped
from broker.console.desk import Desk
from broker.console.refusals import RefusalError
from domain.ids import ZoneId
from domain.plant import ZoneKind
from domain.said import say
from policies.assurance.baseline import Baseline
from policies.assurance.evidence import Evidence, Span
from policies.assurance.view import Lens, View, through, view
from policies.charter.charter import Charter

OURS = (ZoneKind.BUSINESS, ZoneKind.DMZ, ZoneKind.CONTROL)
"""The organisation's own zones: IT, what lies between, and OT, in one scale."""
SIDES = {
    ZoneKind.BUSINESS: say("IT"),
    ZoneKind.DMZ: say("between"),
    ZoneKind.CONTROL: say("OT"),
}


@dataclass(frozen=True, slots=True)
class Looked:
    """One look at one span."""

    baseline: Baseline
    charter: Charter
    at: datetime
    reporting: timedelta
    evidence: Evidence
    lenses: Mapping[str, Lens]
    whole: View

    def zone(self, zone: str) -> View:
        """The view of one zone."""
        return view(self.baseline, self.evidence, Span(zone), self.at, reporting=self.reporting)

    def zones(self) -> dict[str, View]:
        """The views of the organisation's own zones, IT first."""
        own = sorted(
            (one for one in self.charter.zones.values() if one.kind in OURS),
            key=lambda one: (OURS.index(one.kind), one.name),
        )
        return {one.id: self.zone(one.id) for one in own}

    def through(self, lenses: Mapping[str, Lens]) -> dict[str, tuple[Lens, View]]:
        """The view through some lenses."""
        return through(self.baseline, self.evidence, self.whole, lenses, reporting=self.reporting)


def assurance_of(desk: Desk) -> Assurance:
    """The node's evidence; a refusal where this console has none."""
    found = desk.parts.assurance
    if found is None:
        raise RefusalError(
            503, "no_assurance", say("This console reads no ledger."), say("Ask a node's own.")
        )
    return found


async def look(desk: Desk, zone: str = "", vendor: str = "", lens: str = "") -> Looked:
    """How everything stands now; a refusal for a zone, vendor or lens that is not there."""
    charter, settings = desk.parts.charter(), desk.parts.settings.assurance
    baseline = shipped()
    every = lenses(baseline, settings)
    there = (not zone or ZoneId(zone) in charter.zones) and (not vendor or vendor in charter.vendors)
    if not there or (lens and lens not in every):
        raise RefusalError(
            404, "not_there", say("There is nothing of this name."), say("Look at the page again.")
        )
    assurance, at = assurance_of(desk), desk.parts.clock.now()
    reporting = timedelta(days=settings.reporting_days)

    def reckon() -> Looked:
        evidence = assurance.evidence(charter, at)
        tightened = every[lens].tightened if lens else {}
        whole = view(baseline, evidence, Span(zone, vendor), at, tightened=tightened, reporting=reporting)
        return Looked(baseline, charter, at, reporting, evidence, every, whole)

    return await asyncio.to_thread(reckon)
