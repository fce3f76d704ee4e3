from dataclasses import replace
from pathlib import Path

from sqlalchemy import text

from broker.console.evidence.recordings import by_session
from broker.reading.index import Hit, Indexed
from broker.reading.query import terms_of
from domain.ids import ConduitId, SessionId
from domain.plant import Outflow
from tests.broker.console.evidence.indexed import THINGS, indexed, read
from tests.broker.console.house import SESSION, House
from tests.clock import STARTS
from tests.policies.plant import charter, charter_with


async def test_a_hit_shows_its_line_inert_and_leads_to_the_moment_before_it(
    house: House, tmp_path: Path
) -> None:
    permit = await house.ask()
    await house.record(permit)
    async with indexed(house, tmp_path) as index, await house.sign_in("iris") as iris:
        await read(house, index, permit)
        answer = await iris.get("/evidence", params={"kind": "recordings", "text": "setpoints"})
        assert "rm &lt;<mark>setpoints</mark>&gt;.conf" in answer.text
        assert f'href="/evidence/sessions/{SESSION}/replay/0?at=0">0:00:01</a>' in answer.text
        file = await iris.get("/evidence", params={"kind": "recordings", "text": "firmware*"})
        assert "4.5 MB" in file.text
        assert "replay/3" not in file.text
        assert "Nothing found" in (await iris.get("/evidence?kind=recordings&text=no-such")).text


async def test_a_search_is_a_leaf_and_so_is_each_session_of_which_it_shows_a_line(
    house: House, tmp_path: Path
) -> None:
    """E13: reading is itself recorded, by page and by API."""
    permit = await house.ask()
    await house.record(permit)
    async with indexed(house, tmp_path) as index, await house.sign_in("iris") as iris:
        await read(house, index, permit)
        await iris.get("/evidence?kind=recordings&text=pump")
        assert house.events("EvidenceViewed")[-1]["how"] == "search for 'pump'"
        assert house.events("EvidenceHandled")[-1]["session"] == SESSION
        before = len(house.events("EvidenceHandled"))
        await iris.get("/evidence?kind=recordings&text=no-such")
        assert len(house.events("EvidenceHandled")) == before
        house.ledger.failing = True
        answer = await iris.get("/evidence?kind=recordings&text=pump")
        assert answer.status_code == 503
        assert "42 starts" not in answer.text


async def test_what_may_not_leave_is_not_shown_by_a_search_either(house: House, tmp_path: Path) -> None:
    permit = await house.ask()
    await house.record(permit)
    plain = charter()
    conduits = {
        ConduitId(one.id): replace(one, data_out=frozenset({Outflow.RECORDING}))
        for one in plain.conduits.values()
    }
    house.charter = charter_with(conduits=conduits)
    async with indexed(house, tmp_path) as index, await house.sign_in("iris") as iris:
        await read(house, index, permit)
        answer = await iris.get("/evidence?kind=recordings&text=setpoints")
        assert "One more session holds this" in answer.text
        assert "<mark>" not in answer.text
        assert not house.events("EvidenceHandled")


async def test_without_an_index_the_ledger_is_searched_as_before(house: House, tmp_path: Path) -> None:
    """E10: index loss touches nothing but the search."""
    async with await house.sign_in("iris") as iris:
        answer = await iris.get("/evidence?kind=recordings&text=pump")
        assert '<option value="sessions" selected>' in answer.text
        assert "Recordings" not in answer.text
    async with indexed(house, tmp_path) as index, await house.sign_in("iris") as iris:
        async with index._engine.begin() as connection:
            await connection.execute(text("DROP TABLE reading_words"))
        answer = await iris.get("/evidence?kind=recordings&text=pump")
        assert answer.status_code == 200
        assert "can&#39;t be had now" in answer.text


def test_hits_are_grouped_by_session_in_their_order() -> None:
    one = Indexed(SessionId("a"), "p", "ana", "x", STARTS)
    other = replace(one, session=SessionId("b"))
    hits = [Hit(one, THINGS[1]), Hit(other, THINGS[1]), Hit(one, THINGS[2])]
    grouped = by_session(hits, terms_of("setpoints"))
    assert [(about.session, len(places)) for about, places in grouped] == [("a", 2), ("b", 1)]
