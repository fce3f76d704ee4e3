import asyncio

import pytest
from sqlalchemy import event as listening
from sqlalchemy.ext.asyncio import AsyncEngine

from approvals.lifecycle import PermitEvent
from approvals.register import Register
from approvals.work import CLOCK, NOT_COMMITTED, Desk
from domain.errors import DecisionError, EvidenceError, PenstockError
from domain.events import ApprovalRejected, Event, PermitChanged, PermitRequested
from domain.permit import PermitState
from tests.approvals.desk import BEA, ListLedger, permit, token
from tests.clock import FrozenClock

WISH = permit()


@pytest.fixture
def ledger() -> ListLedger:
    return ListLedger()


@pytest.fixture
def desk(plant: AsyncEngine, ledger: ListLedger, clock: FrozenClock) -> Desk:
    return Desk(plant, ledger, clock)


async def test_the_leaf_is_kept_before_anybody_can_see_the_change(
    plant: AsyncEngine, clock: FrozenClock
) -> None:
    register = Register(plant)
    seen: list[object] = []

    class Watching(ListLedger):
        async def append(self, event: Event) -> int:
            seen.append(await register.filed(WISH.id))
            return await super().append(event)

    async with Desk(plant, Watching(), clock).work() as work:
        await work.file(WISH, "console")
    assert seen == [None]
    assert await register.filed(WISH.id) is not None


async def test_a_commit_that_fails_is_corrected_in_the_ledger(
    desk: Desk, plant: AsyncEngine, ledger: ListLedger
) -> None:
    def fail(_connection: object) -> None:
        raise ConnectionError("the database went away")

    listening.listen(plant.sync_engine, "commit", fail)
    with pytest.raises(PenstockError, match="can't be used just now"):
        async with desk.work() as work:
            filed = await work.file(WISH, "console")
            await work.move(filed, PermitEvent.REFUSE, BEA, "No.")
    listening.remove(plant.sync_engine, "commit", fail)
    told = ledger.events
    assert [type(one) for one in told] == [PermitRequested, PermitChanged, PermitChanged, PermitChanged]
    # What was told last is taken back first.
    assert [(one.before, one.after) for one in told[1:]] == [
        ("requested", "refused"),
        ("refused", "requested"),
        ("requested", "withdrawn"),
    ]
    assert {(one.by, one.reason) for one in told[2:]} == {(CLOCK, NOT_COMMITTED)}
    async with desk.work() as work:
        assert await work.store.load(WISH.id) is None


async def test_a_leaf_that_can_not_be_kept_leaves_nothing_behind(desk: Desk, ledger: ListLedger) -> None:
    ledger.failing = True
    with pytest.raises(EvidenceError):
        async with desk.work() as work:
            await work.file(WISH, "console")
    ledger.failing = False
    async with desk.work() as work:
        assert await work.store.load(WISH.id) is None
    assert ledger.events == []


async def test_a_correction_that_can_not_be_kept_either_hides_no_error(
    desk: Desk, ledger: ListLedger
) -> None:
    with pytest.raises(KeyError):
        async with desk.work() as work:
            await work.file(WISH, "console")
            ledger.failing = True
            raise KeyError("a bug")


async def test_an_attempt_that_does_not_count_leaves_a_leaf_and_one_that_does_none(
    desk: Desk, ledger: ListLedger, clock: FrozenClock
) -> None:
    with pytest.raises(DecisionError):
        async with desk.attempt(token(0), BEA) as work:
            await work.filed(token(0))
    assert ledger.events == [
        ApprovalRejected(
            at=clock.now(),
            permit=token(0),
            person=BEA,
            code="no_such_permit",
            sentence=f"No permit {token(0)} is filed.",
        )
    ]
    async with desk.attempt(WISH.id, BEA) as work:
        await work.file(WISH, "console")
    assert len(ledger.of(ApprovalRejected)) == 1


async def test_who_holds_a_permit_for_deciding_holds_it_alone(desk: Desk) -> None:
    async with desk.work() as work:
        await work.file(WISH, "console")
    order: list[str] = []
    holding = asyncio.Event()

    async def first() -> None:
        async with desk.work() as work:
            filed = await work.undecided(WISH.id)
            holding.set()
            await asyncio.sleep(0.05)
            order.append("first")
            await work.move(filed, PermitEvent.REFUSE, BEA, "No.")

    async def second() -> None:
        await holding.wait()
        async with desk.work() as work:
            filed = await work.filed(WISH.id)
            order.append("second")
            assert filed.state is PermitState.REFUSED

    await asyncio.gather(first(), second())
    assert order == ["first", "second"]
