from datetime import timedelta
from pathlib import Path

from broker.watchdog.interlocks import Interlocks, apply
from broker.watchdog.journal import Journal
from broker.watchdog.overrides import Override, Why
from broker.watchdog.reverting import Reverting
from domain.ids import PersonId
from tests.broker.running import Leaves
from tests.clock import FrozenClock

HOUR = timedelta(hours=1)


def begun(clock: FrozenClock) -> Interlocks:
    now = clock.now()
    return apply(
        Interlocks(), Override("zone:cell-1", PersonId("petra"), "crane", now + HOUR, None, None, 7, now)
    )


def test_d12_a_wall_clock_that_is_set_forward_brings_nothing_back_early() -> None:
    """D12: by the machine's own clock the whole time passes; after a restart the wall's is all there is."""
    clock = FrozenClock()
    held, here = begun(clock), Reverting(clock)
    assert list(here.due(held)) == []
    clock.step(2 * HOUR)
    assert list(here.due(held)) == []
    clock.advance(HOUR - timedelta(seconds=1))
    assert list(here.due(held)) == []
    clock.advance(timedelta(seconds=1))
    ((revert, leaf),) = here.due(held)
    assert (revert.id, revert.why, leaf.scope, leaf.by) == ("1", Why.TIME, "zone:cell-1", "petra")
    started_again = FrozenClock(clock.now())
    assert len(list(Reverting(started_again).due(held))) == 1


async def test_that_it_is_over_is_told_once(tmp_path: Path) -> None:
    clock, leaves = FrozenClock(), Leaves()
    held, here = begun(clock), Reverting(clock)
    clock.advance(HOUR)
    journal = Journal(tmp_path / "journal")
    assert [one.id for one in here.told(held, journal)] == ["1"]
    assert [one.id for one in here.told(held, journal)] == ["1"], (
        "it could not be written, say, and is tried again"
    )
    await journal.drain(leaves.append)
    assert len(leaves.events) == 1


def test_what_can_not_be_told_stays_shut(tmp_path: Path) -> None:
    """SECURITY: evidence before effect."""
    clock = FrozenClock()
    held, here = begun(clock), Reverting(clock)
    clock.advance(HOUR)
    assert here.told(held, Journal(tmp_path / "no folder" / "journal")) == ()
