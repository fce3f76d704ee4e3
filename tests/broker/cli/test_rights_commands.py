"""Attesting without a console: what is due, and who is told no."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from broker.charter.founding import found
from broker.cli.rights_commands import attested, rights
from broker.clock import SystemClock
from broker.demo.sample import sample_charter
from broker.layout import Layout
from domain.proof import ProofKind
from tests.approvals.test_attesting import SAID
from tests.node import Node

DELEGATION = """
[[delegation]]
right = "connect"
boundary = "riverside"
by = "petra"
to = "milo"
actions = ["view"]
states = ["maintenance"]
approved = {day}
from = {day}
until = {until}
"""


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path / "node")
    now = SystemClock().now()
    found(layout, charter=sample_charter(today=now.date()), origin="plant.example/ot-access/1", at=now)
    rights_file = layout.charter / "rights.toml"
    until = next(
        line.partition(" = ")[2] for line in rights_file.read_text().splitlines() if line.startswith("until")
    )
    rights_file.write_text(rights_file.read_text() + DELEGATION.format(day=now.date(), until=until))
    return layout


def run(layout: Layout, *arguments: str, code: str = "") -> Result:
    return CliRunner().invoke(rights, [*arguments, "--draft", "--dir", str(layout.folder)], input=code)


def test_what_nobody_signed_yet_is_due(layout: Layout) -> None:
    """J03, B03: a delegation that its holder has not signed does not count."""
    done = run(layout, "due", "--json")
    (one,) = json.loads(done.output)["due"]
    assert (one["person"], one["subject"].partition(":")[0]) == ("petra", "delegation")
    assert "Petra Vos" in run(layout, "due").output


@pytest.mark.parametrize("person", ["milo", "olga", "ana"])
def test_nobody_attests_what_is_not_theirs(layout: Layout, person: str) -> None:
    """J03: only who answers for it."""
    (one,) = json.loads(run(layout, "due", "--json").output)["due"]
    done = run(layout, "attest", one["subject"], "--as", person)
    assert done.exit_code == 2
    assert "nothing to attest" in done.output
    assert not layout.attestations.exists()


def test_without_a_gate_that_checks_the_code_nothing_is_attested(layout: Layout) -> None:
    (one,) = json.loads(run(layout, "due", "--json").output)["due"]
    done = run(layout, "attest", one["subject"], "--as", "petra", code="123456\n")
    assert done.exit_code == 1
    assert "gate does not answer" in done.output
    assert not layout.attestations.exists()


def test_the_leaf_names_the_statement_by_its_digest() -> None:
    leaf = attested(SAID, ProofKind.TOTP)
    assert (leaf.person, leaf.subject, leaf.statement) == (SAID.person, SAID.subject, SAID.digest().hex())


@pytest.mark.asyncio(loop_scope="session")
async def test_a_holder_attests_at_the_node_and_the_ledger_knows_first(plant: Node) -> None:
    """J03, B03: with a code that the running gate spends on exactly this statement."""
    file = plant.layout.charter / "rights.toml"
    before, day = file.read_text(), SystemClock().now().date()
    until = next(line.partition(" = ")[2] for line in before.splitlines() if line.startswith("until"))
    here = ["--draft", "--dir", str(plant.layout.folder)]
    file.write_text(before + DELEGATION.format(day=day, until=until))
    try:
        (one,) = json.loads((await plant.command("rights", "due", "--json", *here)).output)["due"]
        words = ["rights", "attest", one["subject"], "--as", "petra", *here]
        wrong = await plant.command(*words, given="000000\n")
        assert (wrong.exit_code, plant.layout.attestations.exists()) == (1, False)
        done = await plant.command(*words, given=f"{plant.code('petra')}\n")
        assert done.exit_code == 0, done.output
        leaf = await plant.event("RightAttested", person="petra")
        assert leaf["subject"] == one["subject"]
        assert json.loads((await plant.command("rights", "due", "--json", *here)).output)["due"] == []
    finally:
        file.write_text(before)
        plant.layout.attestations.unlink(missing_ok=True)
