"""Long work goes on for a moment at each look, and shows how far it is."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from broker.console.charter.weighing import AT_ONCE_S, MOST, Works
from domain.canonical import Json
from policies.charter.impact import Weighing
from tests.clock import FrozenClock
from tests.policies.plant import NOW, charter

SIZE = 5 * Weighing.EVENTS_AT_ONCE


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


def slow(clock: FrozenClock, size: int = SIZE) -> Iterator[tuple[int, dict[str, Json]]]:
    """A ledger so slow that each bundle takes a whole look."""
    for index in range(size):
        if index % Weighing.EVENTS_AT_ONCE == 0:
            clock.advance(timedelta(seconds=AT_ONCE_S))
        yield index, {"event": "SessionOpened"}


def begin(clock: FrozenClock, begun: list[Weighing]) -> object:
    async def make() -> Weighing:
        begun.append(Weighing(charter(), charter(), slow(clock), SIZE, (), NOW))
        return begun[-1]

    return make


async def test_each_look_goes_on_where_the_last_one_stopped(clock: FrozenClock) -> None:
    """S-46: a ledger of years is read while its reader sees how far it is."""
    works, begun = Works(clock), []
    shares = []
    while not begun or begun[-1].impact is None:
        weighing = await works.look(("petra", "a"), begin(clock, begun))  # type: ignore[arg-type]
        shares.append(weighing.share)
    assert len(begun) == 1
    assert shares == sorted(shares)
    assert len(shares) > 2
    assert (shares[0] > 0, shares[-1]) == (True, 1.0)
    assert weighing.impact is not None
    assert weighing.impact.flips == ()


async def test_what_is_done_is_begun_anew_at_the_next_look(clock: FrozenClock) -> None:
    works, begun = Works(clock), []
    for _ in range(20):
        await works.look(("petra", "a"), begin(clock, begun))  # type: ignore[arg-type]
    assert len(begun) > 1


async def test_too_many_at_once_give_way(clock: FrozenClock) -> None:
    works, begun = Works(clock), []
    for name in range(MOST + 1):
        await works.look((str(name), "a"), begin(clock, begun))  # type: ignore[arg-type]
    await works.look(("0", "a"), begin(clock, begun))  # type: ignore[arg-type]
    assert len(begun) == MOST + 2
    await works.look((str(MOST), "a"), begin(clock, begun))  # type: ignore[arg-type]
    assert len(begun) == MOST + 2
