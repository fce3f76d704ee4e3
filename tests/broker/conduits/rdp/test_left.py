import os
import socket
from pathlib import Path

import pytest

from broker.conduits.rdp import left

DISPLAY = 59_999
"""Beyond the numbers that engines draw."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def test_what_nobody_holds_any_more_is_taken_away_with_its_display(folder: Path) -> None:
    display = Path(f"/tmp/.X11-unix/X{DISPLAY}")
    display.parent.mkdir(mode=0o1777, exist_ok=True)
    home, held = left.home()
    left.note(home, DISPLAY)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(display))
        server.listen()
        left.clear()
        assert home.is_dir(), "it is held"
        os.close(held)
    left.clear()
    assert list(folder.iterdir()) == []
    assert not display.exists()


def test_a_display_that_somebody_answers_at_stays(folder: Path) -> None:
    display = Path(f"/tmp/.X11-unix/X{DISPLAY}")
    display.parent.mkdir(mode=0o1777, exist_ok=True)
    home, held = left.home()
    left.note(home, DISPLAY)
    os.close(held)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(display))
        server.listen()
        left.clear()
        assert display.exists()
    display.unlink()
    assert list(folder.iterdir()) == []


def test_nothing_is_removed_by_way_of_a_link(folder: Path) -> None:
    other = folder / "other"
    other.mkdir()
    (folder / f"{left.NAMED}x").symlink_to(other)
    (other / "display").write_text("no number")
    left.clear()
    assert (other / "display").exists()
