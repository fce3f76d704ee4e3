"""Overrides on the command line, of a node that runs and of one that does not."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from broker.cli.root import penstock
from broker.layout import Layout
from tests.broker.processes.running import founded
from tests.node import Node, until

START = ["override", "start", "zone:office", "--by", "petra", "--reason", "crane"]


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """A node of which nothing runs."""
    return founded(tmp_path)


def run(layout: Layout, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(penstock, [*arguments, "--dir", str(layout.folder)], input="123456\n")
    return done.exit_code, done.stderr


def test_an_override_needs_an_end_that_can_be_read(layout: Layout) -> None:
    for more, said in (
        ([], "needs an end"),
        (["--for", "soon"], "not a length of time"),
        (["--for", "800h"], "31 days"),
        (["--until-state", "office"], "ZONE=STATE"),
        (["--until-state", "office=odd"], "ZONE=STATE"),
    ):
        status, complaint = run(layout, *START, *more)
        assert (status, said in complaint) == (2, True), complaint
    assert run(layout, *START, "--for", "1h")[0] == 1, "without a gate nobody can say that the code is right"


@pytest.mark.asyncio(loop_scope="session")
async def test_d12_an_override_of_a_real_node_reverts_at_its_event_and_is_reviewed_by_somebody_else(
    plant: Node,
) -> None:
    """D12: started by a holder with a code, seen by everybody, reverted by itself, and open until it is reviewed."""
    await plant.here("state", "set", "office", "shutdown")
    wrong = await plant.command(*START, "--until-state", "office=maintenance", "--dir", str(plant.layout.folder), given="000000\n")  # fmt: skip
    assert (wrong.exit_code, "wrong, or was used" in wrong.stderr) == (1, True)
    begun = await plant.here(*START, "--until-state", "office=maintenance", given=f"{plant.code('petra')}\n")
    assert (begun["ok"], begun["zone"]) == (True, "office")
    assert "zone:office" in (await plant.here("state", "show"))["isolated"]
    (one,) = await plant.here("override", "list")
    assert "in force until office is in maintenance" in (await listed(plant))
    await plant.here("state", "set", "office", "maintenance")
    over = await plant.event("OverrideEnded", override=one["id"])
    assert over["why"] == "state"
    await until(lambda: bool(plant.events("Restored", scope="zone:office")), "its scope to come back")
    assert "zone:office" not in (await plant.here("state", "show"))["isolated"]
    assert [left["id"] for left in await plant.here("override", "list", status=1)] == [one["id"]]
    review = ["override", "review", one["id"], "--finding", "as agreed"]
    assert (await plant.here(*review, "--by", "olga", given=f"{plant.code('olga')}\n"))["ok"] is True
    reviewed = await plant.event("OverrideReviewed", override=one["id"])
    assert (reviewed["by"], reviewed["finding"]) == ("olga", "as agreed")
    assert "reviewed" in await listed(plant)


async def listed(plant: Node) -> str:
    return str((await plant.command("override", "list", "--dir", str(plant.layout.folder))).output)
