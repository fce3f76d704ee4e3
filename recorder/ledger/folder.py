"""Files that survive loss of power: appended to and synced, or replaced whole."""

import os
from pathlib import Path

FILE_MODE = 0o640
FOLDER_MODE = 0o750


class Growing:
    """A file that is only ever appended to. Nothing counts as written before ``sync``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        fresh = not path.exists()
        make_folders(path.parent)
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
        if fresh:
            sync_folder(path.parent)

    def append(self, data: bytes) -> None:
        """Write all of ``data``; OSError when the disk won't have it."""
        write_all(self._descriptor, data)

    def sync(self) -> None:
        """Return once all that was appended survives loss of power."""
        os.fdatasync(self._descriptor)

    def close(self) -> None:
        """Let the file go."""
        os.close(self._descriptor)


def replace(path: Path, data: bytes, *, durable: bool) -> None:
    """Put ``data`` in the place of what ``path`` held. A reader sees the old whole or the new whole.

    With ``durable`` the new one survives loss of power when this returns.
    """
    beside = path.with_name(path.name + ".new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, FILE_MODE)
    try:
        write_all(descriptor, data)
        if durable:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
    beside.replace(path)
    if durable:
        sync_folder(path.parent)


def make_folders(path: Path) -> None:
    """The folder and those above it, each synced into the one that holds it."""
    if not path.is_dir():
        make_folders(path.parent)
        path.mkdir(mode=FOLDER_MODE, exist_ok=True)
        sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Return once the names in ``path`` survive loss of power."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_all(descriptor: int, data: bytes) -> None:
    """All of ``data``, however many calls it takes."""
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]
