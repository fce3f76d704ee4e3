"""Recordings in a folder. The only code that touches a recording's file while it is written.

``<session>.pnr.part`` while it is written, ``<session>.pnr`` once sealed, ``<session>.key`` beside
both. A process that writes a recording holds a lock on it, so that nobody mistakes it for a dead
one. Every name is made from a checked session id; no link is followed; nothing is overwritten.
"""

import contextlib
import fcntl
import os
import shutil
import stat
from collections.abc import Sequence
from io import FileIO
from pathlib import Path
from typing import BinaryIO, Final

from domain.errors import EvidenceError
from domain.ids import SessionId, is_token

MIB: Final = 1024 * 1024
KEPT_IN_MEMORY_BYTES: Final = 32 * MIB
"""Of each recording the end is read while it is written: so much of it stays in memory, and at most twice so much."""

RESERVE: Final = ".reserve"
PROBE: Final = ".probe"
_FLAGS = os.O_CLOEXEC | os.O_NOFOLLOW


class LocalVolume:
    """One recording in its file."""

    def __init__(self, store: "LocalStore", session: SessionId, fd: int, size: int) -> None:
        self._store = store
        self._session = session
        self._fd = fd
        self._size = size
        self._let_go = 0
        """Up to where the page cache need not hold it."""

    @property
    def size(self) -> int:
        """How many bytes it holds, whole frames only."""
        return self._size

    def append(self, parts: Sequence[bytes | memoryview]) -> None:
        """Hand the parts to the operating system, in one call where it takes them all."""
        wanted = sum(map(len, parts))
        try:
            # Repeated where it is interrupted (PEP 475); EBADF once it is closed.
            written = os.writev(self._fd, parts)
            if written != wanted:
                self._finish(b"".join(parts), written)
        except OSError as error:
            raise _failed("write", self._session, error) from error
        self._size += wanted

    def _finish(self, data: bytes, written: int) -> None:
        rest = memoryview(data)[written:]
        while rest:
            rest = rest[os.write(self._fd, rest) :]

    def cut(self, size: int) -> None:
        """Move all bytes from ``size`` on into ``<session>.tail``: they don't verify, but may tell something."""
        self._must_be_open()
        try:
            if size < os.fstat(self._fd).st_size:
                self._store.keep_tail(self._session, size)
                os.ftruncate(self._fd, size)
        except OSError as error:
            raise _failed("cut", self._session, error) from error
        self._size = size

    def sync(self) -> None:
        """Wait until everything appended survives loss of power."""
        self._must_be_open()
        written = self._size
        try:
            os.fdatasync(self._fd)
        except OSError as error:
            raise _failed("sync", self._session, error) from error
        self._let_memory_go(written)

    def _let_memory_go(self, synced: int) -> None:
        # What is on the disk need not be in memory as well: a transfer of many GB would drive from there what the
        # node reads all the time. Whoever watches reads the end, which stays.
        most = synced - KEPT_IN_MEMORY_BYTES
        if most - self._let_go >= KEPT_IN_MEMORY_BYTES:
            os.posix_fadvise(self._fd, self._let_go, most - self._let_go, os.POSIX_FADV_DONTNEED)
            self._let_go = most

    def seal(self) -> None:
        """Sync, give the final name, sync the folder; the file is read-only from then on."""
        self._must_be_open()
        try:
            size = os.fstat(self._fd).st_size
            if size != self._size:
                raise EvidenceError(f"Recording {self._session} has {size} bytes, {self._size} were written.")
            os.fchmod(self._fd, 0o400)
            os.fsync(self._fd)
            self._store.finish(self._session)
        except OSError as error:
            raise _failed("seal", self._session, error) from error
        self.close()

    def close(self) -> None:
        """Let go of the file and its lock."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)

    def _must_be_open(self) -> None:
        if self._fd < 0:
            raise EvidenceError(f"Recording {self._session} is closed.")


class LocalStore:
    """A folder of recordings, private to the account that runs the gate.

    ``reserve_bytes`` are set aside in a file of their own, so that recordings can still be closed on
    a full disk. ``fault`` speaks up when less than ``least_free_bytes``, or less than
    ``least_free_share`` of the disk, would be left (SECURITY G18).
    """

    def __init__(
        self,
        folder: Path,
        *,
        reserve_bytes: int = 64 * MIB,
        least_free_bytes: int = 256 * MIB,
        least_free_share: float = 0.10,
    ) -> None:
        self._folder = folder
        self._reserve_bytes = reserve_bytes
        self._least_free_bytes = least_free_bytes
        self._least_free_share = least_free_share

    def fault(self) -> str | None:
        """Why nothing may be recorded in this folder now; None when all is well."""
        try:
            if not stat.S_ISDIR(os.lstat(self._folder).st_mode):
                return f"The recordings folder {self._folder} is not a folder."
            room = os.statvfs(self._folder)
            free = room.f_bavail * room.f_frsize
            needed = max(self._least_free_bytes, int(room.f_blocks * room.f_frsize * self._least_free_share))
            if free < needed:
                return (
                    f"The disk of the recordings folder has {free // MIB} MiB free;"
                    f" {needed // MIB} MiB must be, so that open sessions can be recorded to their end."
                )
            self._probe()
            self._make_reserve()
        except OSError as error:
            return f"The recordings folder {self._folder} can't be written: {error.strerror}."
        return None

    def create(self, session: SessionId, key_file: bytes) -> LocalVolume:
        """A new, empty recording; its key file is durable before it."""
        part = self._path(session, ".pnr.part")
        try:
            if self._path(session, ".pnr").exists():
                raise EvidenceError(f"There is a recording of session {session} already.")
            self._write_new(self._path(session, ".key"), key_file)
            fd = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | _FLAGS, 0o600)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._sync_folder()
            except OSError:
                os.close(fd)
                raise
        except OSError as error:
            raise _failed("open", session, error) from error
        return LocalVolume(self, session, fd, 0)

    def reopen(self, session: SessionId) -> LocalVolume:
        """A recording that its process left; EvidenceError while a living one holds it."""
        try:
            fd = _to_append(self._path(session, ".pnr.part"))
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                size = os.fstat(fd).st_size
            except OSError:
                os.close(fd)
                raise
        except BlockingIOError as error:
            raise EvidenceError(f"Recording {session} is still being written.") from error
        except OSError as error:
            raise _failed("reopen", session, error) from error
        return LocalVolume(self, session, fd, size)

    def path(self, session: SessionId) -> Path:
        """Where the recording is now, sealed or not; EvidenceError when there is none."""
        for ending in (".pnr", ".pnr.part"):
            path = self._path(session, ending)
            if path.is_file() and not path.is_symlink():
                return path
        raise EvidenceError(f"There is no recording of session {session}.")

    def source(self, session: SessionId) -> BinaryIO:
        """A recording's bytes from the first on, sealed or not. Close it."""
        path = self.path(session)
        try:
            return _opened(path)
        except OSError as error:
            raise _failed("read", session, error) from error

    def set_aside(self, session: SessionId) -> None:
        """Rename what is not even the beginning of a recording to ``<session>.unreadable``."""
        try:
            self._path(session, ".pnr.part").rename(self._path(session, ".unreadable"))
            self._sync_folder()
        except OSError as error:
            raise _failed("set aside", session, error) from error

    def keep_tail(self, session: SessionId, size: int) -> None:
        """Copy what stands behind ``size`` in an open recording; the first such copy wins."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FLAGS
        with contextlib.suppress(FileExistsError):
            fd = os.open(self._path(session, ".tail"), flags, 0o600)
            with FileIO(fd, "w") as tail, _opened(self._path(session, ".pnr.part")) as file:
                file.seek(size)
                shutil.copyfileobj(file, tail, MIB)
                os.fsync(fd)

    def read_key(self, session: SessionId) -> bytes:
        """The recording's key file; EvidenceError when it is gone."""
        return _read(self._path(session, ".key"))

    def replace_key(self, session: SessionId, key_file: bytes) -> None:
        """Put another key file in place of the old one; a crash leaves the one or the other whole."""
        self.read_key(session)
        fresh = self._path(session, ".key.new")
        try:
            with contextlib.suppress(FileNotFoundError):
                fresh.unlink()
            self._write_new(fresh, key_file)
            fresh.replace(self._path(session, ".key"))
            self._sync_folder()
        except OSError as error:
            raise _failed("give a new key to", session, error) from error

    def destroy_key(self, session: SessionId) -> None:
        """Overwrite and remove the key file. What a disk keeps of it besides is the plant's to destroy."""
        try:
            for ending in (".key.new", ".key"):
                with contextlib.suppress(FileNotFoundError):
                    self._overwrite(self._path(session, ending))
            self._sync_folder()
        except OSError as error:
            raise _failed("destroy the key of", session, error) from error

    def remove(self, session: SessionId) -> int:
        """Remove the sealed recording, and what a crash set aside of it; its bytes."""
        try:
            if any(self._path(session, ending).exists() for ending in (".key", ".pnr.part")):
                raise EvidenceError(
                    f"Recording {session} is still needed: it is written, or its key is there."
                )
            removed = 0
            for ending in (".tail", ".unreadable", ".pnr"):
                path = self._path(session, ending)
                with contextlib.suppress(FileNotFoundError):
                    removed += os.lstat(path).st_size
                    path.unlink()
            self._sync_folder()
        except OSError as error:
            raise _failed("remove", session, error) from error
        return removed

    def _overwrite(self, path: Path) -> None:
        fd = os.open(path, os.O_WRONLY | _FLAGS)
        try:
            os.write(fd, bytes(os.fstat(fd).st_size))
            os.fsync(fd)
        finally:
            os.close(fd)
        path.unlink()

    def sealed(self) -> tuple[SessionId, ...]:
        """Recordings that are closed for good."""
        return self._named(".pnr")

    def open_ones(self) -> tuple[SessionId, ...]:
        """Recordings that are being written, or were when their process died."""
        return self._named(".pnr.part")

    def free_reserve(self) -> None:
        """Give up the reserve; ``fault`` makes it again once there is room."""
        with contextlib.suppress(OSError):
            (self._folder / RESERVE).unlink()

    def finish(self, session: SessionId) -> None:
        """Give a sealed recording its final name, never over another file; then sync the folder."""
        part, final = self._path(session, ".pnr.part"), self._path(session, ".pnr")
        try:
            os.link(part, final, follow_symlinks=False)
        except FileExistsError:
            if not final.samefile(part):  # else a crash came between the two names
                raise
        part.unlink()
        self._sync_folder()

    def _named(self, ending: str) -> tuple[SessionId, ...]:
        names = (path.name.removesuffix(ending) for path in self._folder.glob(f"*{ending}"))
        return tuple(SessionId(name) for name in sorted(names) if is_token(name))

    def _path(self, session: SessionId, ending: str) -> Path:
        if not is_token(session):
            raise EvidenceError(f"{session!r} is not a session id.")
        return self._folder / f"{session}{ending}"

    def _probe(self) -> None:
        probe = self._folder / PROBE
        with contextlib.suppress(FileNotFoundError):
            probe.unlink()
        self._write_new(probe, b"penstock", durable=False)
        probe.unlink()

    def _make_reserve(self) -> None:
        reserve = self._folder / RESERVE
        with contextlib.suppress(FileNotFoundError):
            if os.lstat(reserve).st_size == self._reserve_bytes:
                return
            reserve.unlink()
        if self._reserve_bytes:
            fd = os.open(reserve, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FLAGS, 0o600)
            try:
                os.posix_fallocate(fd, 0, self._reserve_bytes)
            except OSError:
                reserve.unlink()
                raise
            finally:
                os.close(fd)

    def _write_new(self, path: Path, data: bytes, *, durable: bool = True) -> None:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FLAGS, 0o600)
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(fd, rest) :]
            if durable:
                os.fsync(fd)
        finally:
            os.close(fd)

    def _sync_folder(self) -> None:
        fd = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


def _opened(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_RDONLY | _FLAGS), "rb")


def _to_append(path: Path) -> int:
    """Opened to write on: made writable again where a crash came after sealing had made it read-only."""
    flags = os.O_RDWR | os.O_APPEND | _FLAGS
    try:
        return os.open(path, flags)
    except PermissionError:
        fd = os.open(path, os.O_RDONLY | _FLAGS)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)  # one that is just being sealed stays as it is
            os.fchmod(fd, 0o600)
        finally:
            os.close(fd)
        return os.open(path, flags)


def _read(path: Path) -> bytes:
    try:
        with _opened(path) as file:
            return file.read()
    except OSError as error:
        raise EvidenceError(f"{path.name} can't be read: {error.strerror}.") from error


def _failed(deed: str, session: SessionId, error: OSError) -> EvidenceError:
    return EvidenceError(
        f"Could not {deed} recording {session}: {error.strerror}.",
        remedy="Free space on the recordings disk and see to its health; then ask for the session again.",
    )
