"""The node's recording key, changed under a living node: old sessions replay, new ones are recorded."""

import hashlib
import json
from pathlib import Path

import pytest

from recorder.format.keys import key_id
from tests.node import Node

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_no_use_of_a_recording_changes_a_byte_of_it(plant: Node, session: str, tmp_path: Path) -> None:
    """E11: looked at, replayed, verified, exported in every form, under a new node key: the master is as it was sealed."""
    here = ["--dir", str(plant.layout.folder)]
    master = plant.layout.recordings / f"{session}.pnr"
    (ended,) = [one for one in plant.events("SessionEnded") if one["session"] == session]
    for use in (
        ["show", session],
        ["replay", session],
        ["verify", session],
        ["export", session, str(tmp_path / "case.zip")],
        ["export", session, str(tmp_path / "v2"), "--as", "v2"],
        ["export", session, str(tmp_path / "v3"), "--as", "v3"],
        ["keys", "rotate"],
    ):
        done = await plant.command("evidence", *use, *here)
        assert done.exit_code == 0, done.output
        assert hashlib.sha256(master.read_bytes()).hexdigest() == ended["recording_sha256"], use


async def test_the_recording_key_is_changed_under_a_living_node(plant: Node, session: str) -> None:
    here = ["--dir", str(plant.layout.folder)]
    before = plant.layout.recording_key.read_bytes()
    recording = (plant.layout.recordings / f"{session}.pnr").read_bytes()
    done = await plant.command("evidence", "keys", "rotate", "--json", *here)
    assert done.exit_code == 0, done.output
    said = json.loads(done.output)
    after = plant.layout.recording_key.read_bytes()
    assert (said["old"], said["new"], said["foreign"]) == (key_id(before), key_id(after), [])
    assert (plant.layout.recordings / f"{session}.pnr").read_bytes() == recording
    shown = await plant.command("evidence", "replay", session, *here)
    assert "marker" in shown.output
    told = plant.events("RecordingKeyChanged")[-1]
    assert (told["old"], told["new"], told["recordings"]) == (said["old"], said["new"], said["recordings"])
    lines = await plant.command("evidence", "keys", "rotate", *here)
    assert "destroy the copies" in lines.output
