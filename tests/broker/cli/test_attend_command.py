"""Attending from the plant's own machine, of a node of which nothing runs; a live one is in tests/peers/node."""

from pathlib import Path

from click.testing import CliRunner

from broker.cli.root import penstock
from tests.broker.processes.running import founded


def test_without_the_watchdog_nobody_attends_and_it_says_so(tmp_path: Path) -> None:
    layout = founded(tmp_path)
    done = CliRunner().invoke(penstock, ["sessions", "attend", "zone:pumping", "--dir", str(layout.folder)])
    assert (done.exit_code, done.stdout) == (1, "")
    assert "penstock serve" in done.stderr
