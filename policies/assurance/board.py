"""The board's page: per boundary who answers, what is void, tolerated and stale, and how long decisions took (S-09).

A boundary has a row where the charter names ``connect`` for it, or where that is void. A zone belongs to the nearest
boundary that names it. Pure.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.ids import AssetId, ConduitId, PersonId
from domain.rights import DecisionRight, holding_of
from domain.window import TimeWindow
from policies.assurance.collection import Decided
from policies.assurance.findings import Finding
from policies.assurance.status import STALE
from policies.assurance.view import Counts, View
from policies.charter.charter import Charter
from policies.charter.tolerated import Standing, Tolerated
from policies.charter.void import Void, VoidReport


@dataclass(frozen=True, slots=True)
class Latency:
    """How long requests waited for a decision. ``lapsed`` waited until nobody could decide any more."""

    decided: int = 0
    median: timedelta | None = None
    longest: timedelta | None = None
    lapsed: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """One boundary. ``person`` None: nobody holds the right, and ``executive`` answers for that."""

    boundary: str
    person: PersonId | None
    deputy: PersonId | None
    shut: int
    """Voids that refuse."""
    weak: int
    """Voids that do not refuse yet."""
    tolerated: int
    stale: int
    """Kinds of evidence that went stale, each once a zone."""
    latency: Latency

    @property
    def calm(self) -> bool:
        """Whether there is nothing to say about it but who answers."""
        return self.person is not None and not (self.shut or self.weak or self.tolerated or self.stale)


@dataclass(frozen=True, slots=True)
class Board:
    """Everything on the page. ``executive`` None: the charter names nobody, which is the first thing to mend."""

    at: datetime
    window: TimeWindow
    executive: PersonId | None
    rows: tuple[Row, ...]
    """Those that want something first, then by boundary."""
    shut: tuple[Void, ...]
    weak: int
    tolerated: tuple[Tolerated, ...]
    counts: Counts
    """Over all zones together."""
    stale: tuple[tuple[str, str, datetime], ...]
    """Kind of evidence, zone (empty for all), since when: each once, the oldest first."""
    latency: Latency
    findings: int
    """How many are open."""


def board(
    charter: Charter,
    report: VoidReport,
    exceptions: Sequence[Tolerated],
    views: Mapping[str, View],
    permits: Iterable[Decided],
    findings: Iterable[Finding],
    whole: View,
) -> Board:
    """The page at ``whole.at``. ``views`` are the zones', ``whole`` the plant's."""
    at, window = whole.at, whole.window
    named = _named(charter, report)
    in_force = tuple(one for one in exceptions if one.standing is Standing.IN_FORCE)
    waits = tuple(_waits(charter, named, permits, window))
    rows = [_row(charter, boundary, named, report, in_force, views, waits, at) for boundary in named]
    return Board(
        at=at,
        window=window,
        executive=charter.escalation.executive,
        rows=tuple(sorted(rows, key=lambda one: (one.calm, one.person is not None, one.boundary))),
        shut=tuple(one for one in report.voids if one.refuses),
        weak=sum(not one.refuses for one in report.voids),
        tolerated=in_force,
        counts=whole.counts,
        stale=_stale(views),
        latency=latency(waits),
        findings=sum(one.closed is None for one in findings),
    )


def _named(charter: Charter, report: VoidReport) -> tuple[str, ...]:
    """The boundaries that have a row."""
    written = [one.boundary for one in charter.register if one.right is DecisionRight.CONNECT]
    void = [one.boundary for one in report.voids if one.right is DecisionRight.CONNECT]
    return tuple(dict.fromkeys((*written, *void)))


def home(charter: Charter, named: Sequence[str], boundary: str) -> str:
    """The nearest boundary with a row, from ``boundary`` outwards; empty where there is none."""
    return next((one for one in charter.around(boundary) if one in named), "")


@dataclass(frozen=True, slots=True)
class Wait:
    """One request that no longer waits: for which boundary's row, how long, and whether it was decided at all."""

    boundary: str
    length: timedelta
    lapsed: bool


def _waits(
    charter: Charter, named: Sequence[str], permits: Iterable[Decided], window: TimeWindow
) -> Iterator[Wait]:
    for one in permits:
        if one.requested is None or one.decided is None or not window.contains(one.decided.at):
            continue
        asset = charter.assets.get(AssetId(one.requested.text("asset")))
        conduit = ConduitId(one.requested.text("conduit"))
        inner = conduit if conduit in charter.conduits else asset.zone if asset is not None else ""
        lapsed = one.decided.text("after") == "lapsed"
        yield Wait(home(charter, named, inner), one.decided.at - one.requested.at, lapsed)


def latency(waits: Iterable[Wait]) -> Latency:
    """The lower median, the longest, and how many lapsed."""
    every = tuple(waits)
    lengths = sorted(one.length for one in every if not one.lapsed)
    if not lengths:
        return Latency(lapsed=sum(one.lapsed for one in every))
    return Latency(
        len(lengths), lengths[(len(lengths) - 1) // 2], lengths[-1], sum(one.lapsed for one in every)
    )


def _row(
    charter: Charter,
    boundary: str,
    named: Sequence[str],
    report: VoidReport,
    exceptions: Sequence[Tolerated],
    views: Mapping[str, View],
    waits: Sequence[Wait],
    at: datetime,
) -> Row:
    held = holding_of(charter.holdings, DecisionRight.CONNECT, (boundary,), at)
    here = [one for one in report.voids if home(charter, named, one.boundary) == boundary]
    seen = {zone: view for zone, view in views.items() if home(charter, named, zone) == boundary}
    return Row(
        boundary=boundary,
        person=held.holder if held is not None else None,
        deputy=held.deputy if held is not None else None,
        shut=sum(one.refuses for one in here),
        weak=sum(not one.refuses for one in here),
        tolerated=sum(home(charter, named, one.exception.boundary) == boundary for one in exceptions),
        stale=len(_gone_stale(seen)),
        latency=latency(one for one in waits if one.boundary == boundary),
    )


def _gone_stale(views: Mapping[str, View]) -> dict[tuple[str, str], datetime]:
    """Kind and zone of what went stale, with since when at the earliest."""
    found: dict[tuple[str, str], datetime] = {}
    for zone, view in views.items():
        for line in view.lines:
            for gap in line.status.gaps:
                if gap.why in STALE and gap.since is not None:
                    about = gap.kind, zone
                    found[about] = min(found.get(about, gap.since), gap.since)
    return found


def _stale(views: Mapping[str, View]) -> tuple[tuple[str, str, datetime], ...]:
    """What went stale; what is so in every zone, once for all."""
    found = _gone_stale(views)
    kinds = dict.fromkeys(kind for kind, _ in found)
    rows: list[tuple[str, str, datetime]] = []
    for kind in kinds:
        zones = {zone: since for (name, zone), since in found.items() if name == kind}
        if len(zones) == len(views) > 1:
            rows.append((kind, "", min(zones.values())))
        else:
            rows += [(kind, zone, since) for zone, since in zones.items()]
    return tuple(sorted(rows, key=lambda one: (one[2], one[0], one[1])))
