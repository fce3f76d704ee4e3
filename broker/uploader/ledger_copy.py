"""The public half of the ledger, copied off: tiles, entry bundles, and last the checkpoint that they belong to.

They name nobody. The texts, which do, stay on the node and in its backup: what must be erasable may not
lie where nobody can erase it (docs/adr/0031). A tile is put once; whatever was interrupted looks first.
"""

import hashlib
import json
from collections import deque
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from domain.canonical import Json, canonical, instant_of, instant_text
from domain.errors import EvidenceError
from recorder.ledger import folder
from recorder.ledger.checkpoint import Checkpoint
from recorder.ledger.note import Note
from recorder.ledger.reader import LogReader
from recorder.ledger.tiles import WIDTH, bundle_path, tile_path, tiles_of
from recorder.stores.second import SecondStore, StoreError, Trouble

FILE = "ledger.json"
PREFIX = "ledger/"


class LedgerCopy:
    """One ledger's way into one store; ``step`` it. A crash costs one look at what was not yet told to be there."""

    def __init__(
        self, log: LogReader, store: SecondStore, stored: Path, every: timedelta, keep_for: timedelta
    ) -> None:
        self._log = log
        self._store = store
        self._file = stored / FILE
        self._every = every
        self._keep_for = keep_for
        self._todo: deque[str] = deque()
        self._checkpoint = ""
        self._size, self._at = self._known()

    @property
    def size(self) -> int:
        """How many leaves the copied checkpoint covers."""
        return self._size

    def due(self, now: datetime) -> bool:
        """Whether there is something to copy now."""
        if self._todo or self._checkpoint:
            return True
        return (
            self._at is None or now - self._at >= self._every or now < self._at
        ) and self._log.size > self._size

    def step(self, now: datetime) -> None:
        """Copy one thing more; StoreError: it is tried again at the next call."""
        if not self._checkpoint:
            self._checkpoint = self._log.checkpoint
            self._todo.extend(_fresh(self._size, _size(self._checkpoint)))
        if self._todo:
            try:
                found = self._log.tile(self._todo[0])
            except EvidenceError as error:
                if error.code != "pruned":  # what went by the plant's own word is not missed
                    raise
            else:
                self._put(self._todo[0], found, now, once=True)
            self._todo.popleft()
            return
        self._put("checkpoint", self._checkpoint.encode(), now, once=False)
        self._size, self._at = _size(self._checkpoint), now
        self._checkpoint = ""
        kept: dict[str, Json] = {"size": self._size, "at": instant_text(now)}
        folder.make_folders(self._file.parent)
        folder.replace(self._file, canonical(kept) + b"\n", durable=True)

    def _put(self, path: str, data: bytes, now: datetime, *, once: bool) -> None:
        name, sha256 = PREFIX + path, hashlib.sha256(data).hexdigest()
        until = now + self._keep_for if self._keep_for else None
        held = self._store.look(name) if once else None
        if held is not None and (held.size, held.sha256) == (len(data), sha256):
            version = held.version
        else:
            version = self._store.put(name, data, sha256, until)
        if until is not None and (held is None or held.locked_until is None):
            self._store.lock(name, version, until)
        if b"".join(self._store.read(name, version)) != data:
            raise StoreError(Trouble.DIFFERS, f"{self._store.name} gave back other bytes for {name}.")

    def _known(self) -> tuple[int, datetime | None]:
        try:
            kept = json.loads(self._file.read_bytes())
            return max(0, int(kept["size"])), instant_of(kept["at"])
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return 0, None


def _size(checkpoint: str) -> int:
    return Checkpoint.of(Note.of(checkpoint.encode()).body).size


def _fresh(old: int, new: int) -> Iterator[str]:
    """The paths of all tiles and bundles of a log of ``new`` leaves that one of ``old`` did not have full."""
    had = (
        {(level, number, width) for level, number, width in tiles_of(old) if width == WIDTH} if old else set()
    )
    for level, number, width in tiles_of(new):
        if (level, number, width) not in had:
            yield tile_path(level, number, width)
            if level == 0:
                yield bundle_path(number, width)
