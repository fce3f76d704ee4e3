"""``penstock charter findings`` on a node of which nothing runs: it reads the ledger's folder."""

import json
import shutil
from datetime import timedelta
from pathlib import Path

from click.testing import CliRunner

from broker.cli.root import penstock
from broker.clock import SystemClock
from domain.events import GlassBroken
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
