"""The transparency log on a disk: one writer, any number of readers.

The order of every append is the promise: texts and entries are synced, then the new head is signed
and synced into a file apart, then tiles and checkpoint are published, then the caller hears of it.
"""

import fcntl
import hashlib
import json
import os
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from domain.canonical import Json
from domain.errors import EvidenceError
from recorder.ledger.checkpoint import Checkpoint
from recorder.ledger.folder import Growing, make_folders, replace, sync_folder
from recorder.ledger.heads import open_checkpoint
from recorder.ledger.leaf import RANDOM_BYTES, Submission, Text, leaf, salt_for
from recorder.ledger.merkle import EMPTY_ROOT, root
from recorder.ledger.note import Note
from recorder.ledger.pruned import EVENT, MOST_KEPT, Pruned, sweep, write_pruned
from recorder.ledger.reader import Kept, LogReader
from recorder.ledger.restore import (
    REMEMBERED,
    Restored,
    drop_partials,
    kept_elsewhere,
    partial_files,
    pruned_by,
    restore,
)
from recorder.ledger.shelf import CHECKPOINT, bundle_file, growing_file, node_on_disk, text_file
from recorder.ledger.tiles import WIDTH, bundle_path, pack, tile_path
from recorder.signing import KeyState, Signer

__all__ = ["Kept", "Log", "LogReader", "remembered_beside"]

LOCK = "lock"


def remembered_beside(folder: Path) -> Path:
    """Where the last signed checkpoint is kept when no better place is named.

    Better is a place that whoever restores the ledger's folder does not restore with it.
    """
    return folder.with_name(folder.name + ".signed")


@dataclass(slots=True)
class _Unsigned:
    """What was written and synced, while its head could not be signed. A crash now sets it aside, as after any other step."""

    begun: int
    filled: list[tuple[int, int, bytes]]
    placed: dict[str, tuple[int, bytes]]


class Log:
    """The one writer of a log. Not for two threads at once; a second process is locked out.

    After an EvidenceError from ``append`` with ``dead`` set it is dead for good: what is on the disk is then
    unknown, and only opening the log anew, which reads all of it, can tell. Without it the key could not sign:
    what was asked for is written, and is acknowledged by asking again, or by ``seal``.
    """

    def __init__(self, folder: Path, memory: Path, signer: Signer, state: Restored, lock: int) -> None:
        self._folder = folder
        self._memory = memory
        self._signer = signer
        self._edge = state.edge
        self._signed = state.edge.size
        self._head = state.head
        self._pruned = state.pruned
        self._unsigned: _Unsigned | None = None
        self._bundle = state.bundle
        self._requests = state.requests
        self._lock = lock
        self._dead = ""
        self._entries: Growing | None = None
        self._texts: Growing | None = None
        self.facts = tuple(state.facts)
        """What was mended when the log was opened; sentences for the operator."""

    @classmethod
    def create(cls, folder: Path, signer: Signer, *, memory: Path | None = None) -> Self:
        """Begin an empty log. EvidenceError when there is one, or its last signed checkpoint, already."""
        memory = memory or remembered_beside(folder)
        marks = (memory, kept_elsewhere(memory), folder / "tile", folder / CHECKPOINT)
        if any(one.exists() for one in marks):
            raise EvidenceError(
                f"There is a log in {folder} already, or its last signed checkpoint in {memory}.",
                remedy="Open it; a log is begun once in its life.",
            )
        # Signed first: a key that can't sign leaves no trace of a log.
        head = signer.note(Checkpoint(signer.key.name, 0, EMPTY_ROOT).body()).text().encode()
        make_folders(folder)
        lock = _locked(folder)
        try:
            replace(memory, head, durable=True)
            replace(folder / CHECKPOINT, head, durable=True)
        except OSError as error:
            os.close(lock)
            raise EvidenceError(f"A log can't be begun in {folder}: {error}.") from error
        return cls(folder, memory, signer, Restored(head=head), lock)

    @classmethod
    def open(cls, folder: Path, signer: Signer, *, memory: Path | None = None) -> Self:
        """Open a log after reading and checking all of it (a million leaves take seconds, not minutes).

        EvidenceError when anything that was ever signed for is changed, missing or cut off, when
        the folder is older than the last signature, or when another process has the log open.
        """
        memory = memory or remembered_beside(folder)
        if not folder.is_dir():
            raise EvidenceError(f"There is no log in {folder}.", remedy="Restore it from its backup.")
        lock = _locked(folder)
        try:
            state = restore(folder, memory, signer.key)
        except OSError as error:
            os.close(lock)
            raise EvidenceError(f"The log in {folder} can't be read: {error}.") from error
        except EvidenceError:
            os.close(lock)
            raise
        return cls(folder, memory, signer, state, lock)

    @property
    def dead(self) -> str:
        """Why nothing can be appended any more; empty while something can."""
        return self._dead

    @property
    def size(self) -> int:
        """How many leaves are signed for."""
        return self._signed

    def key(self) -> KeyState:
        """How the key is. It signs the last head once more, which says nothing that it has not said."""
        return self._signer.look(Note.of(self._head).body)

    def index_of(self, submitted: Submission) -> int | None:
        """The index at which this same request was kept before, if it was one of the last 65,536.

        EvidenceError when the request was kept with another event.
        """
        found = self._requests.get(submitted.request)
        return None if found is None else _same(submitted, found)

    def append(self, batch: Sequence[Submission]) -> list[int]:
        """The indexes of the batch's leaves, in order, once all of it survives loss of power and is signed for.

        A request that was kept before gives its old index. After an EvidenceError the events may
        or may not have been kept.
        """
        if self._dead:
            raise EvidenceError(self._dead, remedy="Start the signer again; it then checks the whole log.")
        indexes: list[int] = []
        fresh: list[Submission] = []
        waiting = {} if self._unsigned is None else self._unsigned.placed
        placed: dict[str, tuple[int, bytes]] = {}
        for one in batch:
            known = self.index_of(one)
            if known is None and one.request in placed:
                known = placed[one.request][0]
            if known is None and one.request in waiting:
                known = _same(one, waiting[one.request])
            if known is None:
                known = self._edge.size + len(fresh)
                placed[one.request] = (known, hashlib.sha256(one.event).digest())
                fresh.append(one)
            indexes.append(known)
        if fresh:
            self._on_disk(lambda: self._write_down(fresh, placed))
        self.seal()
        return indexes

    def seal(self) -> None:
        """Sign for what was written while the key could not, and publish it; nothing where all is signed for.

        EvidenceError by the key: nothing was lost, and it may be asked again. By the disk: the log is dead.
        """
        unsigned = self._unsigned
        if self._dead or unsigned is None:
            return
        head = Checkpoint(self._signer.key.name, self._edge.size, self._edge.root())
        signed = self._signer.note(head.body()).text().encode()
        self._on_disk(lambda: self._publish(unsigned.begun, unsigned.filled, signed))
        self._head, self._signed, self._unsigned = signed, self._edge.size, None
        self._remember(unsigned.placed)

    def event(self, index: int) -> Mapping[str, Json]:
        """The event of a leaf that is signed for; EvidenceError when it is gone or changed."""
        return LogReader(self._folder).event(index)

    def prune(self, submitted: Submission) -> int:
        """Keep a ``LedgerPruned`` leaf, and say durably that what it names is gone; ``sweep`` then removes it. The leaf's index.

        Who may say so is not asked here. EvidenceError, and nothing is kept, where the leaf names what can't go.
        """
        if submitted.name != EVENT or self._unsigned is not None:
            raise EvidenceError("This prunes nothing, or the key can't sign now.", code="nothing_to_prune")
        event = json.loads(submitted.event)
        below, kept = event["below"], event["kept"]
        gone_before = self._pruned
        at_least = 0 if gone_before is None else gone_before.below
        if below % WIDTH or not at_least < below <= self._signed:
            raise EvidenceError(f"Nothing new is pruned below leaf {below}.", code="nothing_to_prune")
        if (
            kept != sorted(set(kept))
            or any(not 0 <= one < below // WIDTH for one in kept)
            or len(kept) > MOST_KEPT
        ):
            raise EvidenceError("What is to stay is not named in order.", code="nothing_to_prune")
        if gone_before is not None and any(gone_before.gone(one) for one in kept):
            raise EvidenceError("What is to stay is gone already.", code="nothing_to_prune")
        part = pruned_by(self._folder, Checkpoint.of(Note.of(self._head).body), self._signed, event)
        (index,) = self.append([submitted])
        pruned = self._pruned = Pruned(below, index, part.kept, part.levels)
        self._on_disk(lambda: write_pruned(self._folder, pruned))
        return index

    def sweep(self, numbers: Iterable[int]) -> int:
        """Remove what was pruned of these bundles; how many files went."""
        return 0 if self._pruned is None else sweep(self._folder, self._pruned, numbers)

    def holds(self, data: bytes) -> bool:
        """Whether this log extends the head in ``data``, which somebody else kept: a witness, an auditor, a case file.

        EvidenceError, and nothing more, when this log's own key did not sign it. When it did and the log does not
        extend it, then this is an older copy, or a second history: the log is dead for good, and does not open
        again before it holds that head (C2SP tlog-checkpoint: never sign two heads that contradict each other).
        """
        head = open_checkpoint(data, self._signer.key.name, [self._signer.key])
        size = self._signed
        if head.size <= size and root(head.size, node_on_disk(self._folder, size)) == head.root:
            return True
        self._dead = (
            f"The log of {size} leaves does not hold the {head.size} leaves that its own key once signed for: "
            "it was set back to an older copy, or there are two of it."
        )
        try:
            replace(kept_elsewhere(self._memory), data, durable=True)
        except OSError as error:
            self._dead += f" That head could not be kept: {error}."
        return False

    def close(self) -> None:
        """Let the files and the lock go. Everything acknowledged is on the disk already."""
        for file in (self._entries, self._texts):
            if file is not None:
                file.close()
        self._entries = self._texts = None
        self._dead = self._dead or "The log is closed."
        os.close(self._lock)

    def _on_disk(self, deed: Callable[[], None]) -> None:
        """Do it; what the disk refuses half-way is the end of this log until it is opened anew."""
        try:
            deed()
        except OSError as error:
            self._dead = f"The ledger can't be written: {error}."
            raise EvidenceError(self._dead, remedy="Free or mend the disk, then start the signer.") from error

    def _write_down(self, batch: Sequence[Submission], placed: dict[str, tuple[int, bytes]]) -> None:
        unsigned = self._unsigned or _Unsigned(self._edge.size, [], {})
        left = batch
        while left:
            number, place = divmod(self._edge.size, WIDTH)
            unsigned.filled += self._write(number, left[: WIDTH - place])
            left = left[WIDTH - place :]
        unsigned.placed |= placed
        self._unsigned = unsigned

    def _write(self, number: int, batch: Sequence[Submission]) -> list[tuple[int, int, bytes]]:
        """Write one bundle's share of a batch and sync it; returns the tiles that it filled."""
        if self._entries is None or self._texts is None:
            self._entries = Growing(growing_file(self._folder, number))
            self._texts = Growing(text_file(self._folder, number))
        entries: list[bytes] = []
        lines: list[bytes] = []
        for index, one in enumerate(batch, self._edge.size):
            salt = salt_for(one.request, secrets.token_bytes(RANDOM_BYTES))
            text = Text(index, one.request, salt, one.event)
            lines.append(text.line())
            entries.append(leaf(one, text.commitment()))
        packed = pack(entries)
        self._texts.append(b"".join(lines))
        self._entries.append(packed)
        self._texts.sync()
        self._entries.sync()
        self._bundle += packed
        filled = [tile for entry in entries for tile in self._edge.add(entry)]
        if self._edge.size % WIDTH == 0:
            self._entries.close()
            self._texts.close()
            self._entries = self._texts = None
            self._bundle.clear()
        return filled

    def _publish(self, begun: int, filled: Sequence[tuple[int, int, bytes]], head: bytes) -> None:
        replace(self._memory, head, durable=True)
        for level, number, hashes in filled:
            file = self._folder / tile_path(level, number)
            make_folders(file.parent)
            replace(file, hashes, durable=True)
        for number in range(begun // WIDTH, self._edge.size // WIDTH):
            growing_file(self._folder, number).rename(bundle_file(self._folder, number))
            sync_folder(bundle_file(self._folder, number).parent)
        for path, width, data in partial_files(self._edge.size, self._edge, bytes(self._bundle)):
            partial = self._folder / f"{path}.p/{width}"
            if not partial.exists():
                make_folders(partial.parent)
                replace(partial, data, durable=False)
        replace(self._folder / CHECKPOINT, head, durable=True)
        for level, number, _ in filled:
            drop_partials(self._folder, tile_path(level, number))
            if level == 0:
                drop_partials(self._folder, bundle_path(number))

    def _remember(self, placed: dict[str, tuple[int, bytes]]) -> None:
        self._requests |= placed
        while len(self._requests) > REMEMBERED:
            del self._requests[next(iter(self._requests))]


def _same(one: Submission, kept: tuple[int, bytes]) -> int:
    if kept[1] != hashlib.sha256(one.event).digest():
        raise EvidenceError(f"Request {one.request} was made before, for another event.")
    return kept[0]


def _locked(folder: Path) -> int:
    descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise EvidenceError(
            f"Another process has the log in {folder} open.", remedy="End the other signer first."
        ) from error
    return descriptor
