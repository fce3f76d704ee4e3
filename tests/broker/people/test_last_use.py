"""When people last came in: counted from the ledger alone, and unknown until it could be read once."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from broker.people.last_use import STEP, LastUses
from domain.canonical import Json, instant_text
from domain.errors import EvidenceError
from recorder.ledger.reader import Kept
from tests.clock import FrozenClock


@dataclass(slots=True)
class Leaves:
    """A ledger for reading. ``looked`` is how many leaves were looked at."""

    held: list[dict[str, Json]] = field(default_factory=list)
    gone: bool = False
    looked: int = 0

    @property
    def size(self) -> int:
        if self.gone:
            raise EvidenceError("no ledger")
        return len(self.held)

    def events(self, start: int = 0, stop: int | None = None) -> Iterator[Kept]:
        for index in range(start, len(self.held) if stop is None else stop):
            self.looked += 1
            event = self.held[index]
            yield Kept(index, {} if "fault" in event else event, "changed" if "fault" in event else "")

    def add(self, kind: str, at: datetime, person: str = "ana") -> None:
        self.held.append({"event": kind, "at": instant_text(at), "person": person})


DAY = timedelta(days=1)


def test_sessions_and_requests_count_and_signing_in_does_not(clock: FrozenClock) -> None:
    """A05: somebody who is idle can still sign in; it must not make them busy."""
    leaves = Leaves()
    opened = clock.now() - 10 * DAY
    leaves.add("LedgerOpened", opened)
    leaves.add("SessionOpened", clock.now() - 5 * DAY)
    leaves.add("PermitRequested", clock.now() - 4 * DAY, "ben")
    leaves.add("SignedIn", clock.now() - DAY)
    uses = LastUses(leaves, clock)
    uses.read()
    use = uses.now()
    assert use is not None
    assert use.opened == opened
    assert use.seen == {"ana": clock.now() - 5 * DAY, "ben": clock.now() - 4 * DAY}


def test_it_reads_on_where_it_left_off(clock: FrozenClock) -> None:
    leaves = Leaves()
    leaves.add("LedgerOpened", clock.now())
    uses = LastUses(leaves, clock)
    uses.read()
    leaves.add("SessionOpened", clock.now())
    before = leaves.looked
    uses.read()
    use = uses.now()
    assert use is not None
    assert use.seen == {"ana": clock.now()}
    assert leaves.looked == before + 1


def test_of_a_long_ledger_only_the_last_thirty_days_are_read(clock: FrozenClock) -> None:
    leaves = Leaves()
    for _ in range(5 * STEP):
        leaves.add("SessionHeartbeat", clock.now() - 300 * DAY)
    leaves.add("SessionOpened", clock.now() - DAY)
    uses = LastUses(leaves, clock)
    uses.read()
    use = uses.now()
    assert use is not None
    assert use.seen == {"ana": clock.now() - DAY}
    assert leaves.looked <= STEP + 3


async def test_a_ledger_that_can_not_be_read_leaves_it_unknown(clock: FrozenClock) -> None:
    leaves = Leaves(gone=True)
    uses = LastUses(leaves, clock)
    await uses.refresh()
    assert uses.now() is None
    with pytest.raises(EvidenceError):
        uses.read()


async def test_what_was_read_once_stays_when_the_ledger_goes(clock: FrozenClock) -> None:
    leaves = Leaves()
    leaves.add("LedgerOpened", clock.now())
    uses = LastUses(leaves, clock)
    await uses.refresh()
    leaves.gone = True
    await uses.refresh()
    assert uses.now() is not None


def test_a_leaf_that_was_changed_makes_nobody_busy(clock: FrozenClock) -> None:
    leaves = Leaves()
    leaves.add("LedgerOpened", clock.now())
    leaves.held.append(
        {"event": "SessionOpened", "at": instant_text(clock.now()), "person": "ana", "fault": "x"}
    )
    uses = LastUses(leaves, clock)
    uses.read()
    use = uses.now()
    assert use is not None
    assert use.seen == {}


def test_an_empty_ledger_tells_nothing_yet(clock: FrozenClock) -> None:
    uses = LastUses(Leaves(), clock)
    uses.read()
    assert uses.now() is None
