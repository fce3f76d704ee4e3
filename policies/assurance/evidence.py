"""What a status is reckoned from: items of evidence, sessions, what makes evidence stale, what is tolerated.

Values only. An item without a control or a source is none: it can't be made (requirement G01).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from policies.assurance.baseline import Baseline, Facet


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item of evidence, traceable to where it came from. Raises ValueError for one that is not."""

    id: str
    """The same for the same evidence, whoever looks and through whichever lens."""
    kind: str
    controls: tuple[str, ...]
    """The controls that it serves; never none."""
    source: str
    """What it was made of: ``leaf 17``, ``document …``; never empty."""
    collector: str
    """Who or what took it: a part of this node, or a person."""
    collected: datetime
    digest: str
    """SHA-256 in hex, of the event's canonical bytes or of the document's."""
    leaf: int | None
    """Where the ledger has it."""
    subject: str = ""
    """What it is about, of which only the newest item counts: a zone, a person, ``node``. Of a session: its id."""
    session: str = ""
    zone: str = ""
    """Empty: for every zone."""
    vendor: str = ""
    """Empty: for every vendor."""
    persons: frozenset[str] = frozenset()
    """Whose act it is, where a control counts persons."""
    verified: bool = True
    """Whether it is what it says: its leaf opens, both sides were seen closed, the hash is the file's."""
    until: datetime | None = None
    """When it ends whatever a control says: a training's last day. Half-open."""
    triggers: frozenset[str] = frozenset()
    """What makes it stale besides its controls' own triggers."""
    examined: bool = False
    """A person read it, rather than a machine having tested it."""
    note: str = ""

    def __post_init__(self) -> None:
        if not self.controls:
            raise ValueError(f"evidence {self.id!r} serves no control")
        if not self.source or not self.collector:
            raise ValueError(f"evidence {self.id!r} does not say where it came from")
        if self.collected.tzinfo is None:
            raise ValueError(f"evidence {self.id!r} does not say in which zone it was collected")


@dataclass(frozen=True, slots=True)
class Trigger:
    """Something happened that makes what was collected before it stale, where it reaches.

    What was collected at that very instant was made of what changed, and stands.
    """

    name: str
    at: datetime
    zone: str = ""
    vendor: str = ""
    session: str = ""
    leaf: int | None = None

    def reaches(self, item: Item) -> bool:
        """Whether ``item`` is of the place and party that this is about."""
        return (
            item.collected < self.at
            and self.session in {"", item.session}
            and (not self.zone or item.zone in {"", self.zone})
            and (not self.vendor or item.vendor in {"", self.vendor})
        )


@dataclass(frozen=True, slots=True)
class Session:
    """One session that is over. ``ended`` is when it counts."""

    id: str
    zone: str
    vendor: str
    ended: datetime
    facets: frozenset[Facet] = frozenset()


@dataclass(frozen=True, slots=True)
class Deviation:
    """An approved exception: what the plant tolerates instead of a control. Half-open: over at ``until``."""

    exception: str
    controls: frozenset[str]
    start: datetime
    until: datetime
    owner: str
    reason: str
    compensating: str
    zones: frozenset[str] | None = None
    """None: everywhere."""
    vendor: str = ""

    def holds(self, at: datetime) -> bool:
        """Whether it is in date at ``at``."""
        return self.start <= at < self.until


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that was collected. In the order of the ledger."""

    items: tuple[Item, ...] = ()
    sessions: tuple[Session, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    deviations: tuple[Deviation, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """What a status is about: one zone or all, one vendor or all."""

    zone: str = ""
    vendor: str = ""

    def holds(self, zone: str, vendor: str) -> bool:
        """Whether something of this zone and vendor counts here; what is of all of them does everywhere."""
        return (not self.zone or zone in {"", self.zone}) and (not self.vendor or vendor in {"", self.vendor})

    def meets(self, one: Deviation) -> bool:
        """Whether a deviation touches what this is about."""
        zone = not self.zone or one.zones is None or self.zone in one.zones
        return zone and (not self.vendor or one.vendor in {"", self.vendor})


def expires(baseline: Baseline, item: Item) -> datetime | None:
    """When ``item`` is out of date for the first of its controls; None where it counts for its session alone."""
    periods = [baseline.controls[name].refresh for name in item.controls]
    ends = [one.after(item.collected) for one in periods if one is not None]
    return min([*ends, *([item.until] if item.until is not None else [])], default=None)


def of_baseline(baseline: Baseline, items: Iterable[Item]) -> tuple[Item, ...]:
    """``items``, once each names exactly controls and a kind that the baseline has; ValueError for another."""
    found = tuple(items)
    for one in found:
        if one.kind not in baseline.kinds:
            raise ValueError(
                f"evidence {one.id!r} is of the kind {one.kind!r}, which the baseline does not have"
            )
        if stray := sorted(set(one.controls) - set(baseline.controls)):
            raise ValueError(f"evidence {one.id!r} serves {stray[0]!r}, which is no control")
    return found
