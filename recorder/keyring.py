"""The node's recording key on its disk, and the one before it while a change of key is under way.

Three names beside each other: ``recording.key`` wraps what is new; ``recording.key.next`` was drawn and wraps
nothing yet; ``recording.key.old`` may still wrap recordings' keys. Whoever wraps holds the folder's lock
(shared) until the key file is on the disk, so that no change of key passes between the two.
"""

import contextlib
import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from domain.canonical import parse, text_in
from domain.errors import EvidenceError, PenstockError
from domain.ids import SessionId
from recorder.format.cipher import KEY_BYTES
from recorder.format.keys import key_id, unwrap


class NodeKeys(Protocol):
    """What a recorder asks of them."""

    def current(self) -> contextlib.AbstractContextManager[bytes]:
        """The key that wraps what is new, and is not replaced while it is held so. EvidenceError when unfit."""
        ...


class FixedKey:
    """A key that nobody changes: for tools and tests."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @contextmanager
    def current(self) -> Iterator[bytes]:
        """It."""
        yield fit(self._key)


class Keyring:
    """The keys at ``path``, read anew at each use. Changes nothing."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.next = path.with_name(f"{path.name}.next")
        self.old = path.with_name(f"{path.name}.old")

    @contextmanager
    def current(self) -> Iterator[bytes]:
        """The key that wraps what is new; no change of key gets in between."""
        with self.locked(fcntl.LOCK_SH):
            yield fit(_read(self.path))

    @contextmanager
    def locked(self, how: int) -> Iterator[None]:
        """The lock on the keys' folder, shared or exclusive; it waits for its turn."""
        try:
            fd = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise _unreadable(self.path.parent, error) from error
        try:
            fcntl.flock(fd, how)
            yield
        finally:
            os.close(fd)

    def unwrapped(self, read: Callable[[SessionId], bytes], session: SessionId) -> bytes:
        """A recording's own key, whichever of the node's keys wraps it; ``read`` gives its key file.

        EvidenceError when no key here does. Asked again once: the key may have been changed in between.
        """
        try:
            return self._unwrapped(read(session), session)
        except EvidenceError:
            return self._unwrapped(read(session), session)

    def _unwrapped(self, key_file: bytes, session: SessionId) -> bytes:
        current = _read(self.path)
        if len(current) == KEY_BYTES and wraps(key_file, current):
            return unwrap(key_file, current, session)
        if self.old.exists() and wraps(key_file, old := _read(self.old)):
            return unwrap(key_file, old, session)
        return unwrap(key_file, current, session)  # says in its own words why not


def wraps(key_file: bytes, kek: bytes) -> bool:
    """Whether the key file says that it is wrapped under ``kek``."""
    try:
        document = parse(key_file)
    except PenstockError:
        return False
    return isinstance(document, dict) and text_in(document, "kek") == key_id(kek)


def fit(key: bytes) -> bytes:
    """The key; EvidenceError when it can't be one."""
    if len(key) != KEY_BYTES:
        raise EvidenceError(
            f"The recording key is missing or unfit: it must be {KEY_BYTES} bytes, not {len(key)}."
        )
    return key


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> EvidenceError:
    return EvidenceError(
        f"{path} can't be read: {error.strerror}.", remedy="Restore it from the plant's backup."
    )
