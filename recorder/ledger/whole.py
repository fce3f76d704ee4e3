"""Every place where a log's folder is not what its head was signed for, not only the first.

Reads the folder while its signer goes on writing, and changes nothing. One bundle is in memory at a time.
What went by a signed term and its leaf (``pruned.py``) is no fault; what stayed of it is looked at as the rest.
What it can't see is a folder that was put back to an older state as a whole: signer and witnesses see that.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from domain.errors import EvidenceError
from recorder.ledger.checkpoint import Checkpoint
from recorder.ledger.heads import open_checkpoint
from recorder.ledger.leaf import opens
from recorder.ledger.merkle import HASH_BYTES, leaf_hash
from recorder.ledger.note import Note, VerifierKey
from recorder.ledger.pruned import FILE as PRUNED
from recorder.ledger.pruned import Pruned, check_prefix
from recorder.ledger.reader import LogReader
from recorder.ledger.shelf import CHECKPOINT, read_entries, read_lines, text_at
from recorder.ledger.tiles import WIDTH, RightEdge, bundle_path, pack, tile_path, tiles_of

MOST = 1000
"""So many places are named; a folder with more of them is told as that."""


NOTHING = Pruned(0, 0, frozenset(), ())
"""Nothing went."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One place: ``checkpoint``, ``entry``, ``tile`` or ``text``, which one, and what is wrong with it."""

    place: str
    item: str
    fact: str


class Whole:
    """One look. Without a ``key`` whose head it is stays open. ``head`` is the one that was published as it began; ``entries`` and ``tiles`` count what was compared."""

    def __init__(
        self, folder: Path, key: VerifierKey | None, pause: Callable[[int], None] = lambda _read: None
    ) -> None:
        self._folder = folder
        self._key = key
        self._pause = pause
        self.head: Checkpoint | None = None
        self.entries = 0
        self.tiles = 0

    def faults(self) -> Iterator[Fault]:
        """What is wrong, of all parts, ``MOST`` at most; nothing where all is as it was signed for."""
        try:
            data = (self._folder / CHECKPOINT).read_bytes()
            self.head = Checkpoint.of(Note.of(data).body)
            if self._key is not None:
                open_checkpoint(data, self._key.name, [self._key])
        except OSError as error:
            yield Fault("checkpoint", CHECKPOINT, f"It can't be read: {error.strerror}.")
            return
        except EvidenceError as error:
            yield Fault("checkpoint", CHECKPOINT, error.fact)
        if self.head is not None:
            for number, fault in enumerate(self._under(self.head)):
                if number == MOST:
                    return
                yield fault

    def _under(self, head: Checkpoint) -> Iterator[Fault]:
        filled, texts, torn = dict[str, bytes](), list[tuple[int, str]](), False
        odd: list[int] = []
        pruned, edge, spoiled = self._begun()
        yield from spoiled
        begun = pruned.below // WIDTH
        for number in (*sorted(pruned.kept), *range(begun, -(-head.size // WIDTH))):
            width = min(WIDTH, head.size - number * WIDTH)
            try:
                entries = read_entries(self._folder, number, width)
            except EvidenceError as error:
                torn = True
                if error.code == "pruned":  # just now, by a leaf that this look began without
                    continue
                yield Fault("entry", f"{number * WIDTH} to {number * WIDTH + width - 1}", error.fact)
                continue
            lines, hashes = read_lines(self._folder, number), self._hashes(0, number, width, head)
            self._pause(sum(map(len, entries)) + sum(map(len, lines)))
            for index, entry in enumerate(entries, number * WIDTH):
                filled |= {
                    tile_path(level, which): tile
                    for level, which, tile in ([] if torn or number < begun else edge.add(entry))
                    if level
                }
                place = index % WIDTH * HASH_BYTES
                if hashes and hashes[place : place + HASH_BYTES] != leaf_hash(entry):
                    if number < begun:  # its tile is held to the one above it
                        yield from _wrong([index], torn=True)
                        continue
                    odd.append(index)
                if (fact := _text_fault(entry, lines, index)) and len(texts) <= MOST:
                    texts.append((index, fact))
            self.entries += len(entries)
            if width < WIDTH and self._served(number, width) not in {b"", pack(entries)}:
                served = bundle_path(number, width)
                yield Fault("entry", served, "What is served of the last entries is not those that are kept.")
        right = not torn and edge.root() == head.root
        yield from self._tiles(head, edge, filled, odd, pruned) if right else _wrong(odd, torn=torn)
        changed = set() if right else set(odd)
        yield from (Fault("text", str(index), fact) for index, fact in texts if index not in changed)

    def _begun(self) -> tuple[Pruned, RightEdge, tuple[Fault, ...]]:
        """What went by a signed term, the tree at its end, and what is wrong with that or with what stayed of it."""
        pruned, edge = NOTHING, RightEdge()
        try:
            found = LogReader(self._folder).pruned()
            if found is not None:
                edge = found.edge()
                pruned = found
                check_prefix(self._folder, pruned)
        except EvidenceError as error:
            return pruned, edge, (Fault("tile", PRUNED, error.fact),)
        return pruned, edge, ()

    def _served(self, number: int, width: int) -> bytes:
        """The bundle that is not full as it lies there to be served; empty where it does not."""
        try:
            return (self._folder / bundle_path(number, width)).read_bytes()
        except OSError:
            return b""

    def _hashes(self, level: int, number: int, width: int, head: Checkpoint) -> bytes:
        """A tile as it lies there; of one that is not full also from the one that it grew into."""
        for path in dict.fromkeys(tile_path(level, number, wide) for wide in (width, WIDTH)):
            try:
                found = (self._folder / path).read_bytes()
            except OSError:
                continue
            if len(found) >= width * HASH_BYTES and head.size:
                return found[: width * HASH_BYTES]
        return b""

    def _tiles(
        self,
        head: Checkpoint,
        edge: RightEdge,
        filled: dict[str, bytes],
        odd: list[int],
        pruned: Pruned,
    ) -> Iterator[Fault]:
        """Tiles that are not those of entries that are right; of pruned bundles there are none."""
        below = {index // WIDTH for index in odd}
        for level, number, width in tiles_of(head.size):
            if level == 0 and pruned.gone(number):
                continue
            path = tile_path(level, number, width)
            there = self._hashes(level, number, width, head)
            self.tiles += 1
            if not there:
                if width == WIDTH or self._still(head):
                    yield Fault("tile", path, "It is missing or short.")
                continue
            wanted = edge.partial(level) if width < WIDTH else filled.get(path, there)
            if there != wanted or (level == 0 and number in below):
                yield Fault("tile", path, "Its hashes are not those of the entries under it.")

    def _still(self, head: Checkpoint) -> bool:
        """Whether the log has not grown meanwhile: then a tile that is not full has to be there."""
        try:
            return Checkpoint.of(Note.of((self._folder / CHECKPOINT).read_bytes()).body).size == head.size
        except (OSError, EvidenceError):
            return False


def _wrong(odd: list[int], *, torn: bool) -> Iterator[Fault]:
    """The entries are not those that were signed for: which, their tiles tell, as far as they can."""
    for index in odd:
        yield Fault("entry", str(index), "It is not the one that its tile was made of.")
    if not odd and not torn:
        yield Fault(
            "checkpoint", CHECKPOINT, "Entries and tiles agree, and are not those that it was signed for."
        )


def _text_fault(entry: bytes, lines: list[bytes], index: int) -> str:
    try:
        text = text_at(lines, index)
    except EvidenceError as error:
        return error.fact
    return "" if opens(entry, text) else f"The text of event {index} is not the one that its leaf commits to."
