"""What the registers, the node itself and documents are evidence of: everything that no session gives.

The charter is evidence as of the leaf that put it in force: signed, and read by machine. What nothing collects
(``EV-DEV``, ``EV-CRD`` …) has no item here, and its controls say that it is missing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from domain.canonical import instant_of, texts_in
from domain.parties import Person
from policies.assurance.baseline import EXCEPTION, Baseline
from policies.assurance.collection import Collection, Leaf
from policies.assurance.evidence import Item
from policies.assurance.periods import period
from policies.charter.charter import Charter

OF_EACH_ZONE = ("EV-DRS", "EV-ZCM", "EV-AST")
"""What a charter in force says of every zone."""


def register_items(
    baseline: Baseline, charter: Charter, collection: Collection, at: datetime
) -> Iterator[Item]:
    """Every item that stands at ``at``, the charter's first."""
    made = _Made(baseline)
    if (leaf := in_force_by(charter, collection.said)) is not None:
        yield from _of_charter(made, charter, leaf, at)
    for one in collection.newest.values():
        if (kind := _NEWEST.get(one.name)) is not None:
            item = made.item(kind, one, "console", subject="register")
            ends = one.text("until") if one.name == "HeadStamped" else ""
            yield replace(item, until=instant_of(ends)) if ends else item
    for one in collection.said:
        if one.name == "LeavingNoticed":
            prompt = instant_of(one.text("until")) <= one.at
            yield made.item("EV-OFF", one, "watchdog", subject=one.text("person"), verified=prompt)
        elif one.name == "EvidenceCollected" and one.text("kind") in baseline.kinds:
            yield _collected(made, one)
    for one in documents(collection.said).values():
        if one.text("kind") in baseline.kinds:
            yield _document(made, one)


_NEWEST: Mapping[str, str] = {
    "HeadStamped": "EV-TSA",
    "EvidenceHandled": "EV-COC",
    "EvidenceViewed": "EV-COC",
    "RightAttested": "EV-GOV",
    "NoticeSent": "EV-ALR",
    "Escalated": "EV-ALR",
}


def in_force_by(charter: Charter, said: Sequence[Leaf]) -> Leaf | None:
    """The leaf that put this charter in force: its application, or the first load of the present row of loads."""
    digest = charter.digest.hex()
    found: Leaf | None = None
    for one in reversed(said):
        if one.name == "CharterApplied" and one.text("digest") == digest:
            return one
        if one.name == "CharterLoaded":
            if one.text("digest") != digest:
                return found
            found = one
    return found


def documents(said: Sequence[Leaf]) -> Mapping[str, Leaf]:
    """The documents that stand, by their names: the last that was taken, unless it was ended since."""
    found: dict[str, Leaf] = {}
    for one in said:
        if one.name == "DocumentTaken":
            found[one.text("name")] = one
        elif one.name == "DocumentEnded":
            found.pop(one.text("name"), None)
    return found


class _Made:
    """Makes items that are of no session."""

    def __init__(self, baseline: Baseline) -> None:
        self._baseline = baseline

    def item(
        self,
        kind: str,
        leaf: Leaf,
        collector: str,
        *,
        subject: str,
        zone: str = "",
        vendor: str = "",
        verified: bool = True,
        note: str = "",
    ) -> Item:
        return Item(
            id=f"{kind}/{leaf.index}/{subject}",
            kind=kind,
            controls=self._baseline.serves(kind),
            source=f"leaf {leaf.index} ({leaf.name})",
            collector=collector,
            collected=leaf.at,
            digest=leaf.digest,
            leaf=leaf.index,
            subject=subject,
            zone=zone,
            vendor=vendor,
            verified=verified,
            note=note,
        )


def _of_charter(made: _Made, charter: Charter, leaf: Leaf, at: datetime) -> Iterator[Item]:
    for zone in charter.zones:
        for kind in OF_EACH_ZONE:
            yield made.item(kind, leaf, "charter", subject=zone, zone=zone)
    yield made.item("EV-GOV", leaf, "charter", subject="register")
    yield made.item(EXCEPTION, leaf, "charter", subject="register")
    for person in charter.people.values():
        if person.vendor is not None and person.admitted is not None and person.admitted.contains(at):
            yield _person(made, person, leaf)


def _person(made: _Made, person: Person, leaf: Leaf) -> Item:
    """Proofed, checked and trained: what the register says of an outside person, until the first of it ends."""
    ends = [] if person.checked is None else [person.checked.end]
    ends += [
        max(one.window.end for one in person.trainings if one.name == name)
        for name in {one.name for one in person.trainings}
    ]
    lacks = "nobody made sure of their identity" if person.proofed is None else ""
    item = made.item(
        "EV-IDP",
        leaf,
        "charter",
        subject=person.id,
        vendor=person.vendor or "",
        verified=not lacks,
        note=lacks,
    )
    return replace(item, until=min(ends, default=None))


def _collected(made: _Made, leaf: Leaf) -> Item:
    sound = leaf.event.get("sound") is True
    note = "" if sound else "; ".join(texts_in(leaf.event, "facts"))[:200]
    item = made.item(
        leaf.text("kind"),
        leaf,
        leaf.text("by") or "node",
        subject=leaf.text("subject"),
        verified=sound,
        note=note,
    )
    return replace(item, digest=leaf.text("digest"))


def _document(made: _Made, leaf: Leaf) -> Item:
    """A document, as of when what it says was so; its own cycle and triggers besides its controls'."""
    item = made.item(
        leaf.text("kind"),
        leaf,
        leaf.text("by") or "node",
        subject=leaf.text("name"),
        zone=leaf.text("zone"),
        vendor=leaf.text("vendor"),
    )
    since = instant_of(leaf.text("made"))
    return replace(
        item,
        collected=since,
        source=f"document {leaf.text('digest')}, leaf {leaf.index}",
        digest=leaf.text("digest"),
        until=period(leaf.text("every")).after(since),
        triggers=frozenset(texts_in(leaf.event, "triggers")),
        examined=True,
        note=leaf.text("title"),
    )
