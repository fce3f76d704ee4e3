"""The search over recordings, of a session that really was: an aid that can be thrown away."""

import hashlib
from pathlib import Path

import pytest

from broker.reading.found import time_code
from tests.node import Node

pytestmark = pytest.mark.asyncio(loop_scope="session")


def masters(plant: Node) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in plant.layout.recordings.glob("*.pnr")
    }


def here(plant: Node) -> list[str]:
    return ["--dir", str(plant.layout.folder)]


async def test_what_a_session_typed_is_found_with_its_time_after_the_index_was_lost_and_made_again(
    plant: Node, session: str
) -> None:
    """E10: a search hits across sessions with time code; the loss of the index does not touch the master."""
    before = masters(plant)
    await plant.here("evidence", "index", "update")
    for path in plant.layout.folder.glob("reading.db*"):
        path.unlink()
    lost = await plant.command("evidence", "search", "printf", "--session", session, *here(plant))
    assert "Not in the index yet" in lost.output
    assert (await plant.here("evidence", "index", "rebuild"))["read"] >= 1
    hits = await plant.here("evidence", "search", "PRINTF mar ker", "--session", session)
    (command,) = [one for one in hits if one["kind"] == "command"]
    assert command["text"].startswith("printf 'mar''ker")
    assert (command["session"], command["asset"], command["channel"]) == (session, "eng-ws-1", 1)
    assert 0 < command["at_us"] < 600_000_000
    assert any(
        "marker" in one["text"]
        for one in await plant.here("evidence", "search", "marker", "--kind", "screen")
    )
    lines = await plant.command("evidence", "search", "printf", "--person", command["person"], *here(plant))
    assert f"+{time_code(command['at_us'])}" in lines.output
    assert f"[{session} --channel 1]" in lines.output
    before_again = {name: digest for name, digest in masters(plant).items() if name in before}
    assert before_again == before


async def test_the_master_has_the_same_hash_after_every_thing_done_with_it(
    plant: Node, session: str, tmp_path: Path
) -> None:
    """E11: reading, searching, replaying, exporting and verifying work on copies; the master is never rewritten."""
    name = f"{session}.pnr"
    ended = await plant.event("SessionEnded", session=session)
    for arguments in (
        ["index", "rebuild"],
        ["search", "marker"],
        ["show", session],
        ["replay", session],
        ["export", session, str(tmp_path / "case.zip")],
        ["export", session, str(tmp_path / "v3.cast"), "--as", "v3"],
        ["verify", session],
        ["index", "forget", session],
        ["index", "update"],
    ):
        done = await plant.command("evidence", *arguments, *here(plant))
        assert done.exit_code == 0, done.output
        assert masters(plant)[name] == ended["recording_sha256"], arguments


async def test_a_search_is_a_leaf_and_each_session_that_it_shows_has_a_line_of_custody(
    plant: Node, session: str
) -> None:
    """E13: reading is itself recorded."""
    await plant.here("evidence", "index", "update")
    viewed, handled = len(plant.events("EvidenceViewed")), len(plant.events("EvidenceHandled"))
    await plant.here("evidence", "search", "printf", "--session", session)
    (one,) = plant.events("EvidenceViewed")[viewed:]
    assert one["how"] == "search printf"
    (line,) = plant.events("EvidenceHandled")[handled:]
    assert (line["session"], line["what"]) == (session, "lines found by a search for 'printf'")


async def test_a_session_taken_out_is_not_found_until_it_is_read_again(plant: Node, session: str) -> None:
    await plant.here("evidence", "index", "update")
    assert await plant.here("evidence", "search", "printf", "--session", session)
    assert (await plant.here("evidence", "index", "forget", session))["forgotten"] is True
    assert await plant.here("evidence", "search", "printf", "--session", session) == []
    await plant.here("evidence", "index", "update")
    assert await plant.here("evidence", "search", "printf", "--session", session)
    wrong = await plant.command("evidence", "index", "forget", "../x", *here(plant))
    assert wrong.exit_code == 2


async def test_an_index_that_is_no_database_is_a_sentence_with_its_remedy(plant: Node, session: str) -> None:
    for path in plant.layout.folder.glob("reading.db*"):
        path.unlink()
    plant.layout.reading.write_bytes(b"not a database at all, but long enough to be taken for one" * 20)
    try:
        done = await plant.command("evidence", "search", "printf", "--in", "recordings", *here(plant))
    finally:
        await plant.here("evidence", "index", "rebuild")
    assert done.exit_code == 1
    assert "penstock evidence index rebuild" in done.stderr
    assert "Traceback" not in done.output
    assert await plant.here("evidence", "search", "printf", "--session", session)
