"""Everything together: the evidence that stands at an instant, as the status algorithm takes it."""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from domain.canonical import instant_of
from policies.assurance.baseline import Baseline
from policies.assurance.collection import Collection, Leaf
from policies.assurance.evidence import Evidence, Item, of_baseline
from policies.assurance.happenings import deviations, triggers
from policies.assurance.register_items import register_items
from policies.assurance.session_items import session_items, sessions_of
from policies.charter.charter import Charter

ALTERED = "the document is gone or is not what was taken in"


@dataclass(frozen=True, slots=True)
class Equivalence:
    """A decision that evidence of one zone counts in another. Half-open: over at ``until`` (S-18, J18)."""

    name: str
    kind: str
    from_zone: str
    to_zone: str
    owner: str
    since: datetime
    until: datetime
    reason: str
    leaf: int

    def holds(self, at: datetime) -> bool:
        """Whether it counts at ``at``."""
        return self.since <= at < self.until


def gathered(
    baseline: Baseline,
    charter: Charter,
    collection: Collection,
    at: datetime,
    altered: Container[str] = frozenset(),
) -> Evidence:
    """The evidence at ``at``. Every item in it names its controls, its source and its leaf.

    ``altered`` are the digests of documents that are gone, or are no longer what was taken in.
    """
    own = tuple(
        replace(one, verified=False, note=ALTERED) if one.examined and one.digest in altered else one
        for one in (
            *session_items(baseline, charter, collection),
            *register_items(baseline, charter, collection, at),
        )
    )
    lent = lent_by(own, [one for one in equivalences(collection.said) if one.holds(at)])
    return Evidence(
        items=of_baseline(baseline, (*own, *lent)),
        sessions=tuple(sessions_of(charter, collection)),
        triggers=triggers(charter, collection.said, at),
        deviations=deviations(charter),
    )


def equivalences(said: Sequence[Leaf]) -> tuple[Equivalence, ...]:
    """The decisions that stand, the last of each name; also those that are over."""
    found: dict[str, Equivalence] = {}
    for one in said:
        if one.name == "EquivalenceDecided":
            found[one.text("name")] = Equivalence(
                name=one.text("name"),
                kind=one.text("kind"),
                from_zone=one.text("from_zone"),
                to_zone=one.text("to_zone"),
                owner=one.text("owner"),
                since=one.at,
                until=instant_of(one.text("until")),
                reason=one.text("reason"),
                leaf=one.index,
            )
    return tuple(found.values())


def lent_by(items: Sequence[Item], decided: Sequence[Equivalence]) -> Iterator[Item]:
    """What counts in a second zone too: the same item, by the same id, until the decision is over."""
    for one in decided:
        for item in items:
            if (item.kind, item.zone) == (one.kind, one.from_zone) and not item.session:
                until = one.until if item.until is None else min(item.until, one.until)
                note = f"{item.note}; " if item.note else ""
                yield replace(
                    item,
                    zone=one.to_zone,
                    subject=one.to_zone if item.subject == item.zone else item.subject,
                    until=until,
                    note=f"{note}accepted from {one.from_zone} by {one.owner} (leaf {one.leaf})",
                )
