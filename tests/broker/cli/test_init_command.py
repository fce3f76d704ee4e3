"""Founding a node: what an installer types."""

import json
import stat
from pathlib import Path

from click.testing import CliRunner, Result

from broker.cli.init_command import init
from broker.layout import Layout
from broker.settings import read_settings


def founded(folder: Path, *more: str) -> Result:
    return CliRunner().invoke(init, [str(folder), *more])


def test_a_founded_node_has_keys_for_its_owner_alone_and_says_what_comes_next(tmp_path: Path) -> None:
    done = founded(tmp_path / "node")
    assert done.exit_code == 0, done.output
    assert "penstock charter check" in done.output
    layout = Layout(tmp_path / "node")
    assert read_settings(layout).ledger.origin == "plant.example/ot-access/1"
    assert stat.S_IMODE(layout.ledger_key.stat().st_mode) == 0o600


def test_the_key_for_auditors_is_told_to_machines_as_well(tmp_path: Path) -> None:
    done = founded(tmp_path / "node", "--origin", "works.example/ot-access/7", "--json")
    assert json.loads(done.output)["vkey"].startswith("works.example/ot-access/7+")


def test_a_folder_with_something_in_it_is_left_as_it_is(tmp_path: Path) -> None:
    founded(tmp_path / "node")
    before = (tmp_path / "node/keys/ledger.key").read_bytes()
    assert founded(tmp_path / "node").exit_code == 2
    assert (tmp_path / "node/keys/ledger.key").read_bytes() == before
