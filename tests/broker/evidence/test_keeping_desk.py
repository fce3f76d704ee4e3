"""Which persons may sign what is told through the console's doors (test_keeping.py there); here, the desk by itself."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from broker.evidence.keeping_desk import pasts
from domain.errors import DecisionError
from domain.ids import PersonId
from domain.keeping import Deed
from policies.retention import Standing
from tests.broker.console.evidence.test_keeping import DAY, SUBJECT, begun
from tests.broker.console.house import SESSION, House, house_at
from tests.clock import FrozenClock


@pytest.fixture
async def house(tmp_path: Path, clock: FrozenClock) -> AsyncIterator[House]:
    async with house_at(tmp_path, clock) as one:
        yield one


async def test_a_session_is_judged_by_the_nearest_term_of_its_way(house: House) -> None:
    await begun(house, old=False)
    keeping = house.desk.parts.keeping
    assert keeping is not None
    (one,) = await keeping.due(await keeping.kept())
    assert (one.past.session, one.judgement.standing, one.judgement.code) == (
        SESSION,
        Standing.KEPT,
        "too_early",
    )
    house.clock.advance(DAY * 2)
    (one,) = await keeping.due(await keeping.kept())
    assert one.judgement.standing is Standing.DUE


async def test_what_is_drawn_up_says_the_term_and_when_the_session_ended(house: House) -> None:
    await begun(house)
    keeping = house.desk.parts.keeping
    assert keeping is not None
    said = await keeping.draw_up(PersonId("petra"), Deed.ERASE, SUBJECT, " its  term\nis over ")
    assert (said.term, said.minimum_days, said.reason) == ("short", 1, "its term is over")
    assert said.ended_at == house.clock.now() - DAY


async def test_one_person_s_own_session_is_no_business_of_theirs(house: House) -> None:
    await begun(house)
    keeping = house.desk.parts.keeping
    assert keeping is not None
    with pytest.raises(DecisionError) as caught:
        await keeping.draw_up(PersonId("ana"), Deed.ERASE, SUBJECT, "mine")
    assert caught.value.code == "not_yours_to_sign"


async def test_a_session_without_an_end_has_none(house: House) -> None:
    await begun(house)
    (past,) = pasts(house.log).values()
    assert past.ended_at == house.clock.now() - DAY
    assert pasts(house.log, "z" * 26) == {}
    assert past.ended_at is not None
    assert past.ended_at + timedelta(days=1) == house.clock.now()
