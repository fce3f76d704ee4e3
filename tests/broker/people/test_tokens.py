from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from broker.people.tokens import PREFIX, Tokens
from domain.ids import PersonId
from tests.clock import FrozenClock

ANA = PersonId("ana")
HOUR = timedelta(hours=1)


async def test_a_token_names_its_person_until_it_expires(engine: AsyncEngine, clock: FrozenClock) -> None:
    tokens = Tokens(engine, clock)
    token = await tokens.issue(ANA, "script", clock.now() + HOUR)
    assert token.startswith(PREFIX)
    clock.advance(HOUR - timedelta(seconds=1))
    assert await tokens.find(token) == ANA
    clock.advance(timedelta(seconds=1))
    assert await tokens.find(token) is None


async def test_only_its_digest_is_kept(engine: AsyncEngine, clock: FrozenClock) -> None:
    tokens = Tokens(engine, clock)
    token = await tokens.issue(ANA, "script", clock.now() + HOUR)
    async with engine.connect() as connection:
        rows = str((await connection.execute(text("SELECT * FROM people_token"))).all())
    assert token not in rows
    assert token.removeprefix(PREFIX) not in rows


async def test_a_token_must_end(engine: AsyncEngine, clock: FrozenClock) -> None:
    with pytest.raises(ValueError, match="expire"):
        await Tokens(engine, clock).issue(ANA, "script", clock.now())


async def test_withdrawn_tokens_are_worthless(engine: AsyncEngine, clock: FrozenClock) -> None:
    tokens = Tokens(engine, clock)
    mine = await tokens.issue(ANA, "script", clock.now() + HOUR)
    other = await tokens.issue(PersonId("ben"), "script", clock.now() + HOUR)
    await tokens.withdraw_all(ANA)
    assert await tokens.find(mine) is None
    assert await tokens.find(other) == "ben"
