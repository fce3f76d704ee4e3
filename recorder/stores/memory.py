"""Recordings in memory: for tests and for trying things out. Nothing survives the process."""

from collections.abc import Sequence
from io import BytesIO
from typing import BinaryIO

from domain.errors import EvidenceError
from domain.ids import SessionId, is_token


class MemoryVolume:
    """One recording in memory."""

    def __init__(self, store: "MemoryStore", session: SessionId) -> None:
        self._store = store
        self._session = session
        self._data = bytearray()
        self._size = 0
        self._done = False
        self.aside = bytearray()

    @property
    def size(self) -> int:
        """How many bytes were appended whole."""
        return self._size

    def append(self, parts: Sequence[bytes | memoryview]) -> None:
        """Add the parts."""
        self._must_be_open()
        for part in parts:
            if self._store.limit_bytes is not None and len(self._data) + len(part) > self._store.limit_bytes:
                self._data += part[: self._store.limit_bytes - len(self._data)]
                raise EvidenceError("There is no space left.")
            self._data += part
        self._size = len(self._data)

    def cut(self, size: int) -> None:
        """Set aside all bytes from ``size`` on."""
        self._must_be_open()
        self.aside += self._data[size:]
        del self._data[size:]
        self._size = size

    def sync(self) -> None:
        """Nothing outlives this process, so there is nothing to wait for."""
        self._must_be_open()

    def seal(self) -> None:
        """Keep it for good."""
        self._must_be_open()
        self._done = True
        self._store.keep(self._session)

    def close(self) -> None:
        """Let go."""
        self._done = True

    def again(self) -> "MemoryVolume":
        """The same bytes, open again; EvidenceError while they are open."""
        if not self._done:
            raise EvidenceError("This recording is still being written.")
        self._done, self._size = False, len(self._data)
        return self

    def content(self) -> bytes:
        """Every byte so far."""
        return bytes(self._data)

    def _must_be_open(self) -> None:
        if self._done:
            raise EvidenceError("This recording is closed.")


class MemoryStore:
    """Recordings in a dictionary. ``limit_bytes`` makes each recording's disk full at that size."""

    def __init__(self, *, limit_bytes: int | None = None) -> None:
        self.limit_bytes = limit_bytes
        self._volumes: dict[SessionId, MemoryVolume] = {}
        self._keys: dict[SessionId, bytes] = {}
        self._sealed: set[SessionId] = set()
        self.aside: dict[SessionId, bytes] = {}

    def fault(self) -> str | None:
        """Memory is always there."""
        return None

    def create(self, session: SessionId, key_file: bytes) -> MemoryVolume:
        """A new, empty recording."""
        if not is_token(session) or session in self._volumes or session in self._keys:
            raise EvidenceError(f"There can't be a new recording {session!r}.")
        self._keys[session] = key_file
        volume = self._volumes[session] = MemoryVolume(self, session)
        return volume

    def source(self, session: SessionId) -> BinaryIO:
        """A recording's bytes."""
        return BytesIO(self._volume(session).content())

    def reopen(self, session: SessionId) -> MemoryVolume:
        """A recording that was left unsealed."""
        if session in self._sealed:
            raise EvidenceError("This recording is sealed.")
        return self._volume(session).again()

    def set_aside(self, session: SessionId) -> None:
        """Take it out of the list."""
        self.aside[session] = self._volumes.pop(session).content()

    def _volume(self, session: SessionId) -> MemoryVolume:
        if session not in self._volumes:
            raise EvidenceError(f"There is no recording {session!r}.")
        return self._volumes[session]

    def read_key(self, session: SessionId) -> bytes:
        """The recording's key file."""
        if session not in self._keys:
            raise EvidenceError(f"There is no key file for {session!r}.")
        return self._keys[session]

    def replace_key(self, session: SessionId, key_file: bytes) -> None:
        """Put another key file in place of the old one."""
        if session not in self._keys:
            raise EvidenceError(f"There is no key file for {session!r}.")
        self._keys[session] = key_file

    def destroy_key(self, session: SessionId) -> None:
        """Forget the key file."""
        self._keys.pop(session, None)

    def remove(self, session: SessionId) -> int:
        """Forget the recording."""
        if session in self._keys or session in self.open_ones():
            raise EvidenceError("This recording is still needed.")
        self._sealed.discard(session)
        volume = self._volumes.pop(session, None)
        return 0 if volume is None else len(volume.content())

    def sealed(self) -> tuple[SessionId, ...]:
        """Recordings that are closed for good."""
        return tuple(sorted(self._sealed))

    def open_ones(self) -> tuple[SessionId, ...]:
        """Recordings that are being written, or were left."""
        return tuple(sorted(self._volumes.keys() - self._sealed))

    def free_reserve(self) -> None:
        """A full memory disk gets a little room, once."""
        if self.limit_bytes is not None:
            self.limit_bytes += 4096

    def keep(self, session: SessionId) -> None:
        """Called by a volume that was sealed."""
        self._sealed.add(session)
