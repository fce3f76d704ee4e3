from pathlib import Path

import pytest

from broker.cli.assured import Assured, known
from tests.broker.processes.running import founded


def test_a_command_sees_charter_lenses_and_window_of_its_node(tmp_path: Path) -> None:
    layout = founded(tmp_path)
    layout.config.write_text(
        layout.config.read_text() + '\n[assurance]\napplies = ["CAF"]\nreporting_days = 30\n'
    )
    node = Assured(layout)
    assert node.reporting.days == 30
    assert node.lenses()["CAF"].applies
    assert "operations" in node.charter.zones


def test_what_is_not_there_ends_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    known("zone", "", ())
    with pytest.raises(SystemExit) as caught:
        known("zone", "moon", ("operations",))
    assert caught.value.code == 2
    assert "no zone 'moon'" in capsys.readouterr().err
