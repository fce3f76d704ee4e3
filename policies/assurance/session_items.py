"""What the sessions are evidence of: each leaf about a session or its permit, as an item for the controls it serves."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from domain.access import FILES, Action
from domain.canonical import texts_in
from domain.ids import AssetId, PersonId
from domain.plant import Criticality
from domain.rights import DecisionRight
from policies.assurance.baseline import Baseline, Facet
from policies.assurance.collection import Collection, Decided, Leaf, Sitting
from policies.assurance.evidence import Item, Session
from policies.charter.charter import Charter

TWO = 2
HEAVY = frozenset({Action.CONFIGURE, Action.OVERRIDE})
TRANSFERS = frozenset(str(one) for one in FILES)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a session was, and whose it was; empty where the charter does not know its asset or person any more."""

    session: str
    zone: str
    vendor: str


def place_of(charter: Charter, sitting: Sitting) -> Place:
    """Whose session it was, where."""
    asset = charter.assets.get(AssetId(sitting.opened.text("asset")))
    person = charter.people.get(PersonId(sitting.opened.text("person")))
    vendor = person.vendor if person is not None else None
    return Place(sitting.opened.text("session"), asset.zone if asset else "", vendor or "")


def sessions_of(charter: Charter, collection: Collection) -> Iterator[Session]:
    """Every session that is over, in the order in which they began."""
    for sitting in collection.sittings.values():
        if sitting.ended is not None:
            permit = collection.permits.get(sitting.opened.text("permit"), Decided())
            place = place_of(charter, sitting)
            yield Session(
                place.session,
                place.zone,
                place.vendor,
                sitting.ended.at,
                frozenset(_facets(charter, sitting, permit)),
            )


def _facets(charter: Charter, sitting: Sitting, permit: Decided) -> Iterator[Facet]:
    asset = charter.assets.get(AssetId(sitting.opened.text("asset")))
    safety = asset is not None and charter.zones[asset.zone].safety
    asked = set(texts_in(permit.requested.event, "actions")) if permit.requested is not None else set()
    if safety:
        yield Facet.SAFETY
    heavy = asset is not None and asset.criticality is Criticality.HIGH and bool(asked & HEAVY)
    if safety or heavy:
        yield Facet.HIGH_CONSEQUENCE
    if permit.broken is not None:
        yield Facet.BREAK_GLASS
    if any(
        one.name == "PassageOpened" and one.text("passage").partition(":")[0] in TRANSFERS
        for one in sitting.passages
    ):
        yield Facet.TRANSFER


def session_items(baseline: Baseline, charter: Charter, collection: Collection) -> Iterator[Item]:
    """Every item that some session gives, session by session."""
    serves = {kind: baseline.serves(kind) for kind in baseline.kinds}
    for sitting in collection.sittings.values():
        permit = collection.permits.get(sitting.opened.text("permit"), Decided())
        place = place_of(charter, sitting)
        made = _Made(serves, place)
        yield from _asked(made, permit)
        yield from _opened(made, sitting, _state_at(collection, place.zone, sitting.opened))
        yield from _done(made, sitting)
        yield from _after(made, sitting, permit)


def _state_at(collection: Collection, zone: str, opened: Leaf) -> Leaf | None:
    states = collection.states.get(zone, ())
    before = bisect_left(states, opened.index, key=lambda one: one.index)
    return states[before - 1] if before else None


@dataclass(frozen=True, slots=True)
class _Made:
    serves: Mapping[str, tuple[str, ...]]
    """The controls that each kind of evidence serves."""
    place: Place

    def item(
        self,
        kind: str,
        leaf: Leaf,
        collector: str,
        *,
        persons: Iterable[str] = (),
        verified: bool = True,
        note: str = "",
    ) -> Item:
        return Item(
            id=f"{kind}/{leaf.index}/{self.place.session}",
            kind=kind,
            controls=self.serves[kind],
            source=f"leaf {leaf.index} ({leaf.name})",
            collector=collector,
            collected=leaf.at,
            digest=leaf.digest,
            leaf=leaf.index,
            subject=self.place.session,
            session=self.place.session,
            zone=self.place.zone,
            vendor=self.place.vendor,
            persons=frozenset(persons),
            verified=verified,
            note=note,
        )


def _asked(made: _Made, permit: Decided) -> Iterator[Item]:
    if permit.requested is not None:
        door = permit.requested.text("door")
        yield made.item("EV-REQ", permit.requested, door or "gate", persons={permit.requested.text("person")})
    for one in permit.approved:
        by = {one.text("approver")}
        yield made.item("EV-APR", one, "console", persons=by)
        if one.text("right") == DecisionRight.SAFETY:
            yield made.item("EV-SAF", one, "console", persons=by)
    if permit.broken is not None:
        yield made.item("EV-BGL", permit.broken, "console", persons=texts_in(permit.broken.event, "by"))


def _opened(made: _Made, sitting: Sitting, state: Leaf | None) -> Iterator[Item]:
    opened = sitting.opened
    said = bool(opened.text("charter"))
    lacks = "" if said else "the leaf does not name the charter"
    yield made.item("EV-DRS", opened, "gate", verified=said, note=lacks)
    yield made.item("EV-ZCM", opened, "gate", verified=said, note=lacks)
    signed = bool(opened.text("digest") and texts_in(opened.event, "approvals"))
    yield made.item("EV-GRT", opened, "gate", verified=signed, note="" if signed else "no approval is named")
    if sitting.signed_in is not None:
        factors = set(texts_in(sitting.signed_in.event, "factors"))
        both = len(factors) >= TWO
        yield made.item(
            "EV-ATN", sitting.signed_in, "gate", verified=both, note="" if both else "one factor only"
        )
        if sitting.signed_in.text("door") == "ssh":  # the door says it before anybody can sign in
            yield made.item("EV-BAN", sitting.signed_in, "gate")
    if state is not None:
        yield made.item("EV-OPS", state, "watchdog")
    if sitting.watched is not None:
        yield made.item("EV-SUP", sitting.watched, "watchdog", persons={sitting.watched.text("by")})


def _done(made: _Made, sitting: Sitting) -> Iterator[Item]:
    if sitting.passages:
        yield made.item("EV-FLW", sitting.passages[-1], "gate")
    if sitting.ended is None:
        return
    whole = sitting.ended.name == "SessionEnded"
    closed = whole and sitting.ended.event.get("verified") is True
    kept = whole and bool(sitting.ended.text("recording_sha256"))
    cut = "" if kept else "the recording was cut off"
    yield made.item("EV-REC", sitting.ended, "gate", verified=kept, note=cut)
    seen = "" if closed else "the two sides were not both seen closed"
    yield made.item("EV-TRM", sitting.ended, "gate", verified=closed, note=seen)
    yield made.item("EV-TLG", sitting.ended, "signer")


def _after(made: _Made, sitting: Sitting, permit: Decided) -> Iterator[Item]:
    for one in (*permit.reviewed, *sitting.reviewed):
        yield made.item("EV-REV", one, "console", persons={one.text("by")})
    for one in permit.told:
        yield made.item("EV-ALR", one, "console", persons={one.text("to")} - {""})
