"""``penstock siem`` as whoever runs the node, or a collector, meets it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from broker.cli.root import penstock
from broker.layout import Layout
from broker.siem.position import Position, keep_position, position_file
from tests.broker.siem.test_check import beat, line
from tests.recorder.ledger.logs import ORIGIN, new_log


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(penstock, ["siem", *arguments])
    return done.exit_code, done.output


@pytest.mark.parametrize("form", ["ocsf", "cef"])
def test_what_a_collector_received_is_whole_or_says_what_is_missing(tmp_path: Path, form: str) -> None:
    """H16: a receiver finds with one command, and without this node, what it did not get."""
    file = tmp_path / "received"
    file.write_text("\n".join([line(4, form=form), line(5, form=form), line(5, form=form), beat(5, form)]))
    assert run("check", str(file)) == (0, "3 records, 1 of them again, 1 heartbeats; nothing is missing.\n")
    file.write_text("\n".join([line(4, form=form), line(7, form=form)]))
    status, said = run("check", str(file))
    assert (status, "leaves 5 to 6" in said) == (1, True)
    status, said = run("check", str(file), "--json")
    assert (status, json.loads(said)["faults"][0]["code"]) == (1, "gap")


def test_a_file_without_a_record_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    assert run("check", str(tmp_path / "empty"))[0] == 2


def test_the_list_says_how_far_each_collector_is(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    new_log(layout.ledger, 3)
    head = f'[ledger]\norigin = "{ORIGIN}"\n'
    layout.config.write_text(head)
    assert run("list", "--dir", str(tmp_path)) == (0, "No collector is named in [siem].\n")
    layout.config.write_text(f'{head}[[siem.targets]]\nname = "soc"\nhost = "logs.example"\n')
    keep_position(position_file(layout.siem, "soc"), Position(3, 2, "2026-03-01T06:00:02Z"))
    status, said = run("list", "--dir", str(tmp_path))
    assert (status, "soc" in said) == (0, True)
    keep_position(
        position_file(layout.siem, "soc"), Position(1, 0).failed("unreachable", "2026-03-01T06:00:02Z")
    )
    status, said = run("list", "--dir", str(tmp_path), "--json")
    (one,) = json.loads(said)
    assert (status, one["waiting"], one["trouble"], one["late"]) == (1, 2, "unreachable", True)
