import fcntl
import os
from pathlib import Path

import pytest

from domain.errors import EvidenceError
from recorder.format.keys import wrap
from recorder.keyring import FixedKey, Keyring, wraps
from tests.recorder.ledger.logs import session

OLD, NEW, KEY = b"o" * 32, b"n" * 32, b"k" * 32
SESSION = session(1)


def ring(folder: Path, key: bytes = NEW, old: bytes | None = None) -> Keyring:
    (folder / "recording.key").write_bytes(key)
    if old is not None:
        (folder / "recording.key.old").write_bytes(old)
    return Keyring(folder / "recording.key")


@pytest.mark.parametrize("kek", [OLD, NEW], ids=["the old key", "the new key"])
def test_either_key_opens_what_it_wraps_while_a_change_is_under_way(tmp_path: Path, kek: bytes) -> None:
    file = wrap(KEY, kek, SESSION, bytes(12))
    assert ring(tmp_path, NEW, OLD).unwrapped(lambda _: file, SESSION) == KEY


def test_a_key_file_that_was_wrapped_again_while_it_was_read_is_read_again(tmp_path: Path) -> None:
    files = [wrap(KEY, OLD, SESSION, bytes(12)), wrap(KEY, NEW, SESSION, bytes(12))]
    assert ring(tmp_path).unwrapped(lambda _: files.pop(0), SESSION) == KEY


def test_what_no_key_here_wraps_stays_closed_and_says_which_it_needs(tmp_path: Path) -> None:
    file = wrap(KEY, b"x" * 32, SESSION, bytes(12))
    with pytest.raises(EvidenceError, match="wrapped under node key"):
        ring(tmp_path, NEW, OLD).unwrapped(lambda _: file, SESSION)


@pytest.mark.parametrize("key", [b"", b"short", b"x" * 33])
def test_a_key_that_is_none_wraps_nothing(tmp_path: Path, key: bytes) -> None:
    for keys in (ring(tmp_path, key), FixedKey(key)):
        with pytest.raises(EvidenceError, match="must be 32 bytes"), keys.current():
            pass


def test_a_missing_key_names_its_file(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match=r"recording\.key"), Keyring(tmp_path / "recording.key").current():
        pass
    nowhere = Keyring(tmp_path / "gone" / "recording.key")
    with pytest.raises(EvidenceError, match="gone"), nowhere.current():
        pass


def test_nobody_replaces_the_key_while_somebody_wraps_under_it(tmp_path: Path) -> None:
    keys = ring(tmp_path)
    with keys.current():
        fd = os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            with pytest.raises(BlockingIOError):
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        finally:
            os.close(fd)


@pytest.mark.parametrize("junk", [b"", b"[]", b"{}", b"{"])
def test_what_is_no_key_file_is_wrapped_under_nothing(junk: bytes) -> None:
    assert not wraps(junk, NEW)
