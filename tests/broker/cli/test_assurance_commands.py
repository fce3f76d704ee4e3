"""The status on the command line, of a node that runs."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from broker.cli.root import penstock
from tests.node import Node
from tests.oscal_schemas import faults

pytestmark = pytest.mark.asyncio(loop_scope="session")


def run(plant: Node, *arguments: str) -> tuple[int, str, str]:
    command = ["assurance", *arguments, "--dir", str(plant.layout.folder)]
    done = CliRunner().invoke(penstock, command)
    return done.exit_code, done.stdout, done.stderr


async def test_a_real_session_is_evidence_down_to_its_leaves(plant: Node, session: str) -> None:
    """S-15, J08: from the number to the leaf, over a session that really was."""
    status, said, _ = run(plant, "show", "--zone", "operations", "--json")
    assert status == 0
    document = json.loads(said)
    controls = {one["control"]: one for one in document["controls"]}
    assert controls["BC-06"]["checked"] >= 1
    assert controls["BC-08"]["state"] == "not-satisfied"  # nothing tells of a vendor's device yet
    mine = {one["kind"]: one for one in document["evidence"] if one["session"] == session}
    assert {"EV-REQ", "EV-APR", "EV-REC", "EV-TRM", "EV-ATN", "EV-BAN"} <= set(mine)
    leaf = await plant.event("SessionEnded", session=session)
    assert mine["EV-REC"]["source"].endswith("(SessionEnded)")
    assert leaf["recording_sha256"]


async def test_it_is_shown_for_people_by_lens_and_by_control(plant: Node, session: str) -> None:
    assert session
    status, said, _ = run(plant, "show", "--lens", "NIS2-IR")
    assert (status, "satisfied" in said, "BC-38" in said) == (0, True, False)
    status, said, _ = run(plant, "show", "--control", "BC-02")
    assert (status, "EV-APR" in said, "leaf" in said) == (0, True, True)
    for wrong in (("--zone", "moon"), ("--lens", "GDPR"), ("--control", "BC-99"), ("--vendor", "nobody")):
        assert run(plant, "show", *wrong)[0] == 2


async def test_a_drawing_is_taken_in_and_goes_stale_by_what_somebody_notes(
    plant: Node, tmp_path: Path
) -> None:
    """G10, S-17, G02: from the file to the leaf, and stale at once."""
    file = tmp_path / "P&ID cell 3.pdf"
    file.write_bytes(b"%PDF-1.7 a drawing")
    options = (
        "--kind EV-ZCM --sort drawing --owner olga --zone operations --every P1Y --trigger drift_detected"
    )
    taken = ("take", str(file), "--name", "pid-cell-3", "--title", "P&ID of cell 3", *options.split())
    status, said, complaint = run(plant, *taken, "--made", "2026-02-01T00:00:00Z", "--json")
    assert (status, complaint) == (0, "")
    assert json.loads(said)["media"] == "application/pdf"
    _, said, _ = run(plant, "documents")
    assert "pid-cell-3" in said
    assert "as taken in" in said
    assert run(plant, "note", "drift_detected", "--zone", "operations", "--reason", "a scan")[0] == 0
    _, said, _ = run(plant, "show", "--zone", "operations", "--control", "BC-09", "--json")
    (control,) = json.loads(said)["controls"]
    assert (control["state"], control["stale"]) == ("not-satisfied", True)
    assert run(plant, "end", "pid-cell-3", "--reason", "torn down")[0] == 0
    status, _, complaint = run(
        plant, "take", str(file), "--name", "x", "--title", "t", *options.split(), "--made", "soon"
    )
    assert (status, "no instant" in complaint) == (1, True)


async def test_oscal_of_a_real_plant_validates_by_the_official_schema(
    plant: Node, session: str, tmp_path: Path
) -> None:
    """G03, G06: three lenses from one session, the same evidence in each."""
    folder = tmp_path / "oscal"
    lenses = ("--lens", "CAF", "--lens", "NIST800-53", "--lens", "IEC62443-3-3")
    status, said, complaint = run(plant, "export", str(folder), "--zone", "operations", *lenses, "--json")
    assert (status, complaint) == (0, "")
    for name in json.loads(said)["files"]:
        assert faults(json.loads((folder / name).read_text())) == []
    results = json.loads((folder / "assessment-results.json").read_text())["assessment-results"]["results"]
    ended = [
        {one["uuid"] for one in each["observations"] if one["title"] == f"EV-TRM, {session}"}
        for each in results
    ]
    assert len(ended) == 3
    assert ended[0] == ended[1] == ended[2] != set()
    assert run(plant, "export", str(folder))[0] == 1


async def test_the_board_reads_who_answers_for_each_boundary(plant: Node, session: str) -> None:
    """S-09: on the command line too, with how long decisions took."""
    assert session
    status, said, complaint = run(plant, "board", "--json")
    assert (status, complaint) == (0, "")
    document = json.loads(said)
    assert all(one["answers"] for one in document["boundaries"])
    assert document["decisions"]["decided"] >= 1
    status, said, _ = run(plant, "board")
    assert (status, "until a decision" in said) == (0, True)
