"""The void report: rights against boundaries, and every cell where somebody must be named, or soon will have to be.

Pure, and the only place that says what a void is. One cause is one void, however many ways it shuts:
a site's lapsed holder is one void that affects each conduit into that site.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from domain.ids import ConduitId, PersonId
from domain.inheritance import WITHIN
from domain.plant import Conduit
from domain.rights import DecisionRight, Holding
from domain.said import say
from domain.voices import rights_needed
from policies.charter.charter import Charter
from policies.charter.pathways import inventory
from policies.escalation import timers_over


class Kind(StrEnum):
    """What is wrong in a cell."""

    VACANT = "vacant"
    """Nobody was ever given the right, or not yet."""
    EXPIRED = "expired"
    """Somebody held it, and their time is over."""
    OVERDUE_ATTESTATION = "overdue-attestation"
    """A successor did not say in time that they answer for it."""
    CONFLICTED = "conflicted"
    """One person holds two rights that a permit needs from two."""
    SINGLE_POINT = "single-point"
    """Nobody stands in for the holder."""
    NO_ARBITER = "no-arbiter"
    """Nobody decides when those who must agree do not."""
    UNDOCUMENTED = "undocumented-delegation"
    """A delegation changed more than thirty days ago, and no document says so."""
    UNGOVERNED = "ungoverned-pathway"
    """A way in or out that does not pass here."""


SHUTS = frozenset({Kind.VACANT, Kind.EXPIRED, Kind.OVERDUE_ATTESTATION})
"""Kinds that refuse whatever needs the right. The others are for the plant to mend before they do."""


@dataclass(frozen=True, slots=True)
class Step:
    """From ``at`` on a void is this person's to mend. ``contact`` is how to reach them without a network."""

    person: PersonId | None
    """None where the charter names nobody: then the step is itself missing."""
    level: str
    at: datetime
    contact: str


@dataclass(frozen=True, slots=True)
class Void:
    """One thing to mend: what, where, since when, and whose it is from when."""

    kind: Kind
    right: DecisionRight | None
    """None for a pathway, which is about all of them."""
    boundary: str
    affects: tuple[ConduitId, ...]
    last: str
    """Who held it last, where somebody did."""
    since: datetime
    sentence: str
    steps: tuple[Step, ...]

    @property
    def refuses(self) -> bool:
        """Whether everything that needs the right is refused because of it."""
        return self.kind in SHUTS

    def level(self, at: datetime) -> str:
        """How far up the ladder it is at ``at``: empty before the first step."""
        return next((one.level for one in reversed(self.steps) if one.at <= at), "")


@dataclass(frozen=True, slots=True)
class Cell:
    """One right over one boundary at one instant: who holds it there, from which boundary, and what is wrong."""

    right: DecisionRight
    boundary: str
    holding: Holding | None
    voids: tuple[Void, ...]


@dataclass(frozen=True, slots=True)
class VoidReport:
    """The whole matrix at an instant."""

    at: datetime
    rights: tuple[DecisionRight, ...]
    boundaries: tuple[str, ...]
    """Every boundary that vendors can cross, then every safety zone: the rows."""
    cells: Mapping[tuple[DecisionRight, str], Cell]
    voids: tuple[Void, ...]
    """Those that shut first, then by boundary."""


_Key = tuple[Kind, DecisionRight | None, str]


@dataclass(frozen=True, slots=True)
class _Row:
    """A boundary that somebody must answer for: a conduit, or a safety zone by itself."""

    id: str
    boundaries: tuple[str, ...]
    """Near to far; the last three are zone, site and organisation."""
    rights: tuple[DecisionRight, ...]
    conduit: Conduit | None = None

    @property
    def ways(self) -> tuple[ConduitId, ...]:
        return () if self.conduit is None else (self.conduit.id,)

    def home(self, right: DecisionRight) -> str:
        """Where somebody is to be named where nobody is: the zone for the second key, else the site."""
        return self.boundaries[-3 if right is DecisionRight.SAFETY else -2]


def _rows(charter: Charter) -> tuple[_Row, ...]:
    ways = [
        _Row(one.id, charter.boundaries_into(one.id), asked_of(charter, one), one)
        for one in charter.conduits.values()
    ]
    zones = [
        _Row(one.id, (one.id, one.site, charter.organisation.id), (DecisionRight.SAFETY,))
        for one in charter.zones.values()
        if one.safety
    ]
    return (*ways, *zones)


def asked_of(charter: Charter, conduit: Conduit) -> tuple[DecisionRight, ...]:
    """The rights that somebody must hold over ``conduit``: ``safety`` only where it touches a safety zone."""
    safety = any(charter.zones[zone].safety for zone in (conduit.source, conduit.destination))
    return tuple(right for right in DecisionRight if safety or right is not DecisionRight.SAFETY)


def void_report(charter: Charter, at: datetime, *, loaded: datetime | None = None) -> VoidReport:
    """The report at ``at``. ``loaded``: when this charter took effect, from which on a vacant right is a void."""
    since = min(loaded or at, at)
    rows = _rows(charter)
    found: dict[_Key, Void] = {}
    cells: dict[tuple[DecisionRight, str], tuple[_Key, ...]] = {}
    for row in rows:
        for right in row.rights:
            here = [*_of_cell(charter, right, row, at, since), *_conflicts(charter, right, row, at)]
            for void in here:
                key = (void.kind, void.right, void.boundary)
                known = found.get(key, void)
                found[key] = replace(known, affects=(*known.affects, *row.ways))
            cells[right, row.id] = tuple((one.kind, one.right, one.boundary) for one in here)
    more = (*_undocumented(charter, at), *_ungoverned(charter, at, since))
    matrix = {
        (right, row.id): Cell(
            right,
            row.id,
            _held(charter, right, row.boundaries, at),
            tuple(found[key] for key in cells[right, row.id]),
        )
        for row in rows
        for right in row.rights
    }
    order = sorted(
        (*found.values(), *more),
        key=lambda one: (not one.refuses, one.boundary, one.right or "", one.kind, one.sentence),
    )
    return VoidReport(at, tuple(DecisionRight), tuple(row.id for row in rows), matrix, tuple(order))


def voids(charter: Charter, at: datetime) -> tuple[Void, ...]:
    """The voids at ``at`` that shut something. A right whose window ends at ``at`` is void."""
    return tuple(one for one in void_report(charter, at).voids if one.refuses)


def _nearest(charter: Charter, right: DecisionRight, boundaries: Sequence[str]) -> tuple[str, list[Holding]]:
    """The nearest boundary that names ``right`` at all, and what the register says of it; empty for none."""
    for boundary in boundaries:
        here = [one for one in charter.register if one.right is right and one.boundary == boundary]
        if here:
            return boundary, here
    return "", []


def _held(charter: Charter, right: DecisionRight, boundaries: Sequence[str], at: datetime) -> Holding | None:
    boundary, _ = _nearest(charter, right, boundaries)
    held = (one for one in charter.holdings if (one.right, one.boundary) == (right, boundary))
    return next((one for one in held if one.window.contains(at)), None)


def _of_cell(charter: Charter, right: DecisionRight, row: _Row, at: datetime, since: datetime) -> list[Void]:
    boundary, here = _nearest(charter, right, row.boundaries)
    held = _held(charter, right, row.boundaries, at)
    if held is not None:
        return _weak(charter, held)
    if not here:
        return [_void(charter, Kind.VACANT, right, row.home(right), since, say("was never given to anybody"))]
    written = next((one for one in here if one.window.contains(at)), None)
    if written is not None:
        late = written.window.start + WITHIN
        how = say(
            "has lapsed: {holder} took it over and did not attest it in time",
            holder=charter.called(written.holder),
        )
        return [_void(charter, Kind.OVERDUE_ATTESTATION, right, boundary, late, how, written)]
    past = [one for one in here if one.window.end <= at]
    if not past:
        return [_void(charter, Kind.VACANT, right, boundary, since, say("has not begun"), here[0])]
    last = max(past, key=lambda one: one.window.end)
    how = say("has lapsed; {holder} held it last", holder=charter.called(last.holder))
    return [_void(charter, Kind.EXPIRED, right, boundary, last.window.end, how, last)]


def _weak(charter: Charter, held: Holding) -> list[Void]:
    found: list[Void] = []
    if held.deputy is None and len(held.holders) <= held.quorum:
        how = say("rests on {holder} alone: nobody stands in", holder=charter.called(held.holder))
        found.append(
            _void(charter, Kind.SINGLE_POINT, held.right, held.boundary, held.window.start, how, held)
        )
    if held.arbiter is None and held.right is not DecisionRight.SAFETY:
        how = say("has no arbiter: whoever disagrees has the last word")
        found.append(_void(charter, Kind.NO_ARBITER, held.right, held.boundary, held.window.start, how, held))
    return found


def _conflicts(charter: Charter, right: DecisionRight, row: _Row, at: datetime) -> list[Void]:
    """Two rights that a permit over this way needs from two persons, held by one."""
    if row.conduit is None or right is DecisionRight.CONNECT:
        return []
    needed = rights_needed(
        safety=DecisionRight.SAFETY in row.rights, data_out=row.conduit.data_out, grants=row.conduit.grants
    )
    mine = _held(charter, right, row.boundaries, at)
    other = _held(charter, DecisionRight.CONNECT, row.boundaries, at)
    if right not in needed or mine is None:
        return []
    both = [one for one in mine.holders if other is not None and one in other.holders]
    if not both:
        return []
    start = max(mine.window.start, other.window.start if other else mine.window.start)
    how = say(
        "is held by {person}, who holds 'connect' here too: one person can't be both",
        person=charter.called(both[0]),
    )
    return [_void(charter, Kind.CONFLICTED, right, mine.boundary, start, how, mine)]


def _undocumented(charter: Charter, at: datetime) -> Iterable[Void]:
    for one in charter.given:
        if not one.document and one.approved + WITHIN <= at < one.window.end:
            how = say(
                "was delegated by {by} to {to}, and no document says so yet",
                by=charter.called(one.by),
                to=charter.called(one.to),
            )
            yield _void(charter, Kind.UNDOCUMENTED, one.right, one.boundary, one.approved + WITHIN, how)


def _ungoverned(charter: Charter, at: datetime, since: datetime) -> Iterable[Void]:
    for one in inventory(charter, at).ungoverned:
        steps = _ladder(charter, None, since, one.pathway.zone)
        yield Void(Kind.UNGOVERNED, None, one.pathway.zone, (), "", since, one.sentence, steps)


def _void(
    charter: Charter,
    kind: Kind,
    right: DecisionRight,
    boundary: str,
    since: datetime,
    how: str,
    last: Holding | None = None,
) -> Void:
    sentence = say(
        "The right '{right}' over {boundary} {how}.", right=right, boundary=charter.called(boundary), how=how
    )
    steps = _ladder(charter, last.deputy if last else None, since, boundary)
    return Void(kind, right, boundary, (), last.holder if last else "", since, sentence, steps)


def _ladder(charter: Charter, deputy: PersonId | None, since: datetime, boundary: str) -> tuple[Step, ...]:
    """The deputy, then the executive: both always there, so that a rung without a person is seen."""
    ladder = timers_over(charter.escalation, charter.timers, charter.around(boundary))

    def step(person: PersonId | None, level: str, after: timedelta) -> Step:
        known = charter.people.get(person) if person is not None else None
        return Step(person, level, since + after, known.contact if known else "")

    return (
        step(deputy, "deputy", ladder.deputy_after),
        step(charter.escalation.executive, "executive", ladder.executive_after),
    )
