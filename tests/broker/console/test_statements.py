"""How many questions a page asks the database does not depend on how much there is."""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event

from broker.console.access import Door
from broker.notices.outbox import Outbox, put_in
from broker.people.tokens import MOST_OF_ONE
from domain.ids import PersonId
from domain.notice import Notice, NoticeKind
from domain.permit import PermitState
from tests.broker.console.busy import busy
from tests.broker.console.doors import READERS, STREAMS, filled, readings
from tests.broker.console.house import House, house_at
from tests.clock import FrozenClock
from tests.plenty import file_many
from tests.stride import DEEP

FEW = {PermitState.LAPSED: 5, PermitState.ACTIVE: 2, PermitState.REQUESTED: 3}
MANY = {
    PermitState.LAPSED: 250 if DEEP else 60,
    PermitState.ACTIVE: 200 if DEEP else 40,
    PermitState.REQUESTED: 50,
}
FEW_LIVE, MANY_LIVE = (20, 200) if DEEP else (4, 40)
MOST = 20
"""More than this a page does not ask, whatever it shows."""


class Heard(Outbox):
    """The outbox, with what is asked of it."""

    def __init__(self, path: Path, said: list[str]) -> None:
        super().__init__(path)
        self._said = said

    @contextmanager
    def look(self) -> Iterator[sqlite3.Connection]:
        with super().look() as connection:
            connection.set_trace_callback(self._said.append)
            yield connection


@asynccontextmanager
async def plant(
    folder: Path, clock: FrozenClock, counts: dict[PermitState, int], live: int
) -> AsyncIterator[tuple[House, list[str], dict[str, str]]]:
    """A console with so many permits and live sessions, what is asked of its databases, and what fills addresses."""
    folder.mkdir()
    async with house_at(folder, clock) as house:
        places = {**await busy(house, folder), "user_id": "ana"}
        permit = await house.ask()
        made = await file_many(house.engine, permit, counts, clock.now(), ["ana", "ben"])
        for number in range(live):
            house.go_live(made[PermitState.ACTIVE][number % counts[PermitState.ACTIVE]], f"{number:026d}")
        with house.notices.work() as work:
            for number in range(live):
                for person in READERS.values():
                    put_in(work, notice(clock, person, permit.id, number))
        for person in set(READERS.values()):
            for _ in range(min(counts[PermitState.REQUESTED], MOST_OF_ONE - 2)):
                await house.desk.browsers.open(PersonId(person), "192.0.2.9", ("password", "totp"))
                await house.bearer(person)
        house.desk.streams.closing.set()  # a stream says one thing, and is over
        said: list[str] = []
        object.__setattr__(house.desk.parts, "notices", Heard(folder / "notices.db", said))
        event.listen(house.engine.sync_engine, "before_cursor_execute", lambda *given: said.append(given[2]))
        yield house, said, places


def notice(clock: FrozenClock, person: str, permit: str, number: int) -> Notice:
    return Notice(
        key=f"test:{number}",
        to=PersonId(person),
        kind=NoticeKind.ASKED,
        at=clock.now(),
        subject="A permit waits for your decision",
        sentences=("It is about the engineering station.",),
        path=f"/permits/{permit}",
        permit=permit,
    )


async def asked(house: House, said: list[str], places: dict[str, str]) -> dict[str, list[str]]:
    """What each page asks for each of its readers."""
    found = {}
    browsers = {person: await house.sign_in(person) for person in set(READERS.values())}
    scripts = {person: await house.bearer(person) for person in set(READERS.values())}
    async with house.client() as script:
        for one in readings():
            said.clear()
            house.desk.in_use.clear()
            address = filled(one.path, places)
            if one.door is Door.TOKEN:
                answer = await script.get(address, headers=scripts[one.person])
            else:
                answer = await browsers[one.person].get(address)
            assert answer.status_code in {200, 303}, f"{one.name}: {answer.status_code} {answer.text[:300]}"
            flows = answer.headers.get("x-accel-buffering") == "no"
            assert flows is (one.path in STREAMS), one.name
            found[one.name] = list(said)
    for browser in browsers.values():
        await browser.aclose()
    return found


@pytest.mark.timeout(300)
async def test_no_page_asks_more_often_where_there_is_more(tmp_path: Path, clock: FrozenClock) -> None:
    async with plant(tmp_path / "few", clock, FEW, FEW_LIVE) as little:
        few = await asked(*little)
    async with plant(tmp_path / "many", clock, MANY, MANY_LIVE) as much:
        many = await asked(*much)
    more = {
        name: [one for one in said if said.count(one) > few[name].count(one)]
        for name, said in many.items()
        if len(said) != len(few[name])
    }
    assert more == {}
    assert {name: len(said) for name, said in many.items() if len(said) > MOST} == {}
