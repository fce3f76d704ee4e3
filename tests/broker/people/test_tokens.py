from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from broker.people.tokens import MOST_OF_ONE, PREFIX, Scope, Token, Tokens
from domain.ids import PersonId
from tests.clock import FrozenClock

ANA = PersonId("ana")
HOUR = timedelta(hours=1)


async def found(tokens: Tokens, token: str) -> Token:
    one = await tokens.find(token)
    assert one is not None
    return one


async def test_a_token_names_its_person_until_it_expires(engine: AsyncEngine, clock: FrozenClock) -> None:
    tokens = Tokens(engine, clock)
    token = await tokens.issue(ANA, "script", clock.now() + HOUR)
    assert token.startswith(PREFIX)
    clock.advance(HOUR - timedelta(seconds=1))
    assert (await found(tokens, token)).person == ANA
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
    assert (await found(tokens, other)).person == "ben"


async def test_a_token_is_for_what_it_says_and_from_where_it_says(
    engine: AsyncEngine, clock: FrozenClock
) -> None:
    tokens = Tokens(engine, clock)
    secret = await tokens.issue(ANA, "ci", clock.now() + HOUR, [Scope.ASK, Scope.READ], ["192.0.2.0/24"])
    one = await found(tokens, secret)
    assert (one.scopes, one.networks) == ({Scope.ASK, Scope.READ}, ("192.0.2.0/24",))
    assert one.good_from("192.0.2.9")
    assert one.good_from("::ffff:192.0.2.9")
    assert not one.good_from("198.51.100.9")
    assert not one.good_from("local")
    assert one.key not in secret
    anywhere = await found(tokens, await tokens.issue(ANA, "script", clock.now() + HOUR))
    assert anywhere.good_from("203.0.113.5")
    assert anywhere.scopes == set(Scope)


@pytest.mark.parametrize(
    ("scopes", "networks"),
    [([], []), ([Scope.READ], ["192.0.2.1/24"]), ([Scope.READ], ["here"]), ([Scope.READ], ["::/0"] * 17)],
)
async def test_a_token_for_nothing_or_from_no_network_is_none(
    engine: AsyncEngine, clock: FrozenClock, scopes: list[Scope], networks: list[str]
) -> None:
    with pytest.raises(ValueError, match=r"token|network|host bits|permit"):
        await Tokens(engine, clock).issue(ANA, "script", clock.now() + HOUR, scopes, networks)


async def test_its_last_use_is_kept_to_the_minute(engine: AsyncEngine, clock: FrozenClock) -> None:
    tokens = Tokens(engine, clock)
    secret = await tokens.issue(ANA, "script", clock.now() + HOUR)
    assert (await found(tokens, secret)).used_at is None
    await tokens.used(await found(tokens, secret), "192.0.2.9")
    first = (await found(tokens, secret)).used_at
    assert first == clock.now()
    clock.advance(timedelta(seconds=59))
    await tokens.used(await found(tokens, secret), "192.0.2.9")
    assert (await found(tokens, secret)).used_at == first
    await tokens.used(await found(tokens, secret), "192.0.2.10")
    last = await found(tokens, secret)
    assert (last.used_at, last.used_from) == (clock.now(), "192.0.2.10")


async def test_they_are_listed_and_ended_one_by_one_by_their_owner_only(
    engine: AsyncEngine, clock: FrozenClock
) -> None:
    tokens, ben = Tokens(engine, clock), PersonId("ben")
    mine = await found(tokens, await tokens.issue(ANA, "mine", clock.now() + HOUR))
    other = await found(tokens, await tokens.issue(ben, "other", clock.now() + HOUR))
    assert [one.key for one in await tokens.of(ANA)] == [mine.key]
    assert len(await tokens.of()) == 2
    assert await tokens.end(other.key, ANA) is None
    assert await tokens.end("%", ANA) is None
    assert await tokens.end(mine.key, ANA) == mine
    assert await tokens.end(other.key) == other
    assert await tokens.of() == ()


async def test_nobody_has_more_than_they_can_count(engine: AsyncEngine, clock: FrozenClock) -> None:
    tokens = Tokens(engine, clock)
    for _ in range(MOST_OF_ONE):
        await tokens.issue(ANA, "script", clock.now() + HOUR)
    with pytest.raises(ValueError, match="too many"):
        await tokens.issue(ANA, "script", clock.now() + HOUR)
    clock.advance(HOUR)
    await tokens.issue(ANA, "script", clock.now() + HOUR)
