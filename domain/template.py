"""A standing template: what the holders of a right have agreed to beforehand, within bounds, until a date.

It opens nothing by itself. A permit that lies wholly inside one needs no decision anew by those who signed it; it
needs one person on shift to confirm it, over its very bytes, each time.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from domain.access import Action, Grant
from domain.attestation import Statement
from domain.canonical import (
    Json,
    canonical,
    instant_of,
    instant_text,
    number_of,
    object_of,
    text_of,
    texts_of,
)
from domain.errors import PenstockError
from domain.ids import AssetId, ConduitId, PersonId, VendorId, is_token, is_word
from domain.permit import LONGEST_TEXT, Permit, check_limits
from domain.plant import OperatingState
from domain.recurrence import Hours
from domain.rights import DecisionRight
from domain.window import TimeWindow

SCHEMA = "penstock-template/1"
LONGEST_LIFE = timedelta(days=366)
"""A template is looked at again at least once a year."""
MOST_USES = 1000


@dataclass(frozen=True, slots=True)
class Template:
    """What may be asked for inside it. Its digest is what holders sign, and what a permit names.

    Raises ValueError when a field can't be what it says.
    """

    id: str
    """26 characters of lower-case base 32, as a permit's; by it the watchdog is told that it was ended."""
    title: str
    vendor: VendorId
    persons: frozenset[PersonId]
    """Whoever may ask inside it; empty is anybody of the vendor."""
    assets: frozenset[AssetId]
    conduit: ConduitId
    grants: frozenset[Grant]
    """The passages; a forward with its port names the protocol that the asset speaks there."""
    actions: frozenset[Action]
    states: frozenset[OperatingState]
    longest: timedelta
    """How long the window of one permit may be, in whole seconds."""
    uses: int
    """How many permits may be confirmed under it in any span of ``period``."""
    period: timedelta
    confirm: DecisionRight
    """Whoever may exercise this right there confirms; under ``incident_lead`` the shift beside them."""
    window: TimeWindow
    """In which it counts, in whole seconds; a permit's window lies inside."""
    hours: tuple[Hours, ...] = ()
    """When a permit's window may be, by the clock of the site; none is at any time."""
    limits: frozenset[str] = frozenset()
    """The limits that a permit inside names, exactly these; none is whatever the permit names, if any."""

    def __post_init__(self) -> None:
        words = (self.vendor, self.conduit, *self.persons, *self.assets)
        if not is_token(self.id) or not all(is_word(one) for one in words):
            raise ValueError(
                "a template's id is 26 characters of base 32, and it names things by their charter ids"
            )
        if not self.title.strip() or len(self.title) > LONGEST_TEXT or not self.title.isprintable():
            raise ValueError("a template's title is one printable line")
        if not (self.assets and self.grants and self.actions and self.states):
            raise ValueError("a template without an asset, a passage, an action or a state permits nothing")
        if not 0 < self.uses <= MOST_USES:
            raise ValueError(f"a template is used 1 to {MOST_USES} times in its period")
        check_limits(self.limits)
        spans = (self.longest, self.period)
        if any(one <= timedelta() or one.microseconds for one in spans):
            raise ValueError("a template's spans are in whole seconds, and longer than nothing")
        if self.window.start.microsecond or self.window.end.microsecond or self.window.length > LONGEST_LIFE:
            raise ValueError(f"a template counts for {LONGEST_LIFE.days} days at most, in whole seconds")

    def document(self) -> Json:
        """The template as JSON; every list sorted, so that one template has one form. No limits are left out."""
        unusual: dict[str, Json] = {"limits": sorted(self.limits)} if self.limits else {}
        return unusual | {
            "schema": SCHEMA,
            "id": self.id,
            "title": self.title,
            "vendor": self.vendor,
            "persons": sorted(self.persons),
            "assets": sorted(self.assets),
            "conduit": self.conduit,
            "grants": sorted(str(one) for one in self.grants),
            "actions": sorted(self.actions),
            "states": sorted(self.states),
            "longest_s": int(self.longest.total_seconds()),
            "uses": self.uses,
            "period_s": int(self.period.total_seconds()),
            "confirm": str(self.confirm),
            "window": {"start": instant_text(self.window.start), "end": instant_text(self.window.end)},
            "hours": [hours_document(one) for one in self.hours],
        }

    def canonical(self) -> bytes:
        """The bytes whose digest is signed (RFC 8785)."""
        return canonical(self.document())

    def digest(self) -> str:
        """SHA-256 of the canonical bytes, in hex."""
        return hashlib.sha256(self.canonical()).hexdigest()

    def beyond(self, permit: Permit) -> tuple[str, ...]:
        """The parameters of ``permit`` that lie outside, in a word each; hours are not looked at here.

        ``template`` when it does not name this one. Inside nothing is left out.
        """
        outside = {
            "template": permit.template != self.digest(),
            "vendor": permit.vendor != self.vendor,
            "person": bool(self.persons) and permit.person not in self.persons,
            "asset": permit.asset not in self.assets,
            "conduit": permit.conduit != self.conduit,
            "passage": not permit.grants <= self.grants,
            "action": not permit.actions <= self.actions,
            "state": not permit.states <= self.states,
            "limits": bool(self.limits) and permit.limits != self.limits,
            "length": permit.window.length > self.longest,
            "expiry": not self.window.covers(permit.window),
        }
        return tuple(name for name, out in outside.items() if out)

    @staticmethod
    def of(document: Json) -> "Template":
        """The template that ``document()`` wrote; PenstockError for anything else."""
        try:
            found = _template(document)
        except (KeyError, TypeError, ValueError) as error:
            raise PenstockError(f"This is not a template: {error}.") from error
        if found.document() != document:
            raise PenstockError("This template holds more than a template does, or holds it in another form.")
        return found


def subject_of(right: DecisionRight, digest: str) -> str:
    """The subject of who signs the template of ``digest`` under ``right``."""
    return f"template:{right}@{digest}"


def is_about_template(subject: str) -> bool:
    """Whether a statement of this subject signs a template."""
    return subject.startswith("template:")


def signed_by(digest: str, statements: Iterable[Statement]) -> tuple[tuple[DecisionRight, PersonId], ...]:
    """Under which rights who signed the template of ``digest``, each once."""
    subjects = {subject_of(right, digest): right for right in DecisionRight}
    found = [(subjects[one.subject], one.person) for one in statements if one.subject in subjects]
    return tuple(dict.fromkeys(found))


def hours_document(hours: Hours) -> Json:
    """One recurring span as JSON."""
    return {
        "recurs": hours.recurs,
        "at": f"{hours.at:%H:%M:%S}",
        "for_s": int(hours.length.total_seconds()),
        "since": hours.since.isoformat(),
    }


def _template(document: Json) -> Template:
    fields = object_of(document)
    if fields["schema"] != SCHEMA:
        raise ValueError(f"its schema is not {SCHEMA}")
    window = object_of(fields["window"])
    hours = fields["hours"]
    if isinstance(hours, str) or not isinstance(hours, Sequence):
        raise TypeError("its hours are no list")
    return Template(
        id=text_of(fields["id"]),
        title=text_of(fields["title"]),
        vendor=VendorId(text_of(fields["vendor"])),
        persons=frozenset(PersonId(one) for one in texts_of(fields["persons"])),
        assets=frozenset(AssetId(one) for one in texts_of(fields["assets"])),
        conduit=ConduitId(text_of(fields["conduit"])),
        grants=frozenset(Grant.of(one) for one in texts_of(fields["grants"])),
        actions=frozenset(Action(one) for one in texts_of(fields["actions"])),
        states=frozenset(OperatingState(one) for one in texts_of(fields["states"])),
        longest=timedelta(seconds=number_of(fields["longest_s"])),
        uses=number_of(fields["uses"]),
        period=timedelta(seconds=number_of(fields["period_s"])),
        confirm=DecisionRight(text_of(fields["confirm"])),
        window=TimeWindow(instant_of(text_of(window["start"])), instant_of(text_of(window["end"]))),
        hours=tuple(_hours(object_of(one)) for one in hours),
        limits=frozenset(texts_of(fields.get("limits", ()))),
    )


def _hours(fields: Mapping[str, Json]) -> Hours:
    return Hours(
        text_of(fields["recurs"]),
        time.fromisoformat(text_of(fields["at"])),
        timedelta(seconds=number_of(fields["for_s"])),
        date.fromisoformat(text_of(fields["since"])),
    )
