from pathlib import Path

import pytest

from domain.errors import EvidenceError
from recorder.ledger.checkpoint import Checkpoint
from recorder.ledger.merkle import leaf_hash, node_of, root
from recorder.ledger.note import Note
from recorder.ledger.shelf import (
    bundle_file,
    growing_file,
    node_on_disk,
    read_bundle,
    read_entries,
    read_lines,
    read_tile,
    text_at,
    text_file,
)
from recorder.ledger.tiles import WIDTH, bundle_path, pack, tile_path, tiles_of, unpack
from tests.recorder.ledger.logs import new_log


def test_a_bundle_is_found_under_its_growing_name_and_then_under_its_full_one(tmp_path: Path) -> None:
    folder = new_log(tmp_path / "ledger", 257)
    assert bundle_file(folder, 0).exists()
    assert growing_file(folder, 1).exists()
    assert len(unpack(read_bundle(folder, 0))[0]) == 256
    assert len(unpack(read_bundle(folder, 1))[0]) == 1
    assert not growing_file(folder, 0).exists()


def test_a_missing_bundle_or_entry_is_an_evidence_error(tmp_path: Path) -> None:
    folder = new_log(tmp_path / "ledger", 3)
    assert len(read_entries(folder, 0, 3)) == 3
    with pytest.raises(EvidenceError, match="3 of its 4"):
        read_entries(folder, 0, 4)
    with pytest.raises(EvidenceError, match="missing"):
        read_bundle(folder, 1)


def test_texts_are_one_line_each_and_stand_where_their_index_says(tmp_path: Path) -> None:
    folder = new_log(tmp_path / "ledger", 3)
    lines = read_lines(folder, 0)
    assert [text_at(lines, index).index for index in range(3)] == [0, 1, 2]
    assert read_lines(folder, 1) == []
    with pytest.raises(EvidenceError, match="missing"):
        text_at(lines, 3)
    with pytest.raises(EvidenceError, match="is that of event 2"):
        text_at([lines[2]], 0)
    assert text_file(folder, 1234) == folder / "events" / "x001" / "234"


def test_the_tree_on_the_disk_has_the_signed_root(tmp_path: Path) -> None:
    for size in (1, 2, 255, 256, 257, 700):
        folder = new_log(tmp_path / str(size) / "ledger", size)
        head = Checkpoint.of(Note.of((folder / "checkpoint").read_bytes()).body)
        assert head.size == size
        assert root(size, node_on_disk(folder, size)) == head.root


def test_a_partial_tile_may_be_read_from_the_full_one_that_took_its_place(tmp_path: Path) -> None:
    folder = new_log(tmp_path / "ledger", 200, 256)
    old = root(200, node_on_disk(folder, 200))
    assert not (folder / "tile" / "0" / "000.p").exists()
    other = new_log(tmp_path / "other" / "ledger", 200)
    assert len(old) == len(root(200, node_on_disk(other, 200))) == 32


@pytest.mark.parametrize("content", [None, b"short"])
def test_a_missing_or_short_tile_is_an_evidence_error(tmp_path: Path, content: bytes | None) -> None:
    folder = new_log(tmp_path / "ledger", 256)
    tile = folder / "tile" / "0" / "000"
    tile.unlink()
    if content is not None:
        tile.write_bytes(content)
    with pytest.raises(EvidenceError, match="missing or short"):
        node_on_disk(folder, 256)(0, 0)


def test_f07_every_tile_of_every_size_so_far_is_served_under_its_path(tmp_path: Path) -> None:
    """F07: full tiles of 256 hashes, partial ones also for whoever reads by an older checkpoint."""
    folder = new_log(tmp_path / "ledger", 300, 517)
    leaves = [
        leaf_hash(entry)
        for number in range(3)
        for entry in read_entries(folder, number, min(WIDTH, 517 - number * WIDTH))
    ]
    for size in (1, 5, 255, 256, 257, 300, 511, 512, 517):
        for level, number, width in tiles_of(size):
            served = read_tile(folder, 517, tile_path(level, number, width))
            node = node_of(leaves)
            first = number * WIDTH
            assert served == b"".join(node(8 * level, first + place) for place in range(width))
            if level == 0:
                entries = read_entries(folder, number, width)
                assert read_tile(folder, 517, bundle_path(number, width)) == pack(entries)


@pytest.mark.parametrize(
    "path",
    [
        tile_path(0, 2, 6),
        tile_path(0, 3),
        tile_path(1, 0, 3),
        tile_path(2, 0, 1),
        tile_path(63, 0, 1),
        bundle_path(2, 6),
        "tile/8/000",
        "tile/0/../../checkpoint",
        "checkpoint",
        "tile/0/2",
        "tile/0/000.p/256",
        "tile/0/000.p/0",
        "",
    ],
)
def test_what_the_log_does_not_have_is_not_served(tmp_path: Path, path: str) -> None:
    folder = new_log(tmp_path / "ledger", 517)
    with pytest.raises(EvidenceError):
        read_tile(folder, 517, path)
