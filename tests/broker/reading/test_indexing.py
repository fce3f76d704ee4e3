import asyncio
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from broker.layout import Layout
from broker.reading.index import Indexed
from broker.reading.indexing import behind, catch_up, index_url, open_index, read
from domain.ids import SessionId
from tests.clock import STARTS
from tests.node import Node
from tests.recorder.recordings import KEK, SESSION, sealed_in

ABOUT = Indexed(SESSION, "permit", "ana", "eng-ws-1", STARTS, "aa")


@pytest.fixture
async def layout(tmp_path: Path) -> Layout:
    """A node's folder with one recording in it, and nothing else."""
    layout = Layout(tmp_path)
    layout.recordings.mkdir()
    layout.recording_key.parent.mkdir()
    layout.recording_key.write_bytes(KEK)
    await sealed_in(layout.recordings)
    return layout


def test_beside_sqlite_the_index_is_a_file_of_its_own_and_beside_postgresql_it_is_there(
    tmp_path: Path,
) -> None:
    layout = Layout(tmp_path)
    assert index_url(layout, f"sqlite+aiosqlite:///{layout.database}").endswith("/reading.db")
    assert index_url(layout, "postgresql+asyncpg:///plant") == "postgresql+asyncpg:///plant"


async def test_a_recording_is_read_and_one_that_can_not_be_says_why(layout: Layout) -> None:
    about, things = read(layout, ABOUT)
    assert (about, any(one.text == "uptime" for one in things)) == (ABOUT, True)
    (layout.recordings / f"{SESSION}.key").write_bytes(b"no key")
    about, things = read(layout, ABOUT)
    assert things == ()
    assert about.fault
    about, things = read(layout, replace(ABOUT, session=SessionId("z" * 26)))
    assert (about.fault, things) == ("There is no sealed recording of it.", ())


async def test_a_recording_that_upsets_the_reader_is_told_and_does_not_stop_the_others(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    def upset(_frames: object) -> None:
        raise UnboundLocalError("as pyte does")

    monkeypatch.setattr("broker.reading.extract.extract", upset)
    assert read(layout, ABOUT)[0].fault == "Its screens could not be worked out."


@pytest.mark.asyncio(loop_scope="session")
async def test_what_is_gone_or_can_not_be_opened_any_more_leaves_the_index(plant: Node) -> None:
    """Where a recording was shredded, its words don't stay behind."""
    person = plant.fresh()
    permit = await plant.permitted(person)
    await plant.client(person).ssh(f"{person}+eng-ws-1", "-tt", given=b"echo sunflower; exit\n")
    opened = await plant.event("SessionOpened", permit=permit)
    session = SessionId(opened["session"])
    await plant.event("SessionEnded", session=session)
    url = f"sqlite+aiosqlite:///{plant.layout.database}"
    async with open_index(plant.layout, url) as index:
        await catch_up(plant.layout, index)
        assert await behind(plant.layout, index) == 0
        assert await catch_up(plant.layout, index) == 0
        known = (await index.known())[session]
        assert (known.person, known.permit, known.fault) == (person, permit, "")
        assert any("echo sunflower" in one.text for one in await index.things(session))
        key = plant.layout.recordings / f"{session}.key"
        kept = key.read_bytes()
        key.unlink()
        try:
            await catch_up(plant.layout, index)
            assert (await index.known())[session].fault
            assert await index.things(session) == ()
        finally:
            key.write_bytes(kept)
            await index.forget(session)
            await catch_up(plant.layout, index)


async def test_reading_gently_bounds_memory_and_time() -> None:
    program = (
        "import os, resource; from broker.reading.indexing import gently; gently();"
        "print(os.nice(0), resource.getrlimit(resource.RLIMIT_CPU)[0], resource.getrlimit(resource.RLIMIT_AS)[0] > 0)"
    )
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    niceness, seconds, bounded = done.stdout.split()
    assert (int(niceness) >= 15, int(seconds), bounded) == (True, 1800, "True")
