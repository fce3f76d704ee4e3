from pathlib import Path

import pytest

from broker.cli.answer import local_name
from broker.cli.local_switch import ask, in_whose_name
from tests.broker.processes.running import founded
from tests.node import Node


def test_while_no_emergency_is_known_whoever_sits_there_lets_go_and_no_charter_is_read(
    tmp_path: Path,
) -> None:
    layout = founded(tmp_path)
    for file in layout.charter.iterdir():
        file.unlink()
    assert in_whose_name(layout, "zone:operations", "resume", None) == local_name()


@pytest.mark.asyncio(loop_scope="session")
async def test_a_no_of_the_watchdog_ends_the_command_with_its_remedy(
    plant: Node, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        ask(plant.layout, {"do": "pause", "session": "z" * 26})
    assert "penstock sessions list" in capsys.readouterr().err
