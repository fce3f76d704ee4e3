"""The node's recording key, changed under a living node: old sessions replay, new ones are recorded."""

import json

import pytest

from recorder.format.keys import key_id
from tests.node import Node

pytestmark = pytest.mark.asyncio(loop_scope="session")


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
