from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from broker.people.sessions import ABSOLUTE, IDLE, ConsoleSessions
from domain.ids import PersonId
from tests.clock import FrozenClock

ANA = PersonId("ana")
SECOND = timedelta(seconds=1)


async def test_a_session_is_found_by_its_cookie_and_by_nothing_else(
    engine: AsyncEngine, clock: FrozenClock
) -> None:
    """D07: a guess, a part and the row's own key are refused."""
    sessions = ConsoleSessions(engine, clock)
    cookie, browser = await sessions.open(ANA, "192.0.2.1", ("password", "totp"))
    assert await sessions.find(cookie, active=True) == browser
    assert browser.factors == ("password", "totp")
    for wrong in ("", browser.key, browser.csrf, cookie[:-1], cookie + "x"):
        assert await sessions.find(wrong, active=True) is None
    async with engine.connect() as connection:
        rows = (await connection.execute(text("SELECT * FROM people_console_session"))).all()
    assert cookie not in str(rows)


async def test_an_idle_session_ends_and_a_polling_page_does_not_keep_it(
    engine: AsyncEngine, clock: FrozenClock
) -> None:
    """A12: who was away signs in again."""
    sessions = ConsoleSessions(engine, clock)
    cookie, _ = await sessions.open(ANA, "192.0.2.1", ("passkey",))
    clock.advance(IDLE - SECOND)
    assert await sessions.find(cookie, active=True)
    clock.advance(IDLE - SECOND)
    assert await sessions.find(cookie, active=False)
    clock.advance(SECOND)
    assert await sessions.find(cookie, active=True) is None


async def test_even_a_busy_session_ends_after_a_shift(engine: AsyncEngine, clock: FrozenClock) -> None:
    """A12: who was there for a shift signs in again."""
    sessions = ConsoleSessions(engine, clock)
    cookie, _ = await sessions.open(ANA, "192.0.2.1", ("passkey",))
    for _ in range(ABSOLUTE // timedelta(minutes=20) - 1):
        clock.advance(timedelta(minutes=20))
        assert await sessions.find(cookie, active=True)
    clock.advance(timedelta(minutes=20))
    assert await sessions.find(cookie, active=True) is None


async def test_a_closed_session_is_over_and_others_are_not(engine: AsyncEngine, clock: FrozenClock) -> None:
    """D07: dead after close."""
    sessions = ConsoleSessions(engine, clock)
    first, one = await sessions.open(ANA, "192.0.2.1", ("passkey",))
    second, _ = await sessions.open(ANA, "192.0.2.2", ("passkey",))
    await sessions.close(one.key)
    assert await sessions.find(first, active=True) is None
    assert await sessions.find(second, active=True)
    await sessions.close_all(ANA)
    assert await sessions.find(second, active=True) is None
