"""The gate's start: what keeps it from opening its door. What it does once it is open is in tests/peers/node."""

from pathlib import Path

import pytest

from broker.layout import Layout
from tests.broker.processes.running import failed, founded
from tests.node import Node

ALIVE = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        pytest.param(lambda layout: layout.approvers.unlink(), "approvers.toml", id="no trust file"),
        pytest.param(lambda layout: layout.recording_key.unlink(), "recording.key", id="no recording key"),
        pytest.param(
            lambda layout: next(layout.charters.glob("*/sites.toml")).unlink(), "sites.toml", id="no site"
        ),
        pytest.param(
            lambda layout: (layout.applied / "000001.json").unlink(),
            "No charter is in force",
            id="no charter",
        ),
    ],
)
async def test_a_gate_that_can_not_hold_to_something_ends_with_its_name(
    tmp_path: Path, broken: object, told: str
) -> None:
    layout = founded(tmp_path)
    broken(layout)  # type: ignore[operator]  # one of the lambdas above
    said = await failed(layout, "gate")
    assert "process_cannot_run" in said
    assert told in said
    assert "Traceback" not in said


async def test_a_gate_without_a_signer_opens_no_door(tmp_path: Path) -> None:
    layout = founded(tmp_path)
    assert "process_cannot_run" in await failed(layout, "gate")


@ALIVE
async def test_a_gate_that_opens_its_door_has_said_what_it_enforces(plant: Node) -> None:
    started = [one for one in plant.events("NodeStarted") if one["process"] == "gate"]
    loaded = plant.events("CharterLoaded")
    assert started[0]["charter"] == loaded[0]["digest"]
    kept = Layout(plant.layout.folder).folder / "charters" / f"{loaded[0]['digest']}.json"
    assert kept.exists()


@ALIVE
async def test_the_gate_holds_no_key_of_the_ledger(plant: Node) -> None:
    """Neither open nor mapped: a gate that is taken over can't sign what it likes."""
    gate = Path(f"/proc/{plant.pid('gate')}")
    open_files = {str(one.readlink()) for one in (gate / "fd").iterdir()}
    assert not {name for name in open_files if name.endswith(("ledger.key", "codes.toml"))}
    secret = "".join(plant.layout.ledger_key.read_text().splitlines()[1:-1])
    environment = (gate / "environ").read_bytes() + (gate / "cmdline").read_bytes()
    assert secret.encode() not in environment
