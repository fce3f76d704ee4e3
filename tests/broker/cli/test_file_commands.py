"""A real node's files from a terminal; ``tests/peers`` brings one over sftp and releases it by these commands."""

from pathlib import Path

import pytest

from tests.broker.cli.test_permit_commands import as_
from tests.node import Node

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_what_is_not_there_is_said_to_be_and_a_name_is_no_path(plant: Node, tmp_path: Path) -> None:
    petra = await as_(plant, "petra", tmp_path)
    listed = await plant.command("files", "list", "--json", *petra)
    assert listed.exit_code == 0, listed.output
    assert '"files"' in listed.stdout
    gone = await plant.command("files", "show", "g" * 26, *petra)
    assert gone.exit_code != 0
    assert "[not_found]" in gone.output or "nothing here" in gone.output
    for wrong in ("../permits", "a b"):
        refused = await plant.command("files", "refuse", wrong, "--reason", "x", *petra)
        assert refused.exit_code == 2, refused.output
