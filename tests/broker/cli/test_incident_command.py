"""`penstock evidence incident` on a node that runs; judged by the stand-alone verifier."""

import json
from io import StringIO
from pathlib import Path

import pytest

from recorder.cli import main
from tests.node import Node

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_pack_by_vendor_holds_its_sessions_and_each_custody_log_tells_of_it(
    plant: Node, session: str, tmp_path: Path
) -> None:
    """G14: by vendor, time or name; nobody is needed to verify it but the ledger's key."""
    here, out = ["--dir", str(plant.layout.folder)], tmp_path / "pack.zip"
    words = ["--vendor", "brightwater", "--purpose", "first report"]
    done = await plant.command("evidence", "incident", str(out), *words, "--json", *here)
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert session in found["sessions"]
    said = StringIO()
    assert main(["verify", str(out), "--key", str(plant.layout.ledger_vkey)], said) == 0, said.getvalue()
    assert await plant.event("EvidenceHandled", session=session, purpose="first report", deed="export")
    for wrong in ([str(out), *words], [str(tmp_path / "x")], [str(tmp_path / "x"), "--from", "noon"]):
        assert (await plant.command("evidence", "incident", *wrong, *here)).exit_code == 2
    none = await plant.command("evidence", "incident", str(tmp_path / "x"), "--vendor", "nobody", *here)
    assert (none.exit_code, (tmp_path / "x").exists()) == (1, False)
