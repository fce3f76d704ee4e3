"""``penstock demo``'s command line. What it brings up, and how that ends, is in tests/broker/demo/test_plant.py."""

from pathlib import Path

from click.testing import CliRunner

from broker.cli.demo_commands import demo


def test_a_folder_that_is_in_use_is_refused_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "plant").mkdir()
    (tmp_path / "plant" / "penstock.toml").write_text("")
    done = CliRunner().invoke(
        demo, ["--dir", str(tmp_path / "plant"), "--ssh-port", "0", "--https-port", "0"]
    )
    assert done.exit_code == 2
    assert "already" in done.stderr
    assert str(tmp_path / "plant") in done.stderr
