"""Where recordings are kept, as the writer sees it. ``tests/recorder/stores/store_contract.py`` states it in full."""

from collections.abc import Sequence
from typing import BinaryIO, Protocol

from domain.ids import SessionId


class Volume(Protocol):
    """One recording while it is being written.

    * when ``append`` returns, the bytes are the operating system's: they survive the death of this process;
    * when ``sync`` returns, they survive loss of power;
    * bytes once appended are never altered, and only ``cut`` moves them away;
    * after ``seal`` or ``close``, everything raises EvidenceError.

    Any failure raises EvidenceError; then only ``cut``, ``seal`` and ``close`` may be tried.
    """

    @property
    def size(self) -> int:
        """How many bytes were appended whole."""
        ...

    def append(self, parts: Sequence[bytes | memoryview]) -> None:
        """Add the parts, all or (with an EvidenceError) in part; ``cut`` removes what is half there."""
        ...

    def cut(self, size: int) -> None:
        """Set aside, in the order they stand, all bytes from ``size`` on: what a crash left unfinished."""
        ...

    def sync(self) -> None:
        """Wait until everything appended survives loss of power."""
        ...

    def seal(self) -> None:
        """Make it permanent under its final name, once everything survives loss of power."""
        ...

    def close(self) -> None:
        """Let go without sealing; it stays listed as open."""
        ...


class EvidenceStore(Protocol):
    """Append-only storage for recordings and their key files."""

    def fault(self) -> str | None:
        """Why nothing may be recorded here now, as a sentence; None when all is well."""
        ...

    def create(self, session: SessionId, key_file: bytes) -> Volume:
        """A new, empty recording beside its key file; EvidenceError when either exists or can't be made."""
        ...

    def source(self, session: SessionId) -> BinaryIO:
        """A recording's bytes from the first on, sealed or not; EvidenceError when there is none. Close it."""
        ...

    def reopen(self, session: SessionId) -> Volume:
        """A recording that was left unsealed; EvidenceError while somebody still writes it."""
        ...

    def set_aside(self, session: SessionId) -> None:
        """Take what is not even the beginning of a recording out of ``open_ones``; its bytes stay."""
        ...

    def read_key(self, session: SessionId) -> bytes:
        """The recording's key file; EvidenceError when it is gone."""
        ...

    def replace_key(self, session: SessionId, key_file: bytes) -> None:
        """Put another key file in place of the old one, at once or not at all."""
        ...

    def destroy_key(self, session: SessionId) -> None:
        """Destroy the recording's key file: its contents are gone from here for good. None there is as good."""
        ...

    def remove(self, session: SessionId) -> int:
        """Remove a sealed recording whose key was destroyed, and what a crash set aside of it; its bytes.

        None there is as good. EvidenceError, with nothing removed, while its key is there or it is being written.
        """
        ...

    def sealed(self) -> tuple[SessionId, ...]:
        """Recordings that are closed for good, by id."""
        ...

    def open_ones(self) -> tuple[SessionId, ...]:
        """Recordings that are being written, or were when their process died."""
        ...

    def free_reserve(self) -> None:
        """Give up the space kept back for closing recordings on a full disk."""
        ...
