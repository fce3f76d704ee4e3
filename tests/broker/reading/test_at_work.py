import asyncio
from pathlib import Path

import pytest

from broker.layout import Layout
from broker.reading.at_work import index_of, keep_reading
from broker.settings import LedgerSettings, ReadingSettings, Settings
from domain.ids import SessionId
from tests.node import Node

ORIGIN = LedgerSettings(origin="plant.example/ledger")


async def test_where_it_is_off_or_broken_there_is_no_index_and_the_console_runs(tmp_path: Path) -> None:
    off = Settings(ledger=ORIGIN, reading=ReadingSettings(index=False))
    async with index_of(Layout(tmp_path), off) as index:
        assert index is None
        await keep_reading(Layout(tmp_path), index, 0)
    assert list(tmp_path.iterdir()) == []
    Layout(tmp_path).reading.write_bytes(b"this is no database" * 100)
    async with index_of(Layout(tmp_path), Settings(ledger=ORIGIN)) as index:
        assert index is None


@pytest.mark.asyncio(loop_scope="session")
async def test_a_session_that_ended_is_read_by_a_process_of_its_own(plant: Node) -> None:
    person = plant.fresh()
    permit = await plant.permitted(person)
    await plant.client(person).ssh(f"{person}+eng-ws-1", "echo tulip")
    session = SessionId((await plant.event("SessionEnded", permit=permit))["session"])
    async with index_of(plant.layout, Settings(ledger=ORIGIN)) as index:
        assert index is not None
        working = asyncio.create_task(keep_reading(plant.layout, index, 0.05))
        try:
            async with asyncio.timeout(60):
                while session not in await index.known():
                    await asyncio.sleep(0.05)
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
        assert "echo tulip" in [one.text for one in await index.things(session)]
