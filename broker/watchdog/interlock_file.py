"""The interlocks on disk: the watchdog's memory, and the last way to shut a plant when it is dead.

Replaced as a whole (write, fsync, rename, fsync of the folder), so that a reader sees one state or
the next, never half of one. What can't be read shuts everything.
"""

import fcntl
import os
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from broker.watchdog.interlocks import UNREADABLE, Command, Interlocks, apply, decode, encode
from domain.errors import ConfigError

LARGEST_BYTES = 16 * 1024 * 1024
LOCK_PATIENCE_S = 0.5


class InterlockFile:
    """``interlocks.json`` of one node. The lock beside it is held only while it is replaced."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = path.with_suffix(".lock")

    def read(self) -> Interlocks:
        """What holds; ConfigError when that can't be told, and then everything must be held shut.

        A missing file is a fresh node's, unless the lock beside it shows that there was one.
        """
        try:
            with self._path.open("rb") as file:
                data = file.read(LARGEST_BYTES + 1)
        except FileNotFoundError as error:
            if not self._lock.exists():
                return Interlocks()
            raise ConfigError("The interlocks are gone.", file=str(self._path), remedy=_REMEDY) from error
        except OSError as error:
            raise ConfigError(
                f"The interlocks can't be read: {error.strerror}.", file=str(self._path), remedy=_REMEDY
            ) from error
        if len(data) > LARGEST_BYTES:
            raise ConfigError(
                "The interlocks are too large to be ours.", file=str(self._path), remedy=_REMEDY
            )
        try:
            return decode(data)
        except ConfigError as error:
            raise ConfigError(error.fact, file=str(self._path), remedy=_REMEDY) from error

    def change(self, commands: Sequence[Command]) -> Interlocks:
        """Apply ``commands`` to what is on disk; what holds now, once it survives loss of power.

        Read anew each time: while the watchdog stood still somebody else may have shut the plant.
        A file that can't be read is set aside, and everything counts as shut before the commands.
        OSError when it can't be written.
        """
        first = not self._lock.exists()  # taking the lock makes it
        with self._held():
            try:
                interlocks = self.read()
            except ConfigError:
                interlocks = Interlocks() if first and not self._path.exists() else UNREADABLE
                self._set_aside()
            for command in commands:
                interlocks = apply(interlocks, command)
            self._replace(encode(interlocks))
        return interlocks

    def _replace(self, data: bytes) -> None:
        fresh = self._path.with_suffix(f".{os.getpid()}.new")
        file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(file, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _set_aside(self) -> None:
        if not self._path.exists():
            return
        number = 1
        while (aside := self._path.with_suffix(f".damaged-{number}")).exists():
            number += 1
        self._path.rename(aside)

    @contextmanager
    def _held(self) -> Generator[None]:
        file = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            waited_s = 0.0
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    # Whoever holds it stands still in the middle of it. Shutting the plant does not
                    # wait for that; the replacement itself is atomic without the lock.
                    if waited_s >= LOCK_PATIENCE_S:
                        break
                    time.sleep(0.01)
                    waited_s += 0.01
            yield
        finally:
            os.close(file)


def journal_beside(path: Path) -> Path:
    """Where leaves about the interlocks in ``path`` wait for the ledger."""
    return path.with_suffix(".journal")


_REMEDY = (
    "Everything is held shut. Look at the file, then release what should be open with "
    "`penstock restore all`; revocations and operating states must be set again."
)
