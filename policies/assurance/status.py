"""From evidence to the status of a control: total, pure, and the only place that says what satisfied means.

REQUIREMENTS section 3.1, rule by rule:

1. satisfied: of every ``all_of`` kind and of at least one ``any_of`` kind there is evidence, each ``min_count``
   is met by different persons, each item verifies, and none is past its end or hit by a trigger;
2. an item ends when its refresh period is over; ``per_session`` asks for the evidence of every session of the
   reporting window, and no session at all makes the control not applicable;
3. a lens may shorten the period, never lengthen it: the earlier end counts;
4. a kind that nobody collected is missing, and missing is not satisfied;
5. an approved exception in date makes the control not satisfied, with its risk accepted; it turns nothing green.

Of items about the same subject the newest counts, and of what sessions produce the newest of each zone. Ends are half-open: at its end an item is stale.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.window import TimeWindow
from policies.assurance.baseline import EXCEPTION, Control
from policies.assurance.evidence import Deviation, Evidence, Item, Session, Span, Trigger
from policies.assurance.periods import Period


class State(StrEnum):
    """How a control stands."""

    SATISFIED = "satisfied"
    NOT_SATISFIED = "not-satisfied"
    NOT_APPLICABLE = "not-applicable"


class Why(StrEnum):
    """What is wrong with one kind of evidence."""

    MISSING = "missing"
    TOO_FEW = "too-few-persons"
    UNVERIFIED = "does-not-verify"
    EXPIRED = "expired"
    TRIGGERED = "triggered"
    EXCEPTED = "excepted"


STALE = frozenset({Why.EXPIRED, Why.TRIGGERED})


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that keeps a control from being satisfied."""

    why: Why
    kind: str
    session: str = ""
    item: str = ""
    """The item at fault, where there is one."""
    since: datetime | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """One control over one span. ``gaps`` is empty when it is satisfied, and only then or when it does not apply."""

    control: str
    state: State
    gaps: tuple[Gap, ...]
    items: tuple[Item, ...]
    """The evidence that was weighed, the newest of each subject."""
    ends: Mapping[str, datetime]
    """When each of them is stale, by its id; one that counts for its session alone has none."""
    sessions: int
    failed: int
    """Of the sessions that it asks of, how many lack something."""
    accepted: tuple[Deviation, ...]
    """The exceptions in date by which the plant bears the risk."""

    @property
    def stale(self) -> bool:
        """Whether age or a trigger is all that is wrong: the evidence was there."""
        return bool(self.gaps) and all(one.why in STALE for one in self.gaps)


@dataclass(frozen=True, slots=True)
class Asked:
    """Under what a status is reckoned."""

    at: datetime
    window: TimeWindow
    """The reporting window: whose sessions are looked at, by when they ended. Half-open."""
    tightened: Mapping[str, Period]
    """What a lens asks for besides, by control."""


def status(control: Control, evidence: Evidence, span: Span, asked: Asked) -> Status:
    """How ``control`` stands over ``span``. Never raises; what is missing is a gap."""
    return _Weighing(control, evidence, span, asked).status()


class _Weighing:
    """One control while it is weighed."""

    def __init__(self, control: Control, evidence: Evidence, span: Span, asked: Asked) -> None:
        self._control, self._asked = control, asked
        self._period = control.refresh
        self._tighter = asked.tightened.get(control.id)
        self._items = tuple(
            one
            for one in evidence.items
            if one.kind in control.kinds
            and control.id in one.controls
            and one.collected <= asked.at
            and span.holds(one.zone, one.vendor)
        )
        self._triggers = tuple(one for one in evidence.triggers if one.at <= asked.at)
        self._sessions = tuple(
            one
            for one in evidence.sessions
            if span.holds(one.zone, one.vendor)
            and asked.window.contains(one.ended)
            and one.ended <= asked.at
            and (control.applies is None or control.applies in one.facets)
        )
        self._accepted = tuple(
            one
            for one in evidence.deviations
            if control.id in one.controls and one.holds(asked.at) and span.meets(one)
        )
        self._per_session: dict[str, dict[str, list[Item]]] = {}
        for one in self._items if self._period is None else ():
            self._per_session.setdefault(one.session, {}).setdefault(one.kind, []).append(one)
        self._weighed: dict[str, Item] = {}
        self._ends: dict[str, datetime] = {}

    def status(self) -> Status:
        """Rule by rule."""
        if self._period is None:
            by_session = [tuple(self._of_session(one)) for one in self._sessions]
            gaps = [gap for found in by_session for gap in found]
            failed = sum(bool(found) for found in by_session)
        else:
            gaps, failed = list(self._judge(self._by_subject(), "")), 0
        # An exception is said even where nothing was used under it: the plant has promised to do otherwise.
        gaps += [
            Gap(Why.EXCEPTED, EXCEPTION, item=one.exception, since=one.start, detail=one.reason)
            for one in self._accepted
        ]
        applies = self._period is not None or bool(self._sessions) or bool(self._accepted)
        held = State.NOT_SATISFIED if gaps else State.SATISFIED
        return Status(
            control=self._control.id,
            state=held if applies else State.NOT_APPLICABLE,
            gaps=tuple(gaps),
            items=tuple(self._weighed.values()),
            ends=self._ends,
            sessions=len(self._sessions),
            failed=failed,
            accepted=self._accepted,
        )

    def _of_session(self, session: Session) -> Iterator[Gap]:
        yield from self._judge(self._per_session.get(session.id, {}), session.id)

    def _by_subject(self) -> Mapping[str, Sequence[Item]]:
        """Of each kind the newest item of every subject; of what sessions produce, the newest of each zone."""
        newest: dict[tuple[str, str], Item] = {}
        for one in self._items:
            about = (one.kind, one.zone if one.session else one.subject)
            known = newest.get(about)
            if known is None or known.collected <= one.collected:
                newest[about] = one
        found: dict[str, list[Item]] = {}
        for (kind, _), one in newest.items():
            found.setdefault(kind, []).append(one)
        return found

    def _judge(self, given: Mapping[str, Sequence[Item]], session: str) -> Iterator[Gap]:
        for kind in self._control.all_of:
            yield from self._judge_kind(kind, given.get(kind, ()), session)
        if self._control.any_of:
            yield from self._judge_any(given, session)

    def _judge_any(self, given: Mapping[str, Sequence[Item]], session: str) -> Iterator[Gap]:
        """Nothing where one kind is whole; else what is wrong with each, or with one that is only stale."""
        kinds = tuple(kind for kind in self._control.any_of if kind != EXCEPTION)
        found = [tuple(self._judge_kind(kind, given.get(kind, ()), session)) for kind in kinds]
        if not all(found):
            return
        only_stale = [gaps for gaps in found if all(one.why in STALE for one in gaps)]
        yield from only_stale[0] if only_stale else (gap for gaps in found for gap in gaps)

    def _judge_kind(self, kind: str, items: Sequence[Item], session: str) -> Iterator[Gap]:
        if not items:
            yield Gap(Why.MISSING, kind, session)
            return
        for one in items:
            self._weighed[one.id] = one
            yield from self._judge_item(one, session)
        least = self._control.min_count.get(kind, 0)
        persons = frozenset[str]().union(*(one.persons for one in items))
        if len(persons) < least:
            yield Gap(Why.TOO_FEW, kind, session, detail=f"{len(persons)} of {least}")

    def _judge_item(self, item: Item, session: str) -> Iterator[Gap]:
        if not item.verified:
            yield Gap(Why.UNVERIFIED, item.kind, session, item.id, item.collected, item.note)
        end = self._end(item)
        if end is not None:
            self._ends[item.id] = end
            if self._asked.at >= end:
                yield Gap(Why.EXPIRED, item.kind, session, item.id, end)
        hit = first_hit(item, self._control.triggers, self._triggers)
        if hit is not None:
            yield Gap(Why.TRIGGERED, item.kind, session, item.id, hit.at, hit.name)

    def _end(self, item: Item) -> datetime | None:
        """When ``item`` is stale: the earliest of what the control, the lens and the item itself say."""
        if self._period is None:
            return None
        ends = [one.after(item.collected) for one in (self._period, self._tighter) if one is not None]
        return min([*ends, *([item.until] if item.until is not None else [])])


def first_hit(item: Item, triggers: frozenset[str], happened: Iterable[Trigger]) -> Trigger | None:
    """The first trigger after ``item`` was collected that makes it stale; None while nothing has."""
    names = triggers | item.triggers
    hits = (one for one in happened if one.name in names and one.reaches(item))
    return min(hits, key=lambda one: one.at, default=None)
