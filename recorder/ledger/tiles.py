"""The tree and its entries as files: C2SP tlog-tiles, tiles of height 8.

A tile is 256 hashes side by side; a tile of level 1 holds the roots of 256 tiles of level 0.
A bundle is the 256 entries under one tile of level 0.
"""

import re
from collections.abc import Callable, Iterable, Sequence

from domain.errors import EvidenceError
from recorder.ledger.merkle import EMPTY_ROOT, HASH_BYTES, Node, leaf_hash, node_hash

HEIGHT = 8  # C2SP tlog-tiles, "Merkle Tree": a full tile is 256 hashes, 8,192 bytes
WIDTH = 1 << HEIGHT
MAX_ENTRY_BYTES = 0xFFFF  # an entry's length is a uint16

_PATH = re.compile(
    r"tile/(entries|[0-9]|[1-5][0-9]|6[0-3])/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII
)


def number_path(number: int) -> str:
    """A tile's number as a path: groups of three digits, all but the last with an ``x`` before them."""
    groups = [f"{number % 1000:03}"]
    while number := number // 1000:
        groups.append(f"x{number % 1000:03}")
    return "/".join(reversed(groups))


def tile_path(level: int, number: int, width: int = WIDTH) -> str:
    """Where the hashes of tile ``number`` of ``level`` are; ``width`` below 256 names a partial tile."""
    return f"tile/{level}/{number_path(number)}{_partial(width)}"


def bundle_path(number: int, width: int = WIDTH) -> str:
    """Where the entries of bundle ``number`` are; ``width`` below 256 names a partial bundle."""
    return f"tile/entries/{number_path(number)}{_partial(width)}"


def read_path(path: str) -> tuple[int | None, int, int]:
    """The level (None for entries), number and width that ``path`` names; EvidenceError for another path."""
    match = _PATH.fullmatch(path)
    if match is None:
        raise EvidenceError(f"{path!r} is not the path of a tile or a bundle.")
    level = None if match[1] == "entries" else int(match[1])
    number = int(match[2].replace("/", "").replace("x", ""))
    width = int(match[3]) if match[3] else WIDTH
    if number_path(number) != match[2] or (match[3] and width >= WIDTH):
        raise EvidenceError(f"{path!r} is not the path of a tile or a bundle in its one written form.")
    return level, number, width


def tiles_of(size: int) -> Iterable[tuple[int, int, int]]:
    """Level, number and width of every tile of a tree of ``size`` leaves, the partial ones too."""
    level, count = 0, size
    while count:
        yield from ((level, number, WIDTH) for number in range(count // WIDTH))
        if count % WIDTH:
            yield level, count // WIDTH, count % WIDTH
        level, count = level + 1, count // WIDTH


def pack(entries: Iterable[bytes]) -> bytes:
    """A bundle's bytes: each entry after its length, as two bytes, big-endian. ValueError for a longer entry."""
    parts: list[bytes] = []
    for entry in entries:
        if len(entry) > MAX_ENTRY_BYTES:
            raise ValueError(f"an entry of {len(entry)} bytes is longer than {MAX_ENTRY_BYTES}")
        parts += [len(entry).to_bytes(2, "big"), entry]
    return b"".join(parts)


def unpack(bundle: bytes) -> tuple[list[bytes], int]:
    """The whole entries of ``bundle``, and how many bytes they take up; what follows is torn."""
    entries: list[bytes] = []
    at = 0
    while at + 2 <= len(bundle):
        stop = at + 2 + int.from_bytes(bundle[at : at + 2], "big")
        if stop > len(bundle):
            break
        entries.append(bundle[at + 2 : stop])
        at = stop
    return entries, at


def node_in_tiles(tile: Callable[[int, int], bytes]) -> Node:
    """A ``Node`` over tiles; ``tile(level, number)`` gives a tile's hashes, as many as there are."""

    def node(height: int, index: int) -> bytes:
        level, inner = divmod(height, HEIGHT)
        first = index << inner  # in units of this level's hashes
        hashes = tile(level, first // WIDTH)
        start = first % WIDTH * HASH_BYTES
        return tile_root(hashes[start : start + (HASH_BYTES << inner)])

    return node


def tile_root(hashes: bytes) -> bytes:
    """The root over hashes side by side; their count is a power of two."""
    while len(hashes) > HASH_BYTES:
        hashes = b"".join(
            node_hash(hashes[at : at + HASH_BYTES], hashes[at + HASH_BYTES : at + 2 * HASH_BYTES])
            for at in range(0, len(hashes), 2 * HASH_BYTES)
        )
    return hashes


class RightEdge:
    """The growing side of a tree: for each level the tile that is not full yet. All a log needs to go on."""

    def __init__(self) -> None:
        self.size = 0
        self._levels: list[bytearray] = [bytearray()]

    @staticmethod
    def at(size: int, levels: Sequence[bytes]) -> "RightEdge":
        """The growing side at ``size``, a multiple of 256; ``levels`` are its unfinished tiles from level 1 on.

        ValueError when they are not as long as a tree of this size has them.
        """
        edge = RightEdge()
        edge.size, count = size, size >> HEIGHT
        wanted: list[int] = []
        while count:
            wanted.append(count % WIDTH * HASH_BYTES)
            count >>= HEIGHT
        if size % WIDTH or [len(one) for one in levels] != wanted:
            raise ValueError(f"a tree of {size} leaves has another right edge")
        edge._levels += [bytearray(one) for one in levels]
        return edge

    def add(self, entry: bytes) -> list[tuple[int, int, bytes]]:
        """Take in one entry; returns the tiles that it filled, as level, number and hashes."""
        filled: list[tuple[int, int, bytes]] = []
        hashed = leaf_hash(entry)
        for level, growing in enumerate(self._levels):
            growing.extend(hashed)
            if len(growing) < WIDTH * HASH_BYTES:
                break
            hashes = bytes(growing)
            filled.append((level, self.size >> HEIGHT * (level + 1), hashes))
            growing.clear()
            hashed = tile_root(hashes)
            if level + 1 == len(self._levels):
                self._levels.append(bytearray(hashed))
                break
        self.size += 1
        return filled

    def partial(self, level: int) -> bytes:
        """The hashes of the tile of ``level`` that is not full yet; empty when its last one is full."""
        return bytes(self._levels[level]) if level < len(self._levels) else b""

    @property
    def levels(self) -> int:
        """How many levels of tiles there are."""
        return len(self._levels)

    def root(self) -> bytes:
        """The root of all that was taken in."""
        found = b""
        for growing in self._levels:  # from the lowest, so from the right
            end = len(growing)
            for inner in range(HEIGHT):
                take = HASH_BYTES << inner
                if end & take:
                    peak = tile_root(bytes(growing[end - take : end]))
                    found = node_hash(peak, found) if found else peak
                    end -= take
        return found or EMPTY_ROOT


def _partial(width: int) -> str:
    if not 0 < width <= WIDTH:
        raise ValueError(f"no tile is {width} wide")
    return "" if width == WIDTH else f".p/{width}"
