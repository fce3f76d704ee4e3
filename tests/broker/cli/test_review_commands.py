"""A review from a terminal, by whoever's token says they may."""

import json
from pathlib import Path

import pytest

from tests.broker.cli.test_permit_commands import as_
from tests.node import Node

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_session_is_reviewed_and_the_leaf_says_so(plant: Node, session: str, tmp_path: Path) -> None:
    petra = await as_(plant, "petra", tmp_path)
    waiting = await plant.command("evidence", "reviews", "--json", *petra)
    assert waiting.exit_code == 0, waiting.output
    none = await plant.command("evidence", "review", session, "question", *petra)
    assert none.exit_code == 1, none.output
    done = await plant.command(
        "evidence", "review", session, "question", "--words", "Who owns this?", "--json", *petra
    )
    assert done.exit_code == 0, done.output
    assert json.loads(done.output)["reviews"][-1]["words"] == "Who owns this?"
    leaf = await plant.event("SessionReviewed", session=session)
    assert (leaf["by"], leaf["disposition"]) == ("petra", "question")
    lines = await plant.command("evidence", "review", session, "in_order", *petra)
    assert "Filed as leaf" in lines.output
