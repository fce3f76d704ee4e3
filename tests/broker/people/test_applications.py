"""The queue of companies: invitations good once, bounded, and one outcome each."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from broker.people.application import read
from broker.people.applications import (
    INVITED_FOR,
    MOST_OF_SOURCE,
    MOST_UNINVITED,
    REFUSED,
    TAKEN,
    WAITS_FOR,
    Applications,
    FullError,
)
from domain.ids import PersonId
from tests.broker.people.test_application import GOOD
from tests.clock import FrozenClock

OLGA = PersonId("olga")
ONE = read(*GOOD)
HERE = "192.0.2.9"


@pytest.fixture
def queue(engine: AsyncEngine, clock: FrozenClock) -> Applications:
    return Applications(engine, clock)


async def test_an_invitation_is_good_once_until_its_end(queue: Applications, clock: FrozenClock) -> None:
    code, invitation = queue.drawn(OLGA, "Halden Pumps")
    assert await queue.invitation(code) is None
    await queue.keep(invitation)
    assert await queue.invitation(f" {code} ") == invitation
    assert await queue.invitation("guess") is None
    await queue.file("a1", ONE, HERE, invitation)
    assert await queue.invitation(code) is None
    with pytest.raises(FullError):
        await queue.file("a2", ONE, HERE, invitation)
    later, other = queue.drawn(OLGA, "Other")
    await queue.keep(other)
    clock.advance(INVITED_FOR)
    assert await queue.invitation(later) is None


async def test_two_that_use_one_invitation_at_once_have_one_outcome(queue: Applications) -> None:
    _code, invitation = queue.drawn(OLGA, "Halden Pumps")
    await queue.keep(invitation)
    tried = [queue.file(f"a{number}", ONE, HERE, invitation) for number in range(5)]
    done = await asyncio.gather(*tried, return_exceptions=True)
    assert sum(isinstance(one, str) for one in done) == 1
    assert len(await queue.waiting()) == 1


async def test_who_was_invited_stands_before_who_was_not(queue: Applications, clock: FrozenClock) -> None:
    await queue.file("a1", ONE, HERE, None)
    clock.advance(timedelta(minutes=1))
    _code, invitation = queue.drawn(OLGA, "Halden Pumps")
    await queue.keep(invitation)
    await queue.file("a2", ONE, HERE, invitation)
    assert [one.id for one in await queue.waiting()] == ["a2", "a1"]
    clock.advance(WAITS_FOR)
    assert await queue.waiting() == ()


async def test_the_queue_is_bounded_by_address_and_for_strangers(
    queue: Applications, clock: FrozenClock
) -> None:
    for number in range(MOST_OF_SOURCE):
        assert await queue.room(HERE, invited=True)
        await queue.file(f"a{number}", ONE, HERE, None)
    assert not await queue.room(HERE, invited=True)
    for number in range(MOST_OF_SOURCE, MOST_UNINVITED):
        await queue.file(f"a{number}", ONE, f"198.51.100.{number}", None)
    assert not await queue.room("203.0.113.1", invited=False)
    assert await queue.room("203.0.113.1", invited=True)
    clock.advance(timedelta(days=1, seconds=1))
    assert await queue.room(HERE, invited=True)


async def test_a_link_leads_to_its_application_alone(queue: Applications, engine: AsyncEngine) -> None:
    link = await queue.file("a1", ONE, HERE, None)
    found = await queue.by_link(link)
    assert found is not None
    assert (found.id, found.application, found.state) == ("a1", ONE, "waiting")
    assert await queue.by_link(link[:-1]) is None
    assert await queue.get("a\x001") is None
    async with engine.connect() as connection:
        rows = (await connection.execute(text("SELECT * FROM people_vendor_application"))).all()
    assert link not in str(rows)


async def test_two_answers_have_one_outcome(queue: Applications) -> None:
    await queue.file("a1", ONE, HERE, None)
    done = await asyncio.gather(
        queue.answer("a1", REFUSED, OLGA, "nobody knows you"), queue.answer("a1", TAKEN, OLGA, "")
    )
    assert sorted(done) == [False, True]
    assert await queue.waiting() == ()


async def test_an_edited_row_is_nobody_s_word(queue: Applications, engine: AsyncEngine) -> None:
    link = await queue.file("a1", ONE, HERE, None)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE people_vendor_application SET said = '{}'"))
    assert await queue.by_link(link) is None
    assert await queue.waiting() == ()
