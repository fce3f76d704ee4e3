"""``penstock charter findings`` and ``denials`` on a node of which nothing runs: they read the ledger's folder."""

import json
import shutil
from datetime import timedelta
from pathlib import Path

from click.testing import CliRunner

from broker.cli.root import penstock
from broker.clock import SystemClock
from domain.events import GlassBroken, RequestRefused
from domain.ids import PermitId
from tests.broker.console.house import FolderLedger
from tests.broker.processes.running import founded


async def test_what_the_ledger_tells_twice_is_found_with_its_owner_j13(tmp_path: Path) -> None:
    """J13: a pattern is generated, and found with an owner."""
    layout = founded(tmp_path)
    shutil.rmtree(layout.ledger, ignore_errors=True)
    ledger = FolderLedger(layout.ledger)
    asked = ["charter", "findings", "--dir", str(layout.folder)]
    calm = CliRunner().invoke(penstock, asked)
    assert (calm.exit_code, "No sign of a workaround" in calm.stdout) == (0, True), calm.output
    now = SystemClock().now()
    for number in (1, 2):
        await ledger.append(
            GlassBroken(
                at=now - timedelta(days=number),
                permit=PermitId(f"{number:026}"),
                by=("milo", "sven"),
                skipped=("petra",),
                boundary="riverside",
                reason="nobody answers",
                until=now,
            )
        )
    ledger.close()
    said = CliRunner().invoke(penstock, asked)
    assert said.exit_code == 1
    assert "[repeated_break_glass]" in said.stdout
    assert "Owner: petra" in said.stdout
    (one,) = json.loads(CliRunner().invoke(penstock, [*asked, "--json"]).stdout)["findings"]
    assert (one["code"], one["times"], one["owner"]) == ("repeated_break_glass", 2, "petra")


async def test_refusals_are_counted_from_the_ledger(tmp_path: Path) -> None:
    """B15: denial appears in the report."""
    layout = founded(tmp_path)
    shutil.rmtree(layout.ledger, ignore_errors=True)
    ledger = FolderLedger(layout.ledger)
    asked = ["charter", "denials", "--dir", str(layout.folder)]
    assert "Nothing was refused in 90 days." in CliRunner().invoke(penstock, asked).stdout
    await ledger.append(
        RequestRefused(
            at=SystemClock().now(),
            person="ana",
            asset="eng-ws-1",
            door="ssh",
            source="192.0.2.9",
            code="no_conduit",
            sentence="No conduit leads there.",
        )
    )
    ledger.close()
    said = CliRunner().invoke(penstock, asked)
    assert said.exit_code == 0, said.output
    assert "1 refusals in 90 days." in said.stdout
    found = json.loads(CliRunner().invoke(penstock, [*asked, "--json"]).stdout)
    assert found["by_rule"][0]["who"] == "no_conduit"
