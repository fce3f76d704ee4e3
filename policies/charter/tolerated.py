"""The exceptions at an instant: which hold, which are over, how often each was renewed."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.exceptions import GrantedException, chain
from domain.ids import PathwayId
from policies.charter.charter import Charter
from policies.charter.finding import Finding
from policies.exceptions import of_finding


class Standing(StrEnum):
    """Where an exception stands; the clock alone moves it."""

    TO_COME = "to come"
    IN_FORCE = "in force"
    LAPSED = "lapsed until the new holder attests it"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Tolerated:
    """One exception as a list shows it. ``renewal`` 0 is the first grant."""

    exception: GrantedException
    standing: Standing
    renewal: int
    sentence: str

    def document(self) -> dict[str, object]:
        """The same for machines."""
        one = self.exception
        return {
            "id": one.id,
            "standing": str(self.standing),
            "boundary": one.boundary,
            "vendor": one.vendor,
            "lifts": sorted(one.lifts),
            "owner": one.owner,
            "granted_by": one.granted_by,
            "reason": one.reason,
            "compensating": one.compensating,
            "from": one.window.start.isoformat(),
            "until": one.window.end.isoformat(),
            "renewal": self.renewal,
            "renews": one.renews,
            "reviewed": None if one.reviewed is None else one.reviewed.isoformat(),
        }


def tolerated(charter: Charter, at: datetime) -> tuple[Tolerated, ...]:
    """Every exception that is written down, in force first, then by its end."""
    known = {one.id: one for one in charter.granted}
    counts = {one.id for one in charter.exceptions if one.window.contains(at)}
    found = [
        Tolerated(
            one,
            stands := _standing(one, at, one.id in counts),
            number := len(chain(known, one)),
            _line(one, stands, number),
        )
        for one in charter.granted
    ]
    order = list(Standing)
    order.sort(key=lambda one: one is not Standing.IN_FORCE)
    return tuple(
        sorted(found, key=lambda one: (order.index(one.standing), one.exception.window.end, one.exception.id))
    )


def tolerating(charter: Charter, finding: Finding, at: datetime) -> GrantedException | None:
    """The exception under which ``finding`` is tolerated at ``at``: over where it is, or anything around that."""
    kind, _, name = finding.subject.partition(" ")
    pathway = charter.pathways.get(PathwayId(name)) if kind == "pathway" else None
    place = name if pathway is None else pathway.zone
    return of_finding(charter.exceptions, finding.code, charter.around(place), at)


def tolerance(one: GrantedException) -> str:
    """Said behind a finding that it lets stand."""
    return f"Tolerated until {one.window.end:%Y-%m-%d %H:%M} UTC by exception {one.id}; {one.owner} answers for it."


def _standing(one: GrantedException, at: datetime, counts: bool) -> Standing:
    if at < one.window.start:
        return Standing.TO_COME
    if not one.window.contains(at):
        return Standing.OVER
    return Standing.IN_FORCE if counts else Standing.LAPSED


def _line(one: GrantedException, standing: Standing, renewal: int) -> str:
    whom = f" for {one.vendor}" if one.vendor is not None else ""
    how = f"renewal {renewal} of {one.renews}" if renewal else "first grant"
    seen = f"reviewed {one.reviewed:%Y-%m-%d}" if one.reviewed is not None else "never reviewed"
    return (
        f"Exception {one.id} ({standing}): lifts {', '.join(sorted(one.lifts))} over {one.boundary}{whom} "
        f"until {one.window.end:%Y-%m-%d %H:%M} UTC; {one.owner} answers, {one.granted_by} granted it, "
        f"{how}, {seen}. Instead: {one.compensating}"
    )
