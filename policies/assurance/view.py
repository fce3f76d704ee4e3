"""The one view for IT and OT: how every control stands, over each zone and through each lens, in one scale.

Four numbers, each of which can be reckoned again by hand from an export (requirements S-15, J08, G13):

* status: how many controls are satisfied, not satisfied, not applicable;
* maturity of a control: 0 nothing is collected; 1 something is; 2 of everything it rests on something is; 3 it is
  satisfied; 4 it is satisfied, and was when the reporting window began. None where it does not apply;
* risk: of what is not satisfied, how much somebody accepted by an exception in date, and how much is open;
* currency: of the kinds of evidence that are asked for, how many are current, stale, missing. The kinds of an
  ``any_of`` are one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from domain.window import TimeWindow
from policies.assurance.baseline import Baseline, Control
from policies.assurance.evidence import Evidence, Item, Span
from policies.assurance.periods import Period
from policies.assurance.status import STALE, Asked, State, Status, Why, status

REPORTING = timedelta(days=90)
"""How far back a report looks where nothing else is said; log review and retention of CIP-007-6 R4.3 look as far."""


@dataclass(frozen=True, slots=True)
class Lens:
    """A framework as this plant looks through it."""

    framework: str
    applies: bool
    """Whether it binds the plant, or is looked through for reference."""
    tightened: Mapping[str, Period] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """One control over one span."""

    control: Control
    status: Status
    maturity: int | None
    checked: int
    """Sessions that were looked at, or items that were weighed."""
    failed: int
    newest: datetime | None
    """When the newest evidence that was weighed was collected."""

    @property
    def treatment(self) -> str:
        """What became of the risk: ``none``, ``accepted`` or ``open``."""
        if self.status.state is not State.NOT_SATISFIED:
            return "none"
        others = [one for one in self.status.gaps if one.why is not Why.EXCEPTED]
        return "accepted" if self.status.accepted and not others else "open"


@dataclass(frozen=True, slots=True)
class Counts:
    """The four numbers over some controls."""

    satisfied: int = 0
    not_satisfied: int = 0
    not_applicable: int = 0
    levels: tuple[int, ...] = (0, 0, 0, 0, 0)
    """How many controls are at maturity 0, 1, 2, 3, 4."""
    accepted: int = 0
    open: int = 0
    current: int = 0
    stale: int = 0
    missing: int = 0

    @property
    def needed(self) -> int:
        """How many kinds of evidence are asked for."""
        return self.current + self.stale + self.missing


@dataclass(frozen=True, slots=True)
class View:
    """Every control over one span, at one instant."""

    span: Span
    at: datetime
    window: TimeWindow
    lines: tuple[Line, ...]

    def of(self, controls: Iterable[str]) -> Counts:
        """The numbers of some of the controls."""
        wanted = set(controls)
        return counts(one for one in self.lines if one.control.id in wanted)

    @property
    def counts(self) -> Counts:
        """The numbers of all."""
        return counts(self.lines)


def view(
    baseline: Baseline,
    evidence: Evidence,
    span: Span,
    at: datetime,
    *,
    tightened: Mapping[str, Period] | None = None,
    reporting: timedelta = REPORTING,
) -> View:
    """How everything stands over ``span`` at ``at``, by the sessions that ended in ``reporting`` before it."""
    now = Asked(at, TimeWindow(at - reporting, at), tightened or {})
    then = Asked(now.window.start, TimeWindow(at - 2 * reporting, at - reporting), tightened or {})
    here = within(evidence, span)
    lines = []
    for control in baseline.controls.values():
        own = replace(here, items=tuple(one for kind in control.kinds for one in here.of_kind(kind)))
        found = status(control, own, span, now)
        before = found.state is State.SATISFIED and status(control, own, span, then).state is State.SATISFIED
        lines.append(_line(control, found, before))
    return View(span, at, now.window, tuple(lines))


def _line(control: Control, found: Status, before: bool) -> Line:
    bad = {one.item for one in found.gaps if one.item and one.why is not Why.EXCEPTED}
    by_session = control.refresh is None
    return Line(
        control,
        found,
        maturity_of(control, found, before),
        found.sessions if by_session else len(found.items),
        found.failed if by_session else len(bad),
        max((one.collected for one in found.items), default=None),
    )


def maturity_of(control: Control, found: Status, before: bool) -> int | None:
    """The level of one control; ``before``: it was satisfied when the window began, too."""
    if found.state is State.NOT_APPLICABLE:
        return None
    if found.state is State.SATISFIED:
        return 4 if before else 3
    if not found.items:
        return 0
    have = {one.kind for one in found.items}
    any_of = not control.any_of or bool(have & set(control.any_of))
    return 2 if have >= set(control.all_of) and any_of else 1


def counts(lines: Iterable[Line]) -> Counts:
    """The four numbers of ``lines``."""
    found = Counts()
    for one in lines:
        state, levels = one.status.state, list(found.levels)
        if one.maturity is not None:
            levels[one.maturity] += 1
        current, stale, missing = _currency(one)
        found = Counts(
            found.satisfied + (state is State.SATISFIED),
            found.not_satisfied + (state is State.NOT_SATISFIED),
            found.not_applicable + (state is State.NOT_APPLICABLE),
            tuple(levels),
            found.accepted + (one.treatment == "accepted"),
            found.open + (one.treatment == "open"),
            found.current + current,
            found.stale + stale,
            found.missing + missing,
        )
    return found


def _currency(line: Line) -> tuple[int, int, int]:
    """Of the kinds that a control asks for: current, stale, missing or not sound."""
    if line.status.state is State.NOT_APPLICABLE:
        return 0, 0, 0
    wrong = [one for one in line.status.gaps if one.why is not Why.EXCEPTED]
    any_of = tuple(kind for kind in line.control.any_of if kind not in line.control.all_of)
    asked: list[Sequence[str]] = [*((kind,) for kind in line.control.all_of), *((any_of,) if any_of else ())]
    stale = missing = 0
    for kinds in asked:
        gaps = [one for one in wrong if one.kind in kinds]
        if gaps and all(one.why in STALE for one in gaps):
            stale += 1
        elif gaps:
            missing += 1
    return len(asked) - stale - missing, stale, missing


@dataclass(frozen=True, slots=True)
class Sorted(Evidence):
    """Evidence with its items by kind, so that each control looks at its own alone."""

    by_kind: Mapping[str, tuple[Item, ...]] = field(default_factory=dict)

    def of_kind(self, kind: str) -> tuple[Item, ...]:
        """The items of one kind, in their order."""
        return self.by_kind.get(kind, ())


def within(evidence: Evidence, span: Span) -> Sorted:
    """What of ``evidence`` counts over ``span``."""
    kinds: dict[str, list[Item]] = {}
    for one in evidence.items:
        if span.holds(one.zone, one.vendor):
            kinds.setdefault(one.kind, []).append(one)
    return Sorted(
        (),
        tuple(one for one in evidence.sessions if span.holds(one.zone, one.vendor)),
        evidence.triggers,
        evidence.deviations,
        {kind: tuple(found) for kind, found in kinds.items()},
    )


def through(
    baseline: Baseline,
    evidence: Evidence,
    found: View,
    lenses: Mapping[str, Lens],
    *,
    reporting: timedelta = REPORTING,
) -> dict[str, tuple[Lens, View]]:
    """``found`` as each lens sees it: the same, but for a lens that shortens a period."""
    return {
        name: (
            lens,
            view(baseline, evidence, found.span, found.at, tightened=lens.tightened, reporting=reporting)
            if lens.tightened
            else found,
        )
        for name, lens in lenses.items()
    }
