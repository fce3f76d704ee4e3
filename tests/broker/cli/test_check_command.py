"""`penstock evidence check` on a node that runs: it tells the ledger, and says what it found."""

import json

import pytest

from tests.node import Node

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_check_on_demand_tells_the_ledger_and_what_it_finds_stands_on_the_page(
    plant: Node, session: str
) -> None:
    """F13: on demand, and by a process that is gentle as well."""
    here = ["--dir", str(plant.layout.folder)]
    status, out, err = await plant.penstock("evidence", "check", "--gently", "--json", *here)
    assert status == 0, (out, err)
    leaf = await plant.event("EvidenceChecked", size=json.loads(out)["size"])
    assert (leaf["found"], leaf["recordings"] > 0) == (0, True)
    path = plant.layout.recordings / f"{session}.pnr"
    aside = path.rename(path.with_suffix(".away"))
    try:
        done = await plant.command("evidence", "check", *here)
    finally:
        aside.rename(path)
    assert (done.exit_code, f"The recording of session {session} is not there." in done.output) == (1, True)
    assert "What to do: Keep the file as it is." in done.output
    assert await plant.event("EvidenceFaultFound", item=session, code="missing")
    again = await plant.command("evidence", "check", *here)
    assert (again.exit_code, "All is as it was." in again.output) == (0, True)
    assert await plant.event("EvidenceFaultGone", item=session)
