"""One contract, on both databases."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from broker.database.engine import open_engine, set_wal
from broker.reading.found import Found, FoundKind, found
from broker.reading.index import EVERYWHERE, Hit, Index, Indexed, Wanted
from broker.reading.query import terms_of
from domain.ids import SessionId
from tests.clock import STARTS

ONE = Indexed(SessionId("one00000000000000000000000"), "permit-1", "ana", "eng-ws-1", STARTS, "aa" * 32)
TWO = replace(
    ONE,
    session=SessionId("two00000000000000000000000"),
    person="bo",
    asset="plc-07",
    opened_at=STARTS + timedelta(days=1),
)
COMMANDS = (
    found(FoundKind.COMMAND, 2_000_000, 1, "systemctl stop pump7.service", deed="ana@pump:~$"),
    found(FoundKind.SCREEN, 1_000_000, 1, "Pump 7 stopped\nO'Brien's 100% \\ \"quoted\" 'x':1 & !"),
    found(FoundKind.TRANSFER, 3_000_000, 2, "/etc/plc-07.conf", deed="put", octets=5_000_000_000),
)


@pytest.fixture
async def index(database_url: str) -> AsyncIterator[Index]:
    if database_url.startswith("sqlite"):
        set_wal(database_url.removeprefix("sqlite+aiosqlite:///"))
    engine = open_engine(database_url)
    made = Index(engine)
    await made.prepare()
    await made.prepare()
    yield made
    await engine.dispose()


async def texts(index: Index, query: str, wanted: Wanted = EVERYWHERE) -> list[str]:
    return [hit.found.text for hit in await index.find(terms_of(query), wanted)]


async def test_a_command_is_found_across_sessions_with_its_time_and_its_session(index: Index) -> None:
    """E10: a search hits across sessions with time code."""
    await index.put(ONE, COMMANDS)
    await index.put(TWO, COMMANDS[:1])
    assert await index.find(terms_of("STOP")) == (Hit(TWO, COMMANDS[0]), Hit(ONE, COMMANDS[0]))
    assert (await index.find(terms_of("stop"), limit=1)) == (Hit(TWO, COMMANDS[0]),)
    assert await index.find(()) == ()


FINDS = {
    "pump stopped": [1],
    '"7 stopped"': [1],
    '"stopped 7"': [],
    "stop": [0],
    "stop*": [1, 0],
    "plc-07.conf": [2],
    "07.conf plc": [2],
    "conf.07": [],
    "put": [2],
    "o'brien": [1],
    "quoted 100%": [1],
    "' OR 1=1": [],
    "pump7": [0],
    "ana": [],
}


async def test_both_databases_find_the_same(index: Index) -> None:
    await index.put(ONE, COMMANDS)
    for query, at in FINDS.items():
        assert await texts(index, query) == [COMMANDS[one].text for one in at], query


async def test_wide_letters_accents_and_numbers_are_words(index: Index) -> None:
    told = ["水位計の設定", "Größe ÄNDERN", "0x1f 1e5 00123", "naïve ½"]
    await index.put(ONE, [found(FoundKind.COMMAND, at, 1, one) for at, one in enumerate(told)])
    for query, at in (
        ("水位", 0),
        ("設定", 0),
        ("grösse", 1),
        ("ändern", 1),
        ("0X1F", 2),
        ("1e5", 2),
        ("naïve", 3),
    ):
        assert await texts(index, query) == [told[at]], query
    assert await texts(index, "naive") == []
    assert await texts(index, "位水") == []


async def test_a_search_keeps_to_where_it_was_told_to_look(index: Index) -> None:
    await index.put(ONE, COMMANDS)
    await index.put(TWO, COMMANDS)
    later = STARTS + timedelta(hours=1)
    for wanted, sessions in (
        (Wanted(person="ana"), {ONE.session}),
        (Wanted(asset="plc-07"), {TWO.session}),
        (Wanted(session=ONE.session), {ONE.session}),
        (Wanted(since=later), {TWO.session}),
        (Wanted(since=STARTS, until=TWO.opened_at), {ONE.session}),
        (Wanted(permit="permit-2"), set()),
        (Wanted(kinds=frozenset({FoundKind.STATE, FoundKind.SCREEN})), {ONE.session, TWO.session}),
        (Wanted(kinds=frozenset({FoundKind.STATE})), set()),
    ):
        assert {hit.about.session for hit in await index.find(terms_of("stop*"), wanted)} == sessions, wanted


async def test_what_a_session_holds_is_told_in_order_of_time_and_by_kind(index: Index) -> None:
    await index.put(ONE, COMMANDS)
    assert [one.at_us for one in await index.things(ONE.session)] == [1_000_000, 2_000_000, 3_000_000]
    assert await index.things(ONE.session, frozenset({FoundKind.TRANSFER})) == (COMMANDS[2],)
    assert await index.things(TWO.session) == ()


async def test_a_session_read_again_stands_once_and_one_that_could_not_be_read_says_why(index: Index) -> None:
    await index.put(ONE, COMMANDS)
    await index.put(ONE, COMMANDS[:1])
    assert await texts(index, "stop*") == [COMMANDS[0].text]
    await index.put(replace(ONE, fault="The key is gone."), ())
    assert (await index.known())[ONE.session].fault == "The key is gone."
    assert await texts(index, "stop*") == []


async def test_many_things_are_put_at_once(index: Index) -> None:
    many = [Found(FoundKind.SCREEN, at, 1, f"row {at}") for at in range(1201)]
    await index.put(ONE, many)
    assert await texts(index, '"row 1200"') == ["row 1200"]


async def test_what_is_forgotten_is_not_found_and_the_rest_is(index: Index) -> None:
    await index.put(ONE, COMMANDS)
    await index.put(TWO, COMMANDS[:1])
    assert await index.forget(ONE.session)
    assert not await index.forget(ONE.session)
    assert await texts(index, "stop*") == [COMMANDS[0].text]
    assert set(await index.known()) == {TWO.session}


async def test_what_is_forgotten_is_in_no_file_any_more(tmp_path: Path) -> None:
    """Crypto-shredding a recording would be for nothing if its words stayed here."""
    path = tmp_path / "reading.db"
    set_wal(str(path))
    engine = open_engine(f"sqlite+aiosqlite:///{path}")
    index = Index(engine)
    await index.prepare()
    await index.put(TWO, COMMANDS)
    await index.put(ONE, [found(FoundKind.SCREEN, at, 1, f"Sonnenblume {at}") for at in range(300)])

    def held() -> bool:
        return any(b"onnenblume" in file.read_bytes() for file in tmp_path.iterdir())

    assert held()
    await index.forget(ONE.session)
    assert not held()
    await engine.dispose()


async def test_it_can_be_emptied_and_made_again(index: Index) -> None:
    """E10: loss of the index is loss of an aid."""
    await index.put(ONE, COMMANDS)
    await index.clear()
    assert await index.known() == {}
    assert await texts(index, "stop*") == []
    await index.put(ONE, COMMANDS)
    assert await texts(index, "pump7") == [COMMANDS[0].text]
