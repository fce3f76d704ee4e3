import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import EvidenceError
from recorder.ledger.merkle import leaf_hash, node_of, prove_inclusion, root
from recorder.ledger.tiles import (
    WIDTH,
    RightEdge,
    bundle_path,
    node_in_tiles,
    number_path,
    pack,
    read_path,
    tile_path,
    tiles_of,
    unpack,
)
from tests.for_each import for_each


@pytest.mark.parametrize(
    ("number", "path"),
    [(0, "000"), (7, "007"), (999, "999"), (1000, "x001/000"), (1234067, "x001/x234/067")],
)
def test_a_number_becomes_groups_of_three_digits(number: int, path: str) -> None:
    assert number_path(number) == path


def test_paths_are_those_of_the_specification() -> None:
    assert tile_path(0, 1234067) == "tile/0/x001/x234/067"
    assert tile_path(1, 0, 17) == "tile/1/000.p/17"
    assert bundle_path(273, 112) == "tile/entries/273.p/112"


@given(st.one_of(st.none(), st.integers(0, 63)), st.integers(0, 10**9), st.integers(1, WIDTH))
def test_every_path_reads_back(level: int | None, number: int, width: int) -> None:
    path = bundle_path(number, width) if level is None else tile_path(level, number, width)
    assert read_path(path) == (level, number, width)


@for_each(
    "path",
    [
        "tile/64/000",
        "tile/00/000",
        "tile/0/0",
        "tile/0/x000/001",
        "tile/0/001/002",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/../000",
        "tile/0/000\n",
        "checkpoint",
        "tile/0/٠٠٠",
    ],
)
def test_any_other_spelling_of_a_path_is_refused(path: str) -> None:
    with pytest.raises(EvidenceError):
        read_path(path)


@pytest.mark.parametrize("width", [0, -1, 257])
def test_no_tile_is_narrower_than_one_or_wider_than_256(width: int) -> None:
    with pytest.raises(ValueError, match="no tile is"):
        tile_path(0, 0, width)


def test_a_tree_of_70000_has_the_tiles_that_the_specification_counts() -> None:
    """F07: the layout of the specification, counted."""
    tiles = list(tiles_of(70_000))
    assert sum(1 for level, _, width in tiles if level == 0 and width == WIDTH) == 273
    assert [(level, number, width) for level, number, width in tiles if width < WIDTH] == [
        (0, 273, 112),
        (1, 1, 17),
        (2, 0, 1),
    ]
    assert list(tiles_of(256)) == [(0, 0, 256), (1, 0, 1)]
    assert list(tiles_of(0)) == []


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_a_bundle_gives_back_its_entries(entries: list[bytes]) -> None:
    packed = pack(entries)
    assert unpack(packed) == (entries, len(packed))


@given(st.lists(st.binary(max_size=30), min_size=1, max_size=5), st.data())
def test_a_torn_bundle_gives_back_its_whole_entries(entries: list[bytes], data: st.DataObject) -> None:
    packed = pack(entries)
    cut = data.draw(st.integers(0, len(packed) - 1))
    found, whole = unpack(packed[:cut])
    assert found == entries[: len(found)]
    assert pack(found) == packed[:whole]
    assert whole <= cut


def test_an_entry_of_65535_bytes_fits_and_one_more_does_not() -> None:
    assert unpack(pack([bytes(65_535)]))[0] == [bytes(65_535)]
    with pytest.raises(ValueError, match="longer than 65535"):
        pack([bytes(65_536)])


def test_the_growing_edge_has_the_root_of_every_size_and_fills_the_right_tiles() -> None:
    size = 1_300
    hashes = [leaf_hash(number.to_bytes(4, "big")) for number in range(size)]
    node = node_of(hashes)
    edge = RightEdge()
    tiles: dict[tuple[int, int], bytes] = {}
    for number in range(size):
        for level, which, full in edge.add(number.to_bytes(4, "big")):
            assert len(full) == 8_192
            tiles[level, which] = full
        if number % 37 == 0 or number % 256 in {0, 1, 254, 255}:
            assert edge.root() == root(number + 1, node)
    assert sorted(tiles) == [(0, 0), (0, 1), (0, 2), (0, 3), (0, 4)]
    for level in range(edge.levels):
        tiles[level, size >> 8 * (level + 1)] = edge.partial(level)
    by_tiles = node_in_tiles(lambda level, number: tiles[level, number])
    assert root(size, by_tiles) == root(size, node)
    for index in range(0, size, 13):
        assert prove_inclusion(index, size, by_tiles) == prove_inclusion(index, size, node)


def test_the_edge_climbs_to_the_third_level_of_tiles() -> None:
    edge = RightEdge()
    filled = [tile for _ in range(WIDTH * WIDTH) for tile in edge.add(b"")]
    assert [tile[:2] for tile in filled if tile[0]] == [(1, 0)]
    assert edge.levels == 3
    one = leaf_hash(b"")
    node = node_of([one] * WIDTH)
    assert edge.root() == root(WIDTH, node_of([root(WIDTH, node)] * WIDTH))
    assert edge.partial(2) == edge.root()
    assert edge.partial(0) == edge.partial(7) == b""
