"""One byte anywhere in a log's folder: named where it is, and nothing else with it."""

from pathlib import Path

import pytest

from recorder.ledger.whole import Fault, Whole
from tests.recorder.ledger.logs import SIGNER, STRANGER, new_log, reopened
from tests.recorder.ledger.test_pruned import BELOW, KEPT, all_gone
from tests.recorder.ledger.test_pruned import SIZE as PRUNED_SIZE

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


def test_what_went_by_a_signed_term_is_no_fault_and_what_stayed_is_looked_at(tmp_path: Path) -> None:
    """F09, F13: pruned is told from taken away; a bundle that stayed, and the tiles that prove the rest."""
    folder = new_log(tmp_path / "ledger", 200, PRUNED_SIZE)
    all_gone(reopened(folder)).close()
    whole = Whole(folder, SIGNER.key)
    assert list(whole.faults()) == []
    assert whole.head is not None
    assert whole.entries == whole.head.size - BELOW + 256 * len(KEPT)
    kept = f"{KEPT[0]:03}"
    for name, at, wanted in [
        (f"events/{kept}", 100, [("text", str(256 * KEPT[0]))]),
        (f"tile/entries/{kept}", 40, [("tile", "pruned"), ("entry", str(256 * KEPT[0]))]),
        ("pruned", 12, [("tile", "pruned")]),
    ]:
        flip(folder / name, at)
        assert faults(folder)[: len(wanted)] == wanted, name
        flip(folder / name, at)
    (folder / "pruned").rename(folder / "taken")
    assert ("entry", "0 to 255") in faults(folder)
