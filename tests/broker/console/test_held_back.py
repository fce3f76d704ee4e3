"""A10: wrong attempts wait, a long wait is told, and nobody who is known is kept from anything."""

from datetime import timedelta

from broker.console.held_back import tell_held_back
from broker.people.accounts import HeldBack
from broker.people.lockouts import API, SOURCE
from tests.broker.console.house import House

HERE = "192.0.2.9"


async def _guess(house: House, name: str, times: int) -> None:
    for _ in range(times):
        held = await house.desk.accounts.failed(name, HERE)
        await tell_held_back(house.desk, held, "console", HERE)


async def test_a_person_s_lock_is_a_leaf_once_it_is_long_enough(house: House) -> None:
    """A10: the alarm names whom, where, how long, and from where."""
    await _guess(house, "milo", 4)
    assert house.events("SignInLocked") == []
    await _guess(house, "milo", 1)
    (leaf,) = house.events("SignInLocked")
    assert (leaf["subject"], leaf["door"], leaf["failures"], leaf["source"]) == (
        "person:milo",
        "console",
        5,
        HERE,
    )


async def test_another_spelling_of_a_name_is_the_same_person(house: House) -> None:
    for spelling in ("MILO", " milo ", "Milo", "milo", "milo"):
        await _guess(house, spelling, 1)
    assert [one["subject"] for one in house.events("SignInLocked")] == ["person:milo"]


async def test_a_name_that_nobody_has_waits_alike_and_nobody_is_told_but_of_the_address(house: House) -> None:
    await _guess(house, "no\x00body", 6)
    assert await house.desk.accounts.held_back("no\x00body", "203.0.113.1")
    assert house.events("SignInLocked") == []
    await _guess(house, "some", 9)
    await _guess(house, "other", 10)
    assert [one["subject"] for one in house.events("SignInLocked")] == [f"source:{HERE}"]


async def test_a_ledger_that_is_gone_lifts_no_lock(house: House) -> None:
    house.ledger.failing = True
    await _guess(house, "milo", 5)
    assert await house.desk.accounts.held_back("milo", HERE)


async def test_tokens_that_are_nobody_s_are_counted_by_address_and_tell(house: House) -> None:
    """A10: the API is an interface with a limit of its own."""
    answers = []
    async with house.client() as client:
        for _ in range(40):
            answer = await client.get("/api/v1/me", headers={"authorization": "Bearer nobody-s"})
            answers.append(answer.status_code)
            if answer.status_code == 429:
                assert int(answer.headers["retry-after"]) > 0
                house.clock.advance(timedelta(seconds=int(answer.headers["retry-after"])))
        assert {401, 429} == set(answers)
        (leaf, *_more) = house.events("SignInLocked")
        assert (leaf["subject"], leaf["door"]) == (f"source:{HERE}", "api")
        # Sign-ins from there go on, and so does whoever has a token.
        assert not await house.desk.accounts.held_back("milo", HERE)
        while not await house.desk.accounts.held_back(None, f"{API}{HERE}"):
            await client.get("/api/v1/me", headers={"authorization": "Bearer nobody-s"})
        assert (await client.get("/api/v1/me")).status_code == 401  # no token is no guess
        mine = await client.get("/api/v1/me", headers=await house.bearer("milo"))
        assert mine.status_code == 200


async def test_whoever_runs_the_node_ends_the_wait_of_an_address_at_every_door(house: House) -> None:
    await _guess(house, "some", 40)
    for _ in range(40):
        await house.desk.accounts.failed(None, f"{API}{HERE}")
    await house.desk.accounts.lift(f"{SOURCE}{HERE}")
    assert not await house.desk.accounts.held_back(None, HERE)
    assert not await house.desk.accounts.held_back(None, f"{API}{HERE}")


async def test_a_short_wait_is_not_told(house: House) -> None:
    await tell_held_back(house.desk, [HeldBack("person:milo", 4, 8)], "console", HERE)
    assert house.events("SignInLocked") == []
