from pathlib import Path

import pytest

from broker.layout import Layout
from domain.errors import ConfigError


def test_an_empty_charter_folder_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no charter"):
        Layout(tmp_path).charter_files()


def test_only_toml_files_are_charter(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.charter.mkdir()
    (layout.charter / "b.toml").write_text("b")
    (layout.charter / "a.toml").write_text("a")
    (layout.charter / "notes.txt").write_text("n")
    assert layout.charter_files() == {"a.toml": b"a", "b.toml": b"b"}
