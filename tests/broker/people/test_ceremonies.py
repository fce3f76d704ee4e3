import asyncio
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from broker.people.ceremonies import LIFETIME, NONCE_BYTES, Ceremonies
from tests.clock import FrozenClock


async def test_a_challenge_is_random_and_ends_as_asked(engine: AsyncEngine, clock: FrozenClock) -> None:
    ceremonies = Ceremonies(engine, clock)
    _, first = await ceremonies.begin("approve:x", "browser", suffix=b"digest")
    _, second = await ceremonies.begin("approve:x", "browser", suffix=b"digest")
    assert len(first) == NONCE_BYTES + len(b"digest")
    assert first.endswith(b"digest")
    assert first != second


async def test_abuse_7_a_challenge_is_taken_once_even_by_fifty_at_once(
    engine: AsyncEngine, clock: FrozenClock
) -> None:
    ceremonies = Ceremonies(engine, clock)
    name, challenge = await ceremonies.begin("approve:x", "browser")
    taken = await asyncio.gather(*(ceremonies.take(name, "approve:x", "browser") for _ in range(50)))
    assert [one for one in taken if one is not None] == [challenge]


async def test_abuse_7_another_purpose_or_browser_neither_takes_nor_spoils_it(
    engine: AsyncEngine, clock: FrozenClock
) -> None:
    ceremonies = Ceremonies(engine, clock)
    name, challenge = await ceremonies.begin("approve:x", "browser")
    assert await ceremonies.take(name, "approve:y", "browser") is None
    assert await ceremonies.take(name, "approve:x", "another") is None
    assert await ceremonies.take("guess", "approve:x", "browser") is None
    assert await ceremonies.take(name, "approve:x", "browser") == challenge


async def test_abuse_7_an_old_challenge_is_worthless(engine: AsyncEngine, clock: FrozenClock) -> None:
    ceremonies = Ceremonies(engine, clock)
    name, _ = await ceremonies.begin("approve:x", "browser")
    clock.advance(LIFETIME - timedelta(seconds=1))
    late, _ = await ceremonies.begin("approve:x", "browser")
    clock.advance(timedelta(seconds=1))
    assert await ceremonies.take(name, "approve:x", "browser") is None
    assert await ceremonies.take(late, "approve:x", "browser") is not None


async def test_a_challenge_of_one_s_own_is_taken_once_and_before_its_end(
    engine: AsyncEngine, clock: FrozenClock
) -> None:
    ceremonies = Ceremonies(engine, clock)
    until = clock.now() + timedelta(hours=24)
    await ceremonies.keep("bundle", "decide:x", "petra", b"nonce", until)
    await ceremonies.keep("late", "decide:x", "petra", b"nonce", until)
    assert await ceremonies.take("bundle", "decide:y", "petra") is None
    assert await ceremonies.take("bundle", "decide:x", "petra") == b"nonce"
    assert await ceremonies.take("bundle", "decide:x", "petra") is None
    clock.advance(timedelta(hours=24))
    assert await ceremonies.take("late", "decide:x", "petra") is None
