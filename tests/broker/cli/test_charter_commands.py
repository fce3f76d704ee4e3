"""The charter on the command line: what it says to an engineer, and with which exit status to a script."""

import csv
import json
import shutil
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from broker.charter.founding import found
from broker.cli.charter_commands import charter
from broker.clock import SystemClock
from broker.demo.sample import sample_charter
from broker.layout import Layout
from tests.broker.chartered import Chartered


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path / "node")
    now = SystemClock().now()  # the commands ask the same clock, so the sample must be valid today
    found(layout, charter=sample_charter(today=now.date()), origin="plant.example/ot-access/1", at=now)
    return layout


def run(layout: Layout, *arguments: str) -> Result:
    return CliRunner().invoke(charter, [*arguments, "--dir", str(layout.folder)])


def test_the_sample_that_a_plant_starts_from_can_be_used(layout: Layout) -> None:
    done = run(layout, "check", "--json")
    assert done.exit_code == 0
    assert json.loads(done.output)["sound"] is True


def test_every_fault_is_shown_with_its_file_and_line(layout: Layout) -> None:
    rights = layout.charter / "rights.toml"
    rights.write_text(rights.read_text().replace('holder = "petra"', 'holder = "nobody"'))
    done = run(layout, "check")
    assert done.exit_code == 1
    assert "rights.toml:" in done.output
    assert "What to do" in done.output


def test_a_folder_of_charter_files_is_checked_without_a_node(layout: Layout, tmp_path: Path) -> None:
    """C01: a newcomer copies the sample and checks the copy."""
    copy = tmp_path / "copy"
    shutil.copytree(layout.charter, copy)
    done = CliRunner().invoke(charter, ["check", str(copy)])
    assert done.exit_code == 0
    assert "1 site, 5 zones, 3 conduits" in done.output
    conduits = copy / "conduits.toml"
    conduits.write_text(conduits.read_text().replace('"4h"', '"4 hours"', 1))
    done = CliRunner().invoke(charter, ["check", str(copy)])
    assert done.exit_code == 1
    assert "conduits.toml:" in done.output
    assert "\n1 fault: this charter can't be used." in done.output
    assert run(layout, "check").exit_code == 0


def test_a_plant_with_every_right_held_has_no_void(layout: Layout) -> None:
    done = run(layout, "void", "--json")
    assert (done.exit_code, json.loads(done.output)["voids"]) == (0, [])
    assert "Every right has a holder" in run(layout, "void").output


def test_a_right_that_lapsed_is_a_void_that_names_its_last_holder(layout: Layout) -> None:
    rights = layout.charter / "rights.toml"
    first, *others = rights.read_text().split("[[right]]\n")[1:]
    lapsed = "\n".join(
        {"from": "from = 2020-01-01", "until": "until = 2021-01-01"}.get(line.partition(" ")[0], line)
        for line in first.splitlines()
    )
    rights.write_text("[[right]]\n" + "\n[[right]]\n".join([lapsed, *others]))
    draft = ("--folder", str(layout.charter))
    done = run(layout, "void", "--json", *draft)
    assert done.exit_code == 1
    voids = json.loads(done.output)["voids"]
    assert {one["right"] for one in voids} == {"connect"}
    assert {one["last"] for one in voids} == {"petra"}
    assert {one["kind"] for one in voids} == {"expired"}
    said = run(layout, "void", *draft).output
    assert "[expired]" in said
    assert "deputy Deniz Aydin" in said
    rows = list(csv.DictReader(run(layout, "void", "--csv", *draft).output.splitlines()))
    assert [(one["right"], one["executive"]) for one in rows] == [("connect", "nora")]


@pytest.mark.parametrize(
    ("state", "passage", "status"),
    [
        pytest.param("maintenance", "shell", 0, id="may be asked for"),
        pytest.param("maintenance", "forward:9", 77, id="a port that the charter does not name"),
    ],
)
def test_a_wish_is_explained_rule_by_rule(layout: Layout, state: str, passage: str, status: int) -> None:
    done = run(
        layout, "explain", "ana", "eng-ws-1", passage, "--action", "operate", "--state", state, "--json"
    )
    assert done.exit_code == status, done.output
    assert len(json.loads(done.output)["rules"]) > 5


def test_a_passage_that_nobody_knows_is_wrong_usage(layout: Layout) -> None:
    assert run(layout, "explain", "ana", "eng-ws-1", "telnet").exit_code == 2


def test_assets_are_drafted_from_a_list_and_nothing_is_written(layout: Layout, tmp_path: Path) -> None:
    """C13: discovered machines are registered by a person, never by a scan."""
    listed = tmp_path / "list.csv"
    listed.write_text(
        "name,address,port,protocol,zone\nPump 8,10.9.8.7,502,modbus,Pumping station\nx,127.0.0.1,1,ssh,\n"
    )
    before = layout.charter_files()
    done = run(layout, "import-assets", str(listed))
    assert done.exit_code == 0
    (asset,) = tomllib.loads(done.output)["asset"]
    assert (asset["id"], asset["zone"]) == ("pump-8", "pumping")
    assert "# Left out: 1." in done.output
    assert json.loads(run(layout, "import-assets", str(listed), "--json").output)["left_out"]
    assert layout.charter_files() == before


def test_a_file_of_another_shape_is_refused_with_a_remedy(layout: Layout, tmp_path: Path) -> None:
    other = tmp_path / "scan.xml"
    other.write_text("<nmaprun/>")
    done = run(layout, "import-assets", str(other))
    assert done.exit_code == 1
    assert "What to do: Give CSV" in done.output


def test_the_count_of_ungoverned_pathways_comes_first(layout: Layout) -> None:
    """S-10, C16: a first-class number."""
    assert run(layout, "check").output.startswith("0 ungoverned pathways; ")
    with (layout.charter / "pathways.toml").open("a") as file:
        file.write(
            '[[pathway]]\nid = "modem"\nname = "Modem"\nkind = "modem"\nzone = "pumping"\n'
            'status = "ungoverned"\ncarries = "Fault memories"\nfound = 2026-02-03\n'
        )
    done = run(layout, "check")
    assert done.output.startswith("1 ungoverned pathway; ")
    assert json.loads(run(layout, "check", "--json").output)["pathways"]["ungoverned"] == 1


def test_what_is_in_force_answers_unless_a_draft_is_named(tmp_path: Path) -> None:
    """S-45: the first line says which charter speaks; editing the folder changes no answer but the draft's."""
    layout = Chartered(tmp_path, SystemClock().now()).layout
    conduits = layout.charter / "conduits.toml"
    conduits.write_text(conduits.read_text().replace('grants = ["shell", "exec"', 'grants = ["exec"', 1))
    wish = ("explain", "ana", "eng-ws-1", "shell", "--action", "operate", "--state", "maintenance")
    in_force, draft = run(layout, *wish), run(layout, *wish, "--folder", str(layout.charter))
    assert (in_force.exit_code, draft.exit_code) == (0, 77), (in_force.output, draft.output)
    assert in_force.output.startswith("By version 1 of the charter, which is in force on this node.")
    assert draft.output.startswith(f"By the draft in {layout.charter}, which is not in force.")
    told = [
        json.loads(run(layout, "void", "--json", *named).output)["charter"]
        for named in ((), ("--folder", str(layout.charter)))
    ]
    assert [one["version"] for one in told] == [1, None]
    assert told[0]["digest"] != told[1]["digest"]


def test_a_draft_s_voids_are_told_where_there_is_no_node(layout: Layout, tmp_path: Path) -> None:
    elsewhere = Layout(tmp_path / "elsewhere")
    assert run(elsewhere, "void", "--folder", str(layout.charter)).exit_code == 0


TOLERATED = """
[[exception]]
id = "one-deputy"
owner = "olga"
granted_by = "petra"
reason = "Nobody is trained yet"
compensating = "The shift telephones"
lifts = ["no_deputy"]
boundary = "riverside"
from = {since}
until = {until}
"""


def test_a_tolerated_finding_says_so_on_its_own_line(layout: Layout) -> None:
    """J05, S-44: the finding stays, with the exception that lets it stand, who answers and until when."""
    rights = layout.charter / "rights.toml"
    rights.write_text(rights.read_text().replace('deputy = "deniz"\n', "", 1))
    assert "[no_deputy] conduit" in run(layout, "check").output
    today = SystemClock().now().date()
    entry = TOLERATED.format(since=today - timedelta(days=1), until=today + timedelta(days=30))
    with (layout.charter / "exceptions.toml").open("a") as file:
        file.write(entry)
    done = run(layout, "check")
    (line, *_) = [one for one in done.output.splitlines() if "[no_deputy]" in one]
    assert "by exception one-deputy; olga answers for it." in line, done.output
    assert "What to do" not in line
    told = json.loads(run(layout, "check", "--json").output)["findings"]
    assert {one["exception"] for one in told if one["code"] == "no_deputy"} == {"one-deputy"}
    assert {one["exception"] for one in told if one["code"] != "no_deputy"} <= {None}
