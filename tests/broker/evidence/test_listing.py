import os
from pathlib import Path

import pytest

from broker.evidence.listing import SETTLED_NS, Listing

LATER = 10 * SETTLED_NS


def listed(folder: Path) -> tuple[Listing, int]:
    """A listing of a folder that has long been as it is."""
    at = folder.stat().st_mtime_ns
    listing = Listing(folder)
    listing.names(at + LATER)
    return listing, at + LATER


def test_a_name_that_comes_or_goes_is_seen_at_the_next_look(tmp_path: Path) -> None:
    listing, now = listed(tmp_path)
    (tmp_path / "a").write_bytes(b"")
    os.utime(tmp_path, ns=(now, now))
    assert listing.names(now + LATER) == {"a"}
    (tmp_path / "a").unlink()
    assert listing.names(now + 2 * LATER) == frozenset()


def test_a_folder_that_has_not_changed_is_not_listed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_bytes(b"")
    listing, now = listed(tmp_path)
    monkeypatch.setattr(os, "scandir", lambda _: pytest.fail("it was listed again"))
    assert listing.names(now) == {"a"}


def test_a_change_within_the_tick_of_the_last_one_is_not_missed(tmp_path: Path) -> None:
    listing, at = Listing(tmp_path), tmp_path.stat().st_mtime_ns
    listing.names(at + 1)
    (tmp_path / "a").write_bytes(b"")
    os.utime(tmp_path, ns=(at, at))  # as a clock of coarse ticks would have it
    assert listing.names(at + 2) == {"a"}


def test_a_folder_that_is_not_there_yet_has_no_names(tmp_path: Path) -> None:
    listing = Listing(tmp_path / "stored")
    assert listing.names(LATER) == frozenset()
    (tmp_path / "stored").mkdir()
    (tmp_path / "stored" / "a").write_bytes(b"")
    assert listing.names(LATER) == {"a"}


def test_a_folder_that_can_t_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(NotADirectoryError):
        Listing(tmp_path / "file").names(LATER)
