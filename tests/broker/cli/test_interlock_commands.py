"""The kill switch, states and live sessions on the command line, of a node that runs and of one that does not."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from broker.cli.root import penstock
from broker.layout import Layout
from tests.broker.processes.running import founded
from tests.node import Node

ALIVE = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """A node of which nothing runs."""
    return founded(tmp_path)


def run(layout: Layout, *arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(penstock, [*arguments, "--dir", str(layout.folder)])
    return done.exit_code, done.stdout, done.stderr


def test_isolation_works_where_nothing_runs_and_is_shown_afterwards(layout: Layout) -> None:
    status, said, _ = run(layout, "isolate", "zone:pumping", "--reason", "smoke")
    assert (status, "zone:pumping is isolated" in said, "penstock restore zone:pumping" in said) == (
        0,
        True,
        True,
    )
    status, said, _ = run(layout, "state", "show", "--json")
    assert (status, json.loads(said)["isolated"]) == (0, ["zone:pumping"])


@pytest.mark.parametrize(
    "arguments",
    [["restore", "all"], ["state", "set", "pumping", "running"], ["sessions", "stop", "z" * 26]],
)
def test_what_needs_the_watchdog_says_so(layout: Layout, arguments: list[str]) -> None:
    status, said, complaint = run(layout, *arguments)
    assert (status, said) == (1, "")
    assert complaint.startswith("penstock: ")
    assert "penstock serve" in complaint


@pytest.mark.parametrize("scope", ["everything", "zone:", "zone:\x1b[2J", "planet:earth"])
def test_a_scope_that_is_none_is_refused_and_shown_inert(layout: Layout, scope: str) -> None:
    status, said, complaint = run(layout, "isolate", scope)
    assert status != 0
    assert "\x1b" not in said + complaint
    assert complaint.startswith("penstock: ")


@ALIVE
async def test_a_state_that_is_set_is_shown(plant: Node) -> None:
    here = ["--dir", str(plant.layout.folder)]
    assert (await plant.command("state", "set", "office", "turnaround", *here)).exit_code == 0
    shown = await plant.command("state", "show", *here)
    assert "office" in shown.output
    assert "turnaround" in shown.output
    assert "isolated: nothing" in shown.output
    assert (await plant.command("sessions", "list", *here)).output.strip() != ""


def test_a_step_needs_the_gate_and_a_length_of_time_d03(layout: Layout) -> None:
    """D03: the gate alone holds a session's expiry."""
    asked = ["sessions", "hold", "z" * 26, "--by", "petra", "--reason", "firmware"]
    status, said, complaint = run(layout, *asked)
    assert (status, said, "gate does not answer" in complaint) == (1, "", True)
    assert run(layout, *asked, "--for", "soon")[0] == 2
    status, _, complaint = run(layout, "sessions", "release", "z" * 26, "--by", "petra")
    assert (status, "gate does not answer" in complaint) == (1, True)


@ALIVE
@pytest.mark.parametrize("what", [["hold", "--reason", "firmware"], ["release"]], ids=lambda one: one[0])
async def test_a_step_that_the_gate_refuses_is_exit_77_d03(plant: Node, what: list[str]) -> None:
    """D03: no session, no step."""
    asked = ["sessions", what[0], "z" * 26, *what[1:], "--by", "petra", "--dir", str(plant.layout.folder)]
    done = await plant.command(*asked, given="000000\n")
    assert done.exit_code == 77
    assert "refused [no_session]" in done.stderr
