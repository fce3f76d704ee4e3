from pathlib import Path

import pytest

from recorder.ledger.folder import Growing, make_folders, replace, sync_folder


def test_a_growing_file_keeps_what_was_there_and_adds_to_it(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "file"
    for part in (b"one", b"two"):
        file = Growing(path)
        file.append(part)
        file.sync()
        file.close()
    assert path.read_bytes() == b"onetwo"
    assert path.stat().st_mode & 0o007 == 0


@pytest.mark.parametrize("durable", [True, False])
def test_a_file_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path: Path, durable: bool) -> None:
    path = tmp_path / "file"
    replace(path, b"a long first content", durable=durable)
    replace(path, b"short", durable=durable)
    assert path.read_bytes() == b"short"
    assert list(tmp_path.iterdir()) == [path]


def test_a_reader_that_has_the_old_file_open_still_sees_the_old_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    replace(path, b"old", durable=False)
    with path.open("rb") as reading:
        replace(path, b"new", durable=False)
        assert reading.read() == b"old"


def test_folders_are_made_for_the_owner_and_the_group_only(tmp_path: Path) -> None:
    make_folders(tmp_path / "a" / "b")
    make_folders(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").stat().st_mode & 0o007 == 0


def test_a_folder_that_is_not_there_can_not_be_synced(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        sync_folder(tmp_path / "missing")
