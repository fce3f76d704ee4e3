"""Where the quarantine's files lie: each in the form of a recording, under its own key, in a folder of its own."""

import os
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

from broker.layout import Layout
from broker.quarantine.kept_reader import KeptReader
from broker.quarantine.spool import Spool
from broker.settings import Settings
from domain.canonical import Json
from domain.clock import Clock
from domain.errors import EvidenceError
from domain.ids import SessionId
from recorder.format.reader import Reader
from recorder.keyring import Keyring
from recorder.salvage import salvage_in
from recorder.stores.local import LocalStore
from recorder.writer import Recorder

MIB = 1024 * 1024


def folder_of(layout: Layout, settings: Settings) -> Path:
    """Where the files lie."""
    return Path(settings.quarantine.folder) if settings.quarantine.folder else layout.quarantine


@dataclass(frozen=True, slots=True)
class Found:
    """A file that lies here: what was said of it when it was begun, how much came, and how it was closed."""

    about: Mapping[str, Json]
    size: int
    cause: str


class Shelf:
    """One node's. Only the gate writes; whoever only looks gives no ``clock``, and may not ``spool``."""

    def __init__(
        self, folder: Path, keys: Keyring, clock: Clock | None = None, *, least_free_share: float = 0.1
    ) -> None:
        self.folder = folder
        self._keys = keys
        self._share = least_free_share
        self.store = LocalStore(
            folder, reserve_bytes=0, least_free_bytes=64 * MIB, least_free_share=least_free_share
        )
        self._recorder = None if clock is None else Recorder(folder, keys, clock, store=self.store)

    def room(self, octets: int) -> str:
        """Why so many bytes more can't be taken, as a sentence; empty when they can."""
        try:
            disk = os.statvfs(self.folder)
        except OSError as error:
            return f"The quarantine's folder can't be reached: {error.strerror}."
        free = disk.f_bavail * disk.f_frsize - octets
        least = max(64 * MIB, int(disk.f_blocks * disk.f_frsize * self._share))
        return "" if free >= least else "The quarantine's disk is as full as it may be."

    def spool(self, file: str, about: Mapping[str, Json], workers: Executor) -> Spool:
        """A way to the disk for one new file."""
        assert self._recorder is not None, "who only looks writes nothing"
        return Spool(self._recorder, file, about, workers)

    def open(self, file: str, size: int) -> KeptReader:
        """Its bytes in clear; EvidenceError when they are gone, erased or changed."""
        return KeptReader(self.path(file), self.key(file), size)

    def path(self, file: str) -> Path:
        """The file as it lies on the disk, encrypted; EvidenceError when it is gone."""
        return self.store.path(SessionId(file))

    def key(self, file: str) -> bytes:
        """Its own key; EvidenceError when that was destroyed."""
        return self._keys.unwrapped(self.store.read_key, SessionId(file))

    def erase(self, file: str) -> int:
        """Destroy its key and remove it; its bytes on the disk. Again is as good."""
        self.store.destroy_key(SessionId(file))
        return self.store.remove(SessionId(file))

    def files(self) -> tuple[str, ...]:
        """Those that lie here sealed."""
        return self.store.sealed()

    def salvage(self) -> tuple[str, ...]:
        """Seal what a crash cut off, as far as it verifies; their ids. EvidenceError for what can't be."""
        left = self.store.open_ones()
        for file in left:
            salvage_in(self.store, file)
        return left

    def found(self, file: str) -> Found:
        """What lies here under ``file``, without its key; EvidenceError when it does not verify."""
        with self.store.source(SessionId(file)) as source:
            reader = Reader(source)
            for _ in reader.frames():
                pass
            if not reader.sealed:
                raise EvidenceError("A file in the quarantine is not sealed.")
            return Found(reader.header.about, reader.bytes_to_asset, reader.cause)

    def close(self) -> None:
        """Stop what makes files durable."""
        if self._recorder is not None:
            self._recorder.close()
