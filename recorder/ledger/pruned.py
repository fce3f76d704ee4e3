"""A log whose beginning went by a signed policy: what is gone, by which leaf, and how the rest is still proven.

What goes lies in whole bundles below one leaf: entries, texts and the tile of level 0. Every tile of a higher level
stays, and so do all proofs of what is left. The leaf (``LedgerPruned``) stands before anything goes; the file
``pruned`` beside the log repeats it, so that what is missing is told from what somebody took. SPEC.md, "Pruning".
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from domain.canonical import Json, canonical, parse
from domain.errors import EvidenceError, PenstockError
from recorder.ledger.folder import replace, sync_folder
from recorder.ledger.merkle import HASH_BYTES, leaf_hash
from recorder.ledger.tiles import (
    HEIGHT,
    WIDTH,
    RightEdge,
    bundle_path,
    number_path,
    tile_path,
    tile_root,
    unpack,
)

FILE = "pruned"
EVENT = "LedgerPruned"
MOST_KEPT = 4_000
"""How many bundles may stay among those that go: their numbers stand in one leaf."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """What is gone: the bundles below leaf ``below`` but for ``kept``, as leaf ``leaf`` says.

    ``levels`` are the unfinished tiles at ``below``, from level 1 on, by which the tree is rebuilt without what is gone.
    """

    below: int
    leaf: int
    kept: frozenset[int]
    levels: tuple[bytes, ...]

    def gone(self, number: int) -> bool:
        """Whether bundle ``number`` is gone."""
        return number < self.below // WIDTH and number not in self.kept

    def edge(self) -> RightEdge:
        """The growing side of the tree of the first ``below`` leaves."""
        try:
            return RightEdge.at(self.below, self.levels)
        except ValueError as error:
            raise _spoiled(str(error)) from error

    def said_by(self, event: Mapping[str, Json]) -> bool:
        """Whether the event of leaf ``leaf`` says just this."""
        named = (event.get("event"), event.get("below"), event.get("kept"))
        return named == (EVENT, self.below, sorted(self.kept))


def read_pruned(folder: Path) -> Pruned | None:
    """What the log's folder says is gone; None where nothing is. EvidenceError for what can't be read as that.

    It counts only where the leaf that it names says the same.
    """
    try:
        data = (folder / FILE).read_bytes()
    except FileNotFoundError:
        return None
    try:
        return _parsed(parse(data.removesuffix(b"\n")))
    except (PenstockError, ValueError, TypeError) as error:
        raise _spoiled(str(error)) from error


def write_pruned(folder: Path, pruned: Pruned) -> None:
    """Say durably what is gone. Only then may it go."""
    told: dict[str, Json] = {
        "below": pruned.below,
        "kept": sorted(pruned.kept),
        "leaf": pruned.leaf,
        "levels": [one.hex() for one in pruned.levels],
    }
    replace(folder / FILE, canonical(told) + b"\n", durable=True)


def gone_error(folder: Path, number: int) -> EvidenceError | None:
    """Why bundle ``number`` is not there, where it was pruned; None where nothing says so."""
    pruned = read_pruned(folder)
    if pruned is None or not pruned.gone(number):
        return None
    return EvidenceError(
        f"Events {number * WIDTH} to {number * WIDTH + WIDTH - 1} were pruned: leaf {pruned.leaf} says by whom and why.",
        code="pruned",
        remedy="Case files and copies that were taken before still hold them, with their proofs.",
    )


def levels_at(below: int, tile: Callable[[int, int], bytes]) -> tuple[bytes, ...]:
    """The unfinished tiles of the tree of the first ``below`` leaves, from level 1 on."""
    found: list[bytes] = []
    level, count = 1, below >> HEIGHT
    while count:
        width = count % WIDTH
        found.append(tile(level, count // WIDTH)[: width * HASH_BYTES] if width else b"")
        level, count = level + 1, count >> HEIGHT
    return tuple(found)


def check_prefix(folder: Path, pruned: Pruned) -> None:
    """That what stayed below ``below`` belongs to the tree: each full tile to the one above it, each kept bundle to its tile.

    EvidenceError names the first that does not.
    """
    level, count = 1, pruned.below >> HEIGHT
    while count >> HEIGHT:
        for number in range(count >> HEIGHT):
            if tile_root(_full(folder, level, number)) != _hash_in(folder, pruned, level + 1, number):
                raise EvidenceError(f"Tile {tile_path(level, number)} is not the one that the tree gives.")
        level, count = level + 1, count >> HEIGHT
    for number in sorted(pruned.kept):
        hashes = b"".join(leaf_hash(entry) for entry in _bundle(folder, number))
        if tile_root(hashes) != _hash_in(folder, pruned, 1, number) or _full(folder, 0, number) != hashes:
            raise EvidenceError(f"Bundle {bundle_path(number)} is not the one that was signed for.")


def sweep(folder: Path, pruned: Pruned, numbers: Iterable[int]) -> int:
    """Remove what is gone of these bundles; how many files went. Again is as good."""
    removed, folders = 0, set()
    for number in numbers:
        if not pruned.gone(number):
            continue
        for file in _files(folder, number):
            if file.exists():
                file.unlink()
                folders.add(file.parent)
                removed += 1
    for one in folders:
        sync_folder(one)
    return removed


def _parsed(found: Json) -> Pruned:
    if not isinstance(found, Mapping) or found.keys() != {"below", "kept", "leaf", "levels"}:
        raise ValueError("it has other fields")
    below, leaf, kept, levels = found["below"], found["leaf"], found["kept"], found["levels"]
    if type(below) is not int or type(leaf) is not int or not 0 < below <= leaf or below % WIDTH:
        raise ValueError("its numbers can't be")
    if not isinstance(kept, list) or not isinstance(levels, list):
        raise TypeError("it names no bundles")
    numbers = frozenset(one for one in kept if type(one) is int and 0 <= one < below // WIDTH)
    if len(numbers) != len(kept):
        raise ValueError("it names bundles that can't be")
    return Pruned(below, leaf, numbers, tuple(bytes.fromhex(str(one)) for one in levels))


def _files(folder: Path, number: int) -> Iterator[Path]:
    # The text first: it is what names people.
    yield folder / "events" / number_path(number)
    yield folder / bundle_path(number)
    yield folder / tile_path(0, number)


def _bundle(folder: Path, number: int) -> list[bytes]:
    data = _read(folder / bundle_path(number), number)
    entries, whole = unpack(data)
    if (len(entries), whole) != (WIDTH, len(data)):
        raise EvidenceError(f"Bundle {bundle_path(number)} does not hold its {WIDTH} entries.")
    return entries


def _full(folder: Path, level: int, number: int) -> bytes:
    return _read(folder / tile_path(level, number), number)


def _hash_in(folder: Path, pruned: Pruned, level: int, index: int) -> bytes:
    """The hash at ``index`` of ``level``: out of a full tile, or of the edge where that tile is not full at ``below``."""
    number, place = divmod(index, WIDTH)
    full = number < pruned.below >> HEIGHT * (level + 1)
    hashes = _full(folder, level, number) if full else pruned.levels[level - 1]
    return hashes[place * HASH_BYTES : (place + 1) * HASH_BYTES]


def _read(file: Path, number: int) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError as error:
        raise EvidenceError(
            f"{file.name} of number {number} is missing, and it was not pruned.",
            remedy="Restore the ledger folder from its backup, and keep this one for the investigation.",
        ) from error


def _spoiled(why: str) -> EvidenceError:
    return EvidenceError(
        f"The file {FILE!r} of the ledger can't be read as what was pruned: {why}.",
        remedy="Restore the ledger folder from its backup, and keep this one for the investigation.",
    )
