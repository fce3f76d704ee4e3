"""Starting a node: what an installer types next. That all four come up is in tests/peers/node."""

from pathlib import Path

from click.testing import CliRunner

from broker.cli.serve_command import serve
from tests.broker.processes.running import founded


def test_a_misspelt_setting_is_shown_before_anything_starts(tmp_path: Path) -> None:
    config = founded(tmp_path).config
    config.write_text(config.read_text().replace("[ssh]\n", "[ssh]\nprot = 22\n"))
    done = CliRunner().invoke(serve, ["--config", str(config)])
    assert done.exit_code == 2
    assert "prot" in done.stderr
