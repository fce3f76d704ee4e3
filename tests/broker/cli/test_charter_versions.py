"""A new version of the charter on the command line: what it says, who must sign, and putting it in force."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from broker.charter import store
from broker.charter.founding import found
from broker.cli import charter_versions
from broker.cli.charter_commands import charter
from broker.cli.people_commands import people
from broker.clock import SystemClock
from broker.demo.sample import sample_charter
from broker.layout import Layout
from tests.approvals.ssh import signed_file
from tests.broker.chartered import LONGER, SHORTER, Chartered
from tests.programs import needs, program


@pytest.fixture
def plant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Chartered:
    plant = Chartered(tmp_path, SystemClock().now())
    plant.begin()
    # The signer's socket, with no signer behind it: the ledger is this process's own.
    monkeypatch.setattr(charter_versions, "append_now", lambda _socket, event: plant.append(event))
    return plant


def run(plant: Chartered, *arguments: str) -> Result:
    return CliRunner().invoke(charter, [*arguments, "--dir", str(plant.layout.folder)])


def test_a_difference_is_a_sentence_and_says_whose_boundary_it_relaxes(plant: Chartered) -> None:
    plant.edit(*LONGER)
    done = run(plant, "diff", "in-force", str(plant.layout.charter))
    assert done.exit_code == 1
    assert "Over dmz-pumping:" in done.output
    assert (
        "Relaxes (right 'connect'): Conduit dmz-pumping (Drive maintenance): the longest window from 4 h to 5 h."
    ) in done.output
    told = json.loads(run(plant, "diff", "1", str(plant.layout.charter), "--json").output)
    assert told["relaxes"] == 1
    assert told["differences"][0]["effect"] == "relaxing"


def test_what_only_tightens_is_a_diff_without_a_no(plant: Chartered) -> None:
    plant.edit(*SHORTER)
    done = run(plant, "diff", "in-force", str(plant.layout.charter))
    assert (done.exit_code, "Tightens" in done.output) == (0, True)
    assert "They say the same." in run(plant, "diff", "1", "in-force").output


@pytest.mark.parametrize("name", ["7", "yesterday", "0"])
def test_a_version_that_is_none_is_said_to_be_none(plant: Chartered, name: str) -> None:
    done = run(plant, "diff", name, "in-force")
    assert done.exit_code == 1
    assert "neither a folder nor an applied version" in done.output


def test_a_relaxing_version_waits_for_its_signature_and_says_how_to_give_it(plant: Chartered) -> None:
    """S-05: nothing relaxes on the word of whoever sits at the machine."""
    plant.edit(*LONGER)
    done = run(plant, "apply", "--reason", "The drives need longer")
    assert done.exit_code == 1
    assert "Missing: it needs a signature under 'connect' over dmz-pumping: petra or deniz." in done.output
    assert "ssh-keygen -Y sign -n penstock-charter@penstock" in done.output
    told = json.loads(run(plant, "apply", "--json").output)
    assert (told["applied"], told["missing"][0]["able"]) == (False, ["petra", "deniz"])
    assert store.latest(plant.layout) == 1


@needs("ssh-keygen")
def test_signed_here_and_now_it_is_in_force(plant: Chartered) -> None:
    plant.edit(*LONGER)
    done = run(plant, "apply", "--reason", "The drives need longer", "--sign", f"petra={plant.key_file}")
    assert done.exit_code == 0, done.output
    assert "Version 2 is in force: The drives need longer" in done.output
    assert plant.begin()().digest == store.application(plant.layout, 2).proposal.charter


def test_signed_elsewhere_with_the_stock_tool_it_is_in_force(plant: Chartered, tmp_path: Path) -> None:
    plant.edit(*LONGER)
    path = json.loads(run(plant, "apply", "--reason", "The drives need longer", "--json").output)["sign"]
    carried = tmp_path / "proposal.json"
    shutil.copy(path, carried)
    signature = signed_file(plant.key_file, "penstock-charter@penstock", carried)
    done = run(plant, "apply", "--signature", f"petra={signature}", "--json")
    assert json.loads(done.output)["applied"] is True
    assert json.loads(done.output)["signers"] == ["petra"]


@needs("ssh-keygen")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(("--sign", "petra"), "not PERSON=FILE", id="no key"),
        pytest.param(("--sign", "petra=/nowhere"), "did not sign", id="no such key"),
        pytest.param(("--sign", "olga=KEY"), "not enrolled", id="a key that is somebody else's"),
    ],
)
def test_a_signature_that_can_t_be_made_or_does_not_count_is_said(
    plant: Chartered, arguments: tuple[str, ...], said: str
) -> None:
    plant.edit(*LONGER)
    given = [one.replace("KEY", str(plant.key_file)) for one in arguments]
    done = run(plant, "apply", "--reason", "x", *given)
    assert done.exit_code in {1, 2}
    assert said in done.output
    assert store.latest(plant.layout) == 1


def test_a_charter_with_faults_is_never_proposed(plant: Chartered) -> None:
    plant.edit("rights.toml", 'holder = "petra"', 'holder = "nobody"')
    done = run(plant, "apply", "--reason", "x")
    assert done.exit_code == 1
    assert "rights.toml:" in done.output
    assert store.proposed(plant.layout) is None


@needs("ssh-keygen")
def test_an_interrupted_application_is_finished_first(plant: Chartered) -> None:
    plant.edit(*LONGER)
    plant.down = True
    assert run(plant, "apply", "--reason", "x", "--sign", f"petra={plant.key_file}").exit_code == 1
    plant.down = False
    done = run(plant, "apply")
    assert (done.exit_code, "Version 2 is in force" in done.output) == (0, True)


def test_the_first_version_of_a_plant_s_own_is_applied_before_the_node_runs(
    plant: Chartered, tmp_path: Path
) -> None:
    layout = Layout(tmp_path / "fresh")
    found(layout, charter=sample_charter(today=plant.now.date()), origin="fresh.example/ot/1", at=plant.now)
    public = tmp_path / "petra.pub"
    made = subprocess.run(
        [program("ssh-keygen"), "-y", "-f", str(plant.key_file)], check=True, capture_output=True, text=True
    )
    public.write_text(made.stdout)
    ran = CliRunner().invoke(people, ["signing-key", "petra", str(public), "--dir", str(layout.folder)])
    assert ran.exit_code == 0, ran.output
    plant.down = True  # there is no signer yet
    arguments = [
        "apply",
        "--reason",
        "Founding",
        "--sign",
        f"petra={plant.key_file}",
        "--dir",
        str(layout.folder),
    ]
    done = CliRunner().invoke(charter, arguments)
    assert done.exit_code == 0, done.output
    assert "told of it when the node starts" in done.output
    assert store.latest(layout) == 1


def test_a_vendor_s_person_signs_no_charter(plant: Chartered, tmp_path: Path) -> None:
    public = tmp_path / "ana.pub"
    public.write_text("ssh-ed25519 AAAA\n")
    done = CliRunner().invoke(people, ["signing-key", "ana", str(public), "--dir", str(plant.layout.folder)])
    assert done.exit_code == 2
    assert "can't sign" in done.output


def test_a_reason_is_asked_for(plant: Chartered) -> None:
    plant.edit(*LONGER)
    done = run(plant, "apply")
    assert (done.exit_code, "--reason" in done.output) == (1, True)


@pytest.mark.parametrize("command", ["diff", "impact"])
def test_before_the_first_version_a_newcomer_is_told_so(tmp_path: Path, command: str) -> None:
    """A node that was only founded has neither a version nor a ledger; nothing is damaged."""
    layout = Layout(tmp_path / "node")
    now = SystemClock().now()
    found(layout, charter=sample_charter(today=now.date()), origin="plant.example/ot-access/1", at=now)
    old = ["in-force"] if command == "diff" else []
    done = CliRunner().invoke(charter, [command, *old, str(layout.charter), "--dir", str(layout.folder)])
    assert done.exit_code == 1
    assert "No version of the charter is in force yet. What to do: Put the first one in force" in done.output


def test_a_difference_says_what_nobody_s_signature_would_put_in_force(plant: Chartered) -> None:
    """J03: before anybody is asked to sign."""
    plant.edit("rights.toml", 'holder = "petra"', 'holder = "sven"')
    done = run(plant, "diff", "in-force", str(plant.layout.charter))
    assert "Can't be put in force: The right" in done.output
    told = json.loads(run(plant, "diff", "in-force", str(plant.layout.charter), "--json").output)
    assert "attesting" in told["breaches"][0]["fact"]
    refused = run(plant, "apply", "--reason", "He leads now")
    assert (refused.exit_code, "an entry of their own" in refused.output) == (1, True), refused.output


def test_applying_says_first_what_would_be_decided_otherwise(plant: Chartered) -> None:
    """J14: whoever signs on the command line has it before them too."""
    plant.edit(*LONGER)
    done = run(plant, "apply", "--reason", "The drives need it")
    assert "0 requests of 90 days and 0 live permits: 0 decisions would change." in done.output, done.output
    told = json.loads(run(plant, "apply", "--reason", "The drives need it", "--json").output)
    assert told["impact"]["flips"] == []
