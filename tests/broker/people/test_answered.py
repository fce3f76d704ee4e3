import asyncio
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from broker.people import answered as module
from broker.people.answered import AT_WORK, KEPT, Answer, Answered, Claim
from domain.errors import PenstockError
from domain.ids import PersonId
from tests.clock import FrozenClock
from tests.databases import migrated_database, migrated_file, plant, postgres

__all__ = ["migrated_database", "migrated_file", "plant", "postgres"]

ANA, BEN = PersonId("ana"), PersonId("ben")
YES = Answer(201, {"content-type": "application/json"}, b'{"id":"x"}')


async def test_the_same_question_has_the_same_answer_for_a_day(
    plant: AsyncEngine, clock: FrozenClock
) -> None:
    answered = Answered(plant, clock)
    assert await answered.claim(ANA, "k", b"ask") is Claim.MINE
    await answered.keep(ANA, "k", YES)
    assert await answered.claim(ANA, "k", b"ask") == YES
    assert await answered.claim(ANA, "k", b"ask another") is Claim.OTHER
    assert await answered.claim(BEN, "k", b"ask") is Claim.MINE
    clock.advance(KEPT - timedelta(seconds=1))
    assert await Answered(plant, clock).claim(ANA, "k", b"ask") == YES
    clock.advance(timedelta(seconds=1))
    assert await answered.claim(ANA, "k", b"ask") is Claim.MINE


async def test_of_many_at_once_one_goes_on(plant: AsyncEngine, clock: FrozenClock) -> None:
    answered = Answered(plant, clock)
    claims = await asyncio.gather(*(answered.claim(ANA, "k", b"ask") for _ in range(8)))
    assert sorted(map(str, claims)) == [Claim.AT_WORK] * 7 + [Claim.MINE]


async def test_a_write_that_never_answered_is_not_tried_again(plant: AsyncEngine, clock: FrozenClock) -> None:
    answered = Answered(plant, clock)
    await answered.claim(ANA, "crashed", b"ask")
    await answered.claim(ANA, "broke", b"ask")
    await answered.lose(ANA, "broke")
    assert await answered.claim(ANA, "broke", b"ask") is Claim.LOST
    assert await answered.claim(ANA, "crashed", b"ask") is Claim.AT_WORK
    clock.advance(AT_WORK)
    assert await answered.claim(ANA, "crashed", b"ask") is Claim.LOST


async def test_a_write_of_which_nothing_came_may_be_tried_again(
    plant: AsyncEngine, clock: FrozenClock
) -> None:
    answered = Answered(plant, clock)
    await answered.claim(ANA, "k", b"ask")
    await answered.release(ANA, "k")
    assert await answered.claim(ANA, "k", b"ask, mended") is Claim.MINE


async def test_nobody_fills_the_database_with_keys(
    plant: AsyncEngine, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_OF_ONE", 2)
    answered = Answered(plant, clock)
    assert [await answered.claim(ANA, key, b"ask") for key in "abc"] == [
        Claim.MINE,
        Claim.MINE,
        Claim.TOO_MANY,
    ]
    assert await answered.claim(ANA, "a", b"ask") is Claim.AT_WORK
    assert await answered.claim(BEN, "a", b"ask") is Claim.MINE


async def test_without_its_database_no_key_is_claimed(engine: AsyncEngine, clock: FrozenClock) -> None:
    async with engine.begin() as connection:
        await connection.exec_driver_sql("DROP TABLE people_answered")
    with pytest.raises(PenstockError, match="database"):
        await Answered(engine, clock).claim(ANA, "k", b"ask")
