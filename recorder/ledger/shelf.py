"""Where a log's files are, and how its entries and texts are read from them. SPEC.md has the picture.

Everything a signed checkpoint covers is in place before that checkpoint is published, so a reader
that starts from the checkpoint never needs a lock.
"""

from collections.abc import Callable
from pathlib import Path

from domain.errors import EvidenceError
from recorder.ledger.leaf import Text
from recorder.ledger.merkle import HASH_BYTES, Node
from recorder.ledger.pruned import gone_error
from recorder.ledger.tiles import (
    WIDTH,
    bundle_path,
    node_in_tiles,
    number_path,
    pack,
    read_path,
    tile_path,
    unpack,
)

CHECKPOINT = "checkpoint"
GROWING = ".growing"
"""The ending of a bundle that has room left; it loses it when the 256th entry is signed for."""


def bundle_file(folder: Path, number: int) -> Path:
    """Where the full bundle ``number`` is."""
    return folder / bundle_path(number)


def growing_file(folder: Path, number: int) -> Path:
    """Where bundle ``number`` is while it grows."""
    return folder / (bundle_path(number) + GROWING)


def text_file(folder: Path, number: int) -> Path:
    """Where the texts to the entries of bundle ``number`` are, one line each."""
    return folder / "events" / number_path(number)


def read_bundle(folder: Path, number: int) -> bytes:
    """The bytes of bundle ``number``, full or growing; EvidenceError when there is none."""
    # The growing file may be renamed to the full one between two looks, never back.
    for file in (bundle_file(folder, number), growing_file(folder, number), bundle_file(folder, number)):
        try:
            return file.read_bytes()
        except FileNotFoundError:
            continue
    raise gone_error(folder, number) or EvidenceError(
        f"The entries from {number * WIDTH} on are missing: there is no {bundle_path(number)}.",
        remedy="Restore the ledger folder from its backup, and keep this one for the investigation.",
    )


def read_entries(folder: Path, number: int, width: int) -> list[bytes]:
    """The first ``width`` entries of bundle ``number``; EvidenceError when there are fewer."""
    entries, _ = unpack(read_bundle(folder, number))
    if len(entries) < width:
        raise EvidenceError(
            f"Bundle {bundle_path(number)} holds {len(entries)} of its {width} entries.",
            remedy="Restore the ledger folder from its backup, and keep this one for the investigation.",
        )
    return entries[:width]


def read_texts(folder: Path, number: int) -> bytes:
    """The texts beside bundle ``number``, the last one perhaps torn; empty when there is no file."""
    try:
        return text_file(folder, number).read_bytes()
    except FileNotFoundError:
        return b""


def read_lines(folder: Path, number: int) -> list[bytes]:
    """The same line by line."""
    return read_texts(folder, number).splitlines(keepends=True)


def text_at(lines: list[bytes], index: int) -> Text:
    """The text of entry ``index`` out of its bundle's lines; EvidenceError when it isn't there."""
    place = index % WIDTH
    if place >= len(lines):
        raise EvidenceError(f"The text of event {index} is missing.")
    text = Text.of(lines[place])
    if text.index != index:
        raise EvidenceError(f"Where the text of event {index} should be is that of event {text.index}.")
    return text


def node_on_disk(folder: Path, size: int) -> Node:
    """The tree of ``size`` leaves through its tile files; EvidenceError when one is missing or short."""
    return node_in_tiles(tile_on_disk(folder, size))


def tile_on_disk(folder: Path, size: int) -> Callable[[int, int], bytes]:
    """The tiles of the tree of ``size`` leaves, each read once, as wide as it is there; EvidenceError as above."""
    held: dict[tuple[int, int], bytes] = {}

    def tile(level: int, number: int) -> bytes:
        if (level, number) not in held:
            width = min(WIDTH, (size >> 8 * level) - number * WIDTH)
            held[level, number] = _read_tile(folder, level, number, width, width)
        return held[level, number]

    return tile


def read_tile(folder: Path, size: int, path: str) -> bytes:
    """What C2SP tlog-tiles serves under ``path`` for a log of ``size`` leaves; EvidenceError for a path of nothing.

    A partial tile of any earlier size is served as well: whoever reads by an older checkpoint still finds it.
    """
    level, number, width = read_path(path)
    there = (size >> 8 * (level or 0)) - number * WIDTH
    if width > there:
        raise EvidenceError(f"The log of {size} leaves has no {path}.")
    if level is None:
        return pack(read_entries(folder, number, width))
    return _read_tile(folder, level, number, width, min(WIDTH, there))


def _read_tile(folder: Path, level: int, number: int, width: int, there: int) -> bytes:
    # A partial tile may be gone once the full one is there; the full one starts with the same hashes.
    # A reader of an older checkpoint asks for fewer hashes than there are by now.
    for path in dict.fromkeys(tile_path(level, number, wide) for wide in (width, there, WIDTH)):
        try:
            found = (folder / path).read_bytes()
        except FileNotFoundError:
            continue
        if len(found) >= width * HASH_BYTES:
            return found[: width * HASH_BYTES]
        break
    gone = gone_error(folder, number) if level == 0 else None
    raise gone or EvidenceError(
        f"Tile {tile_path(level, number, width)} is missing or short.",
        remedy="Restore the ledger folder from its backup, and keep this one for the investigation.",
    )
