"""What a signer does before its first signature: read the whole log again and believe none of it.

The tree is rebuilt from the entries and compared with what was signed last. What was never signed
for was never acknowledged to anybody either: it is set aside, not signed, because nothing tells a
torn write from an entry that somebody slipped in while the signer was down.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from domain.canonical import Json
from domain.errors import EvidenceError
from recorder.ledger.checkpoint import Checkpoint
from recorder.ledger.folder import make_folders, replace, sync_folder
from recorder.ledger.heads import open_checkpoint
from recorder.ledger.leaf import commits
from recorder.ledger.merkle import prove_consistency, root, verify_consistency
from recorder.ledger.note import VerifierKey
from recorder.ledger.pruned import EVENT, Pruned, check_prefix, levels_at, read_pruned, sweep, write_pruned
from recorder.ledger.shelf import (
    CHECKPOINT,
    GROWING,
    bundle_file,
    growing_file,
    node_on_disk,
    read_bundle,
    read_lines,
    text_at,
    text_file,
    tile_on_disk,
)
from recorder.ledger.tiles import (
    WIDTH,
    RightEdge,
    bundle_path,
    node_in_tiles,
    number_path,
    pack,
    tile_path,
    tiles_of,
    unpack,
)

REMEMBERED = 65_536
"""For how many of the last leaves a repeated request is known again."""

_PRUNES = f'"event":"{EVENT}"'.encode()

KEEP_THIS = "Restore the ledger from its backup, and keep this folder for the investigation."


@dataclass(slots=True)
class Restored:
    """A log as far as it was signed for, ready to grow."""

    edge: RightEdge = field(default_factory=RightEdge)
    head: bytes = b""
    """The last signed checkpoint, as signed."""
    bundle: bytearray = field(default_factory=bytearray)
    """The bytes of the bundle that has room left."""
    requests: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    """Request to index and SHA-256 of the event, oldest first."""
    facts: list[str] = field(default_factory=list)
    """What was mended on the way, in sentences for the operator."""
    pruned: Pruned | None = None
    """What is gone of its beginning."""
    told: list[tuple[int, Mapping[str, Json]]] = field(default_factory=list)
    """Leaves that say what is to go, with their events."""


def restore(folder: Path, memory: Path, key: VerifierKey) -> Restored:
    """Check every file of the log in ``folder`` against what ``key`` signed; mend what a crash explains.

    EvidenceError when anything that was signed for is changed, missing or cut off. ``memory`` is the
    copy of the last signed checkpoint that is kept apart from the log.
    """
    log = Restored()
    heads, published = _heads(folder, memory, key, log)
    size = max(heads)
    for number in range(_begin(folder, size, log), -(-size // WIDTH)):
        _take_in(folder, number, min(WIDTH, size - number * WIDTH), heads, log, published)
    _compare(heads, log)
    _set_aside(folder, size, log)
    _finish(folder, size, log)
    _partials(folder, size, log)
    _smaller(folder, size, heads, log)
    _prune(folder, size, log)
    _nothing_else(folder, size)
    checkpoint = folder / CHECKPOINT
    if not checkpoint.exists() or checkpoint.read_bytes() != log.head:
        replace(checkpoint, log.head, durable=True)
        log.facts.append(f"The checkpoint of {size} leaves was signed but not published; it is now.")
    elsewhere = kept_elsewhere(memory)
    if elsewhere.exists():  # every head in it was found in the tree
        elsewhere.unlink()
        log.facts.append("The log holds the head again that was kept elsewhere and had stopped it.")
    if memory.read_bytes() != log.head:
        replace(memory, log.head, durable=True)
        log.facts.append(f"{memory.name} was behind the published checkpoint; it holds {size} leaves now.")
    return log


def _heads(folder: Path, memory: Path, key: VerifierKey, log: Restored) -> tuple[dict[int, bytes], int]:
    """Every signed size with its root, and the size that was published."""
    try:
        remembered = memory.read_bytes()
    except FileNotFoundError as error:
        raise EvidenceError(
            f"{memory} is missing: it holds the last checkpoint that this log's key signed.",
            remedy="Compare the ledger's checkpoint with one that was kept elsewhere (a case file, a witness); "
            f"if it is not older, copy it to {memory}.",
        ) from error
    last = _signed(remembered, key, memory)
    log.head = remembered
    try:
        bytes_published = (folder / CHECKPOINT).read_bytes()
    except FileNotFoundError as error:
        if last.size:
            raise EvidenceError("The ledger's checkpoint is missing.", remedy=KEEP_THIS) from error
        return _agreeing(last, *_elsewhere(memory, key)), 0
    published = _signed(bytes_published, key, folder / CHECKPOINT)
    if published.size > last.size:
        log.head = bytes_published
    return _agreeing(last, published, *_elsewhere(memory, key)), published.size


def _elsewhere(memory: Path, key: VerifierKey) -> tuple[Checkpoint, ...]:
    """The head that once stopped this log because it was not in it, if there is one."""
    file = kept_elsewhere(memory)
    return (_signed(file.read_bytes(), key, file),) if file.exists() else ()


def _agreeing(*heads: Checkpoint) -> dict[int, bytes]:
    """The root of each signed size; EvidenceError when one size was signed with two."""
    found: dict[int, bytes] = {}
    for head in heads:
        if found.setdefault(head.size, head.root) != head.root:
            raise EvidenceError(
                f"Two different trees of {head.size} leaves were signed: the log is forked.", remedy=KEEP_THIS
            )
    return found


def kept_elsewhere(memory: Path) -> Path:
    """Where a head lies that this log's key signed and this log did not hold. While it is there, no log without it opens."""
    return memory.with_name(memory.name + ".elsewhere")


def _signed(data: bytes, key: VerifierKey, file: Path) -> Checkpoint:
    try:
        return open_checkpoint(data, key.name, [key])
    except EvidenceError as error:
        raise EvidenceError(f"{file}: {error.fact}", remedy=KEEP_THIS) from error


def _take_in(
    folder: Path, number: int, width: int, heads: dict[int, bytes], log: Restored, published: int
) -> None:
    data = read_bundle(folder, number)
    entries, whole = unpack(data)
    lines = read_lines(folder, number)
    closed = width == WIDTH
    if len(entries) < width or (closed and (len(entries), whole, len(lines)) != (WIDTH, len(data), WIDTH)):
        raise EvidenceError(
            f"Bundle {bundle_path(number)} holds {len(entries)} whole entries and {len(lines)} texts "
            f"where {width} were signed for.",
            remedy=KEEP_THIS,
        )
    for place, entry in enumerate(entries[:width]):
        _compare(heads, log)
        index = number * WIDTH + place
        text = text_at(lines, index)
        if not commits(entry, text):
            raise EvidenceError(
                f"The text of event {index} is not the one that was signed for.", remedy=KEEP_THIS
            )
        log.requests[text.request] = (index, hashlib.sha256(text.event).digest())
        if len(log.requests) > REMEMBERED:
            del log.requests[next(iter(log.requests))]
        if _PRUNES in entry:
            log.told.append((index, text.document()))
        for level, which, hashes in log.edge.add(entry):
            _full_tile(folder, level, which, hashes, log, published)
    if width < WIDTH:
        log.bundle = bytearray(pack(entries[:width]))


def _begin(folder: Path, size: int, log: Restored) -> int:
    """The first bundle that is read: where a beginning was pruned, the tree goes on from the tiles that stayed."""
    log.pruned = read_pruned(folder)
    if log.pruned is None:
        return 0
    if log.pruned.leaf >= size:
        raise EvidenceError("What was pruned is told of by no leaf that was signed for.", remedy=KEEP_THIS)
    check_prefix(folder, log.pruned)
    for number in sorted(log.pruned.kept):
        entries, lines = unpack(read_bundle(folder, number))[0], read_lines(folder, number)
        for place, entry in enumerate(entries):
            if not commits(entry, text_at(lines, number * WIDTH + place)):
                raise EvidenceError(
                    f"The text of event {number * WIDTH + place} is not the one that was signed for.",
                    remedy=KEEP_THIS,
                )
    log.edge = log.pruned.edge()
    return log.pruned.below // WIDTH


def _smaller(folder: Path, size: int, heads: dict[int, bytes], log: Restored) -> None:
    """Heads of what was pruned since, by the tiles that stayed."""
    below = 0 if log.pruned is None else log.pruned.below
    for one, wanted in heads.items():
        if one < below and root(one, node_on_disk(folder, size)) != wanted:
            raise EvidenceError(
                f"The first {one} entries are not those that were signed for.", remedy=KEEP_THIS
            )


def _prune(folder: Path, size: int, log: Restored) -> None:
    """Have what is gone be said by a leaf, and finish what a crash cut off."""
    if log.pruned is not None and not any(
        index == log.pruned.leaf and log.pruned.said_by(event) for index, event in log.told
    ):
        raise EvidenceError(
            f"The ledger's beginning is missing, and leaf {log.pruned.leaf} does not say that it was pruned.",
            remedy=KEEP_THIS,
        )
    if not log.told:
        return
    index, event = log.told[-1]
    if log.pruned is None or index != log.pruned.leaf:
        log.pruned = pruned_by(folder, Checkpoint("", size, log.edge.root()), index, event)
        write_pruned(folder, log.pruned)
        log.facts.append(f"What leaf {index} says is to go had not begun to; it goes now.")
    if removed := sweep(folder, log.pruned, range(log.pruned.below // WIDTH)):
        log.facts.append(f"{removed} files that were pruned were still there; they are gone now.")


def pruned_by(folder: Path, head: Checkpoint, index: int, event: Mapping[str, Json]) -> Pruned:
    """What the leaf at ``index`` says is to go, with the tiles by which the tree is rebuilt without it.

    EvidenceError when it says what can't be, or when these tiles do not lead to ``head``.
    """
    below, kept = event.get("below"), event.get("kept")
    if (
        type(below) is not int
        or not isinstance(kept, Sequence)
        or below % WIDTH
        or not 0 < below <= head.size
    ):
        raise EvidenceError(f"Leaf {index} prunes what can't be pruned.", remedy=KEEP_THIS)
    tiles = tile_on_disk(folder, head.size)
    found = Pruned(below, index, frozenset(one for one in kept if type(one) is int), levels_at(below, tiles))
    path = prove_consistency(below, head.size, node_in_tiles(tiles))
    if not verify_consistency(below, head.size, found.edge().root(), head.root, path):
        raise EvidenceError("The tiles that would stay are not those that were signed for.", remedy=KEEP_THIS)
    return found


def _compare(heads: dict[int, bytes], log: Restored) -> None:
    size = log.edge.size
    if size in heads and log.edge.root() != heads[size]:
        raise EvidenceError(
            f"The first {size} entries are not those that were signed for: "
            "an entry was changed, removed, inserted or moved.",
            remedy=KEEP_THIS,
        )


def _full_tile(folder: Path, level: int, number: int, hashes: bytes, log: Restored, published: int) -> None:
    path = tile_path(level, number)
    file = folder / path
    if file.exists():
        if file.read_bytes() != hashes:
            raise EvidenceError(f"Tile {path} is not the one that the entries give.", remedy=KEEP_THIS)
        return
    if (number + 1) * WIDTH ** (level + 1) <= published:
        raise EvidenceError(f"Tile {path} is missing.", remedy=KEEP_THIS)
    _write_tile(file, hashes, durable=True)
    log.facts.append(f"Tile {path} had not been written; it is now.")


def _write_tile(file: Path, hashes: bytes, *, durable: bool) -> None:
    make_folders(file.parent)
    replace(file, hashes, durable=durable)


def _set_aside(folder: Path, size: int, log: Restored) -> None:
    """Move what lies behind the last signed leaf out of the log, and say so."""
    number, width = divmod(size, WIDTH)
    entries, texts = _tail(folder, number, width)
    gone = [file for file in _later(folder, number) if file.exists()]
    tail = [b"".join([entries, *(f.read_bytes() for f in gone if f.name.endswith(GROWING))])]
    tail.append(b"".join([texts, *(f.read_bytes() for f in gone if not f.name.endswith(GROWING))]))
    if not any(tail) and not gone:
        return
    aside = folder / "aside"
    make_folders(aside)
    attempt = next(one for one in range(1, 1_000_000) if not (aside / f"{size}-{one}.entries").exists())
    replace(aside / f"{size}-{attempt}.texts", tail[1], durable=True)
    replace(aside / f"{size}-{attempt}.entries", tail[0], durable=True)
    for file in gone:
        file.unlink()
    if entries:
        _truncate(growing_file(folder, number), len(log.bundle))
    if texts:
        _truncate(text_file(folder, number), text_file(folder, number).stat().st_size - len(texts))
    log.facts.append(
        f"{len(unpack(tail[0])[0])} entries behind leaf {size} were never signed for or acknowledged; "
        f"they are kept in aside/{size}-{attempt}.*, outside the log."
    )


def _tail(folder: Path, number: int, width: int) -> tuple[bytes, bytes]:
    """What follows the first ``width`` entries and texts in their files."""
    growing = growing_file(folder, number)
    data = growing.read_bytes() if growing.exists() else b""
    kept = len(pack(unpack(data)[0][:width]))
    return data[kept:], b"".join(read_lines(folder, number)[width:])


def _later(folder: Path, number: int) -> Iterator[Path]:
    """Files of bundles that come after ``number``, as far as a batch could have reached."""
    for later in range(number + 1, number + 1 + WIDTH):
        yield growing_file(folder, later)
        yield text_file(folder, later)


def _truncate(file: Path, length: int) -> None:
    os.truncate(file, length)
    descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _finish(folder: Path, size: int, log: Restored) -> None:
    """Give full bundles their full name, and drop partial tiles of full ones: a crash may come between."""
    for file in (folder / "tile").rglob("*"):
        if file.name.endswith(".new"):
            file.unlink()
    for number in range(size // WIDTH):
        growing = growing_file(folder, number)
        if growing.exists() and not bundle_file(folder, number).exists():
            growing.rename(bundle_file(folder, number))
            sync_folder(growing.parent)
            log.facts.append(f"Bundle {bundle_path(number)} was full but not closed; it is now.")
    full = [tile_path(level, number) for level, number, width in tiles_of(size) if width == WIDTH]
    for path in [*full, *(bundle_path(number) for number in range(size // WIDTH))]:
        drop_partials(folder, path)


def drop_partials(folder: Path, path: str) -> None:
    """Remove the partial tiles that a full one at ``path`` has made needless."""
    partials = folder / f"{path}.p"
    if partials.is_dir():
        for file in partials.iterdir():
            file.unlink()
        partials.rmdir()


def partial_files(size: int, edge: RightEdge, bundle: bytes) -> Iterator[tuple[str, int, bytes]]:
    """The full name, width and bytes of every partial tile and bundle of a tree of ``size`` leaves."""
    for level, number, width in tiles_of(size):
        if width < WIDTH:
            yield tile_path(level, number), width, edge.partial(level)
    if size % WIDTH:
        yield bundle_path(size // WIDTH), size % WIDTH, bundle


def _partials(folder: Path, size: int, log: Restored) -> None:
    """Partial tiles are derived and not synced: one that a power cut tore is written again."""
    for path, width, wanted in partial_files(size, log.edge, bytes(log.bundle)):
        files = {file.name: file for file in (folder / f"{path}.p").glob("*")}
        for name, file in files.items():
            found = file.read_bytes()
            right = _prefix(path, wanted, int(name)) if name.isdigit() and int(name) <= width else None
            if found == right:
                continue
            if right is None or not _torn(found, right):
                raise EvidenceError(
                    f"Partial tile {path}.p/{name} is not what the entries give.", remedy=KEEP_THIS
                )
            _write_tile(file, right, durable=True)
            log.facts.append(f"Partial tile {path}.p/{name} was torn; it is whole now.")
        if str(width) not in files:
            _write_tile(folder / f"{path}.p/{width}", wanted, durable=True)


def _prefix(path: str, wanted: bytes, width: int) -> bytes:
    if path.startswith("tile/entries/"):
        return pack(unpack(wanted)[0][:width])
    return wanted[: width * 32]


def _torn(found: bytes, wanted: bytes) -> bool:
    """Whether ``found`` is what a power cut leaves: the right bytes, then nothing, or only zeros."""
    written = found.rstrip(b"\0")
    return (len(found) < len(wanted) or len(found) - len(written) >= 64) and wanted.startswith(written)


def _nothing_else(folder: Path, size: int) -> None:
    """A file among the tiles or texts that the tree does not call for was put there by somebody."""
    expected = {tile_path(level, number) for level, number, width in tiles_of(size) if width == WIDTH}
    expected |= {bundle_path(number) for number in range(size // WIDTH)}
    expected.add(bundle_path(size // WIDTH) + GROWING)
    expected |= {f"events/{number_path(number)}" for number in range(size // WIDTH + 1)}
    growing = {f"{tile_path(level, number)}.p" for level, number, width in tiles_of(size) if width < WIDTH}
    growing.add(f"{bundle_path(size // WIDTH)}.p")
    for top in ("tile", "events"):
        for file in (folder / top).rglob("*"):
            path = file.relative_to(folder)
            if not file.is_dir() and str(path) not in expected and str(path.parent) not in growing:
                raise EvidenceError(f"{path} does not belong to this log.", remedy=KEEP_THIS)
