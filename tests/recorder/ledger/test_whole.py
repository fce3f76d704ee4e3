"""One byte anywhere in a log's folder: named where it is, and nothing else with it."""

from pathlib import Path

import pytest

from recorder.ledger.whole import Fault, Whole
from tests.recorder.ledger.logs import SIGNER, STRANGER, new_log

SIZE = 520


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return new_log(tmp_path / "ledger", 300, SIZE)


def faults(folder: Path) -> list[tuple[str, str]]:
    return [(one.place, one.item) for one in Whole(folder, SIGNER.key).faults()]


def flip(file: Path, at: int) -> None:
    data = bytearray(file.read_bytes())
    data[at] ^= 1
    file.write_bytes(data)


def test_a_whole_log_has_no_fault_and_says_what_was_looked_at(folder: Path) -> None:
    whole = Whole(folder, SIGNER.key)
    assert list(whole.faults()) == []
    assert whole.head is not None
    assert (whole.head.size, whole.entries, whole.tiles) == (SIZE, SIZE, 4)


def test_each_place_that_was_changed_is_named_and_no_other(folder: Path) -> None:
    """F13: one byte in a text, an entry, a tile of either level, the checkpoint."""
    cases = [
        ("events/001", 100, [("text", "256")]),
        ("tile/entries/001", 40, [("entry", "256")]),
        ("tile/entries/002.p/8", 9, [("entry", "tile/entries/002.p/8")]),
        ("tile/0/000", 5, [("tile", "tile/0/000")]),
        ("tile/0/002.p/8", 5, [("tile", "tile/0/002.p/8")]),
        ("tile/1/000.p/2", 5, [("tile", "tile/1/000.p/2")]),
    ]
    for name, at, wanted in cases:
        flip(folder / name, at)
        assert faults(folder) == wanted, name
        flip(folder / name, at)
    (checkpoint,) = {folder / "checkpoint"}
    for at in range(0, checkpoint.stat().st_size, 7):
        flip(checkpoint, at)
        assert faults(folder)[0][0] == "checkpoint", at
        flip(checkpoint, at)
    assert faults(folder) == []


def test_what_is_missing_or_was_put_elsewhere_is_named(folder: Path) -> None:
    texts = (folder / "events/000").read_bytes().splitlines(keepends=True)
    texts[3], texts[4] = texts[4], texts[3]
    (folder / "events/000").write_bytes(b"".join(texts))
    assert faults(folder) == [("text", "3"), ("text", "4")]
    (folder / "events/000").unlink()
    assert len(faults(folder)) == 256
    (folder / "tile/0/000").unlink()
    assert faults(folder)[0] == ("tile", "tile/0/000")
    (folder / "tile/entries/001").unlink()
    assert faults(folder)[0] == ("entry", "256 to 511")
    (folder / "checkpoint").unlink()
    assert faults(folder) == [("checkpoint", "checkpoint")]


def test_a_head_by_another_key_is_told_and_what_is_under_it_is_looked_at_all_the_same(folder: Path) -> None:
    flip(folder / "events/001", 100)
    whole = Whole(folder, STRANGER.key)
    found: list[Fault] = list(whole.faults())
    assert [one.place for one in found] == ["checkpoint", "text"]
