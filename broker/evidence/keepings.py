"""What the ledger says of holds and of evidence that was to go: the fold of its own leaves, and of nothing else."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from domain.canonical import Json, text_in
from domain.errors import ProofError
from domain.keeping import Deed, KeepingStatement, SignedKeeping
from policies.retention import Hold
from recorder.ledger.reader import LogReader

ASK_LASTS = timedelta(days=30)
"""So long a second person may sign; then it is asked anew."""

SET, ASKED, AGREED, ERASED = "HoldSet", "KeepingAsked", "KeepingAgreed", "EvidenceErased"
PRUNED = "LedgerPruned"
NAMES = (SET, ASKED, AGREED, ERASED, PRUNED)
MOST_LEAVES = 1_000_000


@dataclass(frozen=True, slots=True)
class Ask:
    """What a first person signed, and the second where there is one. ``digest`` is the first statement's, in hex."""

    digest: str
    first: SignedKeeping
    second: SignedKeeping | None = None

    @property
    def wish(self) -> KeepingStatement:
        """What is asked for."""
        return self.first.statement

    def over(self, now: datetime) -> bool:
        """Whether nobody may sign it any more."""
        return now >= self.wish.at + ASK_LASTS


@dataclass(frozen=True, slots=True)
class Kept:
    """How things stand."""

    holds: Mapping[str, Hold] = field(default_factory=dict)
    """In force, by their id."""
    asks: Mapping[str, Ask] = field(default_factory=dict)
    """Every ask, by its digest; those with a second signature too."""
    done: frozenset[str] = frozenset()
    """Asks whose tombstone stands."""
    erased: Mapping[str, frozenset[Deed]] = field(default_factory=dict)
    """Sessions of which something went, by their ids, and what."""

    def waiting(self, now: datetime) -> tuple[Ask, ...]:
        """What waits for a second person, oldest first."""
        return tuple(one for one in self.asks.values() if one.second is None and not one.over(now))

    def unfinished(self) -> tuple[Ask, ...]:
        """What two persons signed, and no tombstone tells of."""
        return tuple(
            one
            for one in self.asks.values()
            if one.second is not None and one.wish.deed is not Deed.LIFT and one.digest not in self.done
        )


def kept_in(log: LogReader) -> Kept:
    """How things stand by this log. Not for the event loop: it reads all of it."""
    return kept_by(kept.event for kept in log.find(event=NAMES, newest_first=False, limit=MOST_LEAVES))


def kept_by(events: Iterable[Mapping[str, Json]]) -> Kept:
    """How things stand after these events, in their order. A leaf whose text can't be read changes nothing."""
    kept = Kept()
    for event in events:
        try:
            kept = _after(kept, event)
        except (ProofError, ValueError):
            continue
    return kept


def _after(kept: Kept, event: Mapping[str, Json]) -> Kept:
    match event.get("event"):
        case "HoldSet":
            signed = SignedKeeping.of_text(text_in(event, "signed"))
            said, id_ = signed.statement, signed.statement.digest().hex()
            hold = Hold(id_, said.subject, said.by, said.at, said.reason)
            return replace(kept, holds={**kept.holds, id_: hold})
        case "KeepingAsked":
            signed = SignedKeeping.of_text(text_in(event, "signed"))
            ask = Ask(signed.statement.digest().hex(), signed)
            return replace(kept, asks={**kept.asks, ask.digest: ask})
        case "KeepingAgreed":
            signed = SignedKeeping.of_text(text_in(event, "signed"))
            first = kept.asks.get(signed.statement.answers)
            if first is None or first.second is not None:
                return kept
            asks = {**kept.asks, first.digest: replace(first, second=signed)}
            name = signed.statement.name if signed.statement.deed is Deed.LIFT else ""
            holds = {id_: one for id_, one in kept.holds.items() if id_ != name}
            return replace(kept, asks=asks, holds=holds)
        case "EvidenceErased" | "LedgerPruned" as name:
            gone = dict(kept.erased)
            if name == ERASED:
                session, deed = text_in(event, "session"), Deed(text_in(event, "deed"))
                gone[session] = gone.get(session, frozenset()) | {deed}
            return replace(kept, erased=gone, done=kept.done | {text_in(event, "ask")})
        case _:
            return kept
