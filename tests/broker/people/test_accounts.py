from datetime import timedelta

from argon2 import PasswordHasher
from sqlalchemy.ext.asyncio import AsyncEngine

from broker.people.accounts import Accounts
from broker.people.passwords import Passwords
from domain.ids import PersonId
from tests.clock import FrozenClock

ANA = PersonId("ana")
SECRET = "correct horse battery"


def accounts_on(engine: AsyncEngine, clock: FrozenClock) -> Accounts:
    return Accounts(engine, clock, Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)))


async def test_a_password_is_known_again_and_can_be_changed(engine: AsyncEngine, clock: FrozenClock) -> None:
    accounts = accounts_on(engine, clock)
    assert not await accounts.password_matches(ANA, SECRET)
    await accounts.set_password(ANA, SECRET)
    assert await accounts.password_matches(ANA, SECRET)
    assert not await accounts.password_matches("ben", SECRET)
    await accounts.set_password(ANA, "another good secret")
    assert not await accounts.password_matches(ANA, SECRET)


async def test_abuse_37_wrong_attempts_hold_back_a_known_and_an_unknown_name_alike(
    engine: AsyncEngine, clock: FrozenClock
) -> None:
    accounts = accounts_on(engine, clock)
    await accounts.set_password(ANA, SECRET)
    for claimed in ("ana", "nobody-here", "ANA ", "x" * 10_000, "\x00\ud800"):
        for _ in range(3):
            assert not await accounts.held_back(claimed, "192.0.2.1")
            await accounts.failed(claimed, f"192.0.2.{len(claimed) % 200}")
            clock.advance(timedelta(seconds=3))
        await accounts.failed(claimed, "192.0.2.250")
        assert await accounts.held_back(claimed, "192.0.2.251")
        clock.advance(timedelta(days=2))


async def test_abuse_37_a_new_address_does_not_shorten_a_person_s_wait(
    engine: AsyncEngine, clock: FrozenClock
) -> None:
    accounts = accounts_on(engine, clock)
    for number in range(5):
        await accounts.failed("ana", f"192.0.2.{number}")
    assert await accounts.held_back("ana", "203.0.113.9")
    clock.advance(timedelta(seconds=31))
    assert await accounts.held_back("ana", "203.0.113.9")
    clock.advance(timedelta(seconds=1))
    assert not await accounts.held_back("ana", "203.0.113.9")


async def test_abuse_37_one_address_that_guesses_at_many_names_is_held_back(
    engine: AsyncEngine, clock: FrozenClock
) -> None:
    accounts = accounts_on(engine, clock)
    for number in range(25):
        await accounts.failed(f"person-{number}", "192.0.2.1")
    assert await accounts.held_back("somebody-new", "192.0.2.1")
    assert not await accounts.held_back("somebody-new", "192.0.2.2")


async def test_success_clears_the_person_and_not_the_address(engine: AsyncEngine, clock: FrozenClock) -> None:
    accounts = accounts_on(engine, clock)
    for _ in range(25):
        await accounts.failed("ana", "192.0.2.1")
    await accounts.succeeded(ANA)
    assert not await accounts.held_back("ana", "192.0.2.2")
    assert await accounts.held_back("ana", "192.0.2.1")
