"""How often the plant said no, to which vendor, by which holder or rule, and why last (requirement B15).

A no is evidence like a yes: who refuses everything, and whom everybody refuses, is to be seen. Pure: events in
the order of the ledger, an instant, counts out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.canonical import Json, instant_of, text_in
from domain.ids import PersonId
from policies.charter.charter import Charter

LOOK_BACK = timedelta(days=90)

CLOCK = "clock"
"""Who refused what an arbiter left undecided."""

Event = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Denied:
    """How often, by or to whom; and the last reason, in the words of whoever said no."""

    who: str
    times: int
    last: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Denials:
    """The noes between two instants, the most frequent first."""

    since: datetime
    until: datetime
    by_holder: tuple[Denied, ...]
    """Who decided; ``clock`` for an arbiter's silence."""
    by_rule: tuple[Denied, ...]
    """The code under which a wish was refused before anybody was asked."""
    by_vendor: tuple[Denied, ...]
    """To whose people, by holders and rules alike; ``unknown`` where the charter knows the person no longer."""

    @property
    def total(self) -> int:
        """All of them, each once."""
        return sum(one.times for one in (*self.by_holder, *self.by_rule))


@dataclass
class _Count:
    found: dict[str, Denied] = field(default_factory=dict)

    def add(self, who: str, at: datetime, reason: str) -> None:
        times = self.found[who].times if who in self.found else 0
        self.found[who] = Denied(who, times + 1, at, reason)

    def sorted(self) -> tuple[Denied, ...]:
        return tuple(sorted(self.found.values(), key=lambda one: (-one.times, one.who)))


def denials(
    charter: Charter, events: Iterable[Event], at: datetime, look_back: timedelta = LOOK_BACK
) -> Denials:
    """Every no of the last ``look_back`` before ``at``. A leaf that can't be read counts for nobody."""
    since = at - look_back
    asked: dict[str, str] = {}
    holders, rules, vendors = _Count(), _Count(), _Count()
    for one in events:
        name = one.get("event")
        if name == "PermitRequested":
            asked[text_in(one, "permit")] = text_in(one, "person")
            continue
        refused = name == "PermitChanged" and one.get("after") == "refused"
        if not refused and name != "RequestRefused":
            continue
        when = _at(one)
        if when is None or not since <= when <= at:
            continue
        person = asked.get(text_in(one, "permit"), "") if refused else text_in(one, "person")
        reason = text_in(one, "reason" if refused else "sentence")
        (holders if refused else rules).add(text_in(one, "by" if refused else "code"), when, reason)
        vendors.add(_vendor(charter, person), when, reason)
    return Denials(since, at, holders.sorted(), rules.sorted(), vendors.sorted())


def _vendor(charter: Charter, person: str) -> str:
    known = charter.people.get(PersonId(person))
    return (known.vendor if known else None) or "unknown"


def _at(event: Event) -> datetime | None:
    try:
        return instant_of(text_in(event, "at"))
    except ValueError:
        return None
