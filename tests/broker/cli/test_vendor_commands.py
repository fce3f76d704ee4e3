"""Notice, report and secrets on the command line."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from broker.cli.root import penstock
from broker.layout import Layout
from tests.broker.processes.running import founded
from tests.node import Node

ALIVE = pytest.mark.asyncio(loop_scope="session")


def run(layout: Layout, *arguments: str, typed: str = "") -> tuple[int, str, str]:
    done = CliRunner().invoke(penstock, [*arguments, "--dir", str(layout.folder)], input=typed)
    return done.exit_code, done.stdout, done.stderr


def test_a_termination_takes_effect_where_nothing_runs(tmp_path: Path) -> None:
    """I01, I04: durable, and needs neither network nor database."""
    layout = founded(tmp_path)
    status, said, _ = run(layout, "vendor", "notice", "ana", "--reason", "left")
    assert (status, "ana has no access from" in said) == (0, True)
    _, shown, _ = run(layout, "state", "show", "--json")
    assert json.loads(shown)["isolated"] == ["person:ana"]


@pytest.mark.parametrize("person", ["nobody", "petra"])
def test_whoever_is_no_vendors_person_is_not_known_here(tmp_path: Path, person: str) -> None:
    status, said, complaint = run(founded(tmp_path), "vendor", "notice", person)
    assert (status != 0, said) == (True, "")
    assert complaint.startswith("penstock: ")


@ALIVE
async def test_a_person_without_sessions_has_nothing_to_change_and_nothing_to_report(plant: Node) -> None:
    status, said, _ = run(plant.layout, "vendor", "secrets", "nobody-yet")
    assert (status, said) == (0, "Their sessions used none.\n")
    status, said, _ = run(plant.layout, "vendor", "report", "nobody-yet", "--json")
    assert (status, json.loads(said)["elapsed_ms"]) == (0, None)
