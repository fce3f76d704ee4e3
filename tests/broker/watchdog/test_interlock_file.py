import fcntl
import os
import stat
from pathlib import Path

import pytest

from broker.watchdog import interlock_file
from broker.watchdog.interlock_file import InterlockFile, journal_beside
from broker.watchdog.interlocks import Interlocks, Isolate, Restore, Revoke
from domain.errors import ConfigError
from domain.ids import PermitId

SHUT = Isolate("all", "kim", "smoke")


def test_a_fresh_nodes_interlocks_are_open_and_a_change_is_on_disk(tmp_path: Path) -> None:
    file = InterlockFile(tmp_path / "interlocks.json")
    assert file.read() == Interlocks()
    assert file.change([]) == Interlocks()
    assert file.change([SHUT]) == Interlocks(1, frozenset({"all"}))
    assert InterlockFile(tmp_path / "interlocks.json").read() == Interlocks(1, frozenset({"all"}))
    assert stat.S_IMODE((tmp_path / "interlocks.json").stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["interlocks.json", "interlocks.lock"]


def test_a_file_that_is_gone_shuts_everything(tmp_path: Path) -> None:
    file = InterlockFile(tmp_path / "interlocks.json")
    file.change([])
    (tmp_path / "interlocks.json").unlink()
    with pytest.raises(ConfigError, match="gone"):
        file.read()


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff" * 10, b'{"interlocks":{},"schema":"x"}\n'])
def test_a_file_that_is_damaged_shuts_everything_and_is_kept_when_it_is_replaced(
    data: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "interlocks.json"
    path.write_bytes(data)
    file = InterlockFile(path)
    with pytest.raises(ConfigError, match="What to do: Everything is held shut"):
        file.read()
    assert file.change([Revoke(PermitId("p" * 26), "kim", "")]).isolated == {"all"}
    assert (tmp_path / "interlocks.damaged-1").read_bytes() == data
    assert file.change([Restore("all", "kim", "looked at it")]).isolated == frozenset()
    path.write_bytes(data)
    file.change([])
    assert (tmp_path / "interlocks.damaged-2").read_bytes() == data


def test_a_file_too_large_to_be_ours_shuts_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interlock_file, "LARGEST_BYTES", 10)
    path = tmp_path / "interlocks.json"
    path.write_bytes(b" " * 11)
    with pytest.raises(ConfigError, match="too large"):
        InterlockFile(path).read()


def test_a_folder_in_its_place_shuts_everything(tmp_path: Path) -> None:
    (tmp_path / "interlocks.json").mkdir()
    with pytest.raises(ConfigError, match="can't be read"):
        InterlockFile(tmp_path / "interlocks.json").read()


def test_somebody_who_stands_still_with_the_lock_does_not_keep_the_plant_open(tmp_path: Path) -> None:
    file = InterlockFile(tmp_path / "interlocks.json")
    file.change([])
    held = os.open(tmp_path / "interlocks.lock", os.O_RDWR)
    fcntl.flock(held, fcntl.LOCK_EX)
    assert file.change([SHUT]).isolated == {"all"}
    os.close(held)


def test_two_writers_do_not_undo_each_other(tmp_path: Path) -> None:
    one, other = InterlockFile(tmp_path / "interlocks.json"), InterlockFile(tmp_path / "interlocks.json")
    one.change([Isolate("zone:cell-1", "kim", "")])
    other.change([Isolate("zone:cell-2", "lee", "")])
    assert one.change([]).isolated == {"zone:cell-1", "zone:cell-2"}


def test_the_journal_lies_beside(tmp_path: Path) -> None:
    assert journal_beside(tmp_path / "interlocks.json") == tmp_path / "interlocks.journal"
