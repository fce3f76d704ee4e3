"""Documents that are evidence, in the node's folder: each under its SHA-256, written once and never again.

What a document is called, what it is about and who answers for it is in the ledger, not in a file name: nobody's
words become a path here.
"""

import os
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from domain.errors import EvidenceError

LARGEST_BYTES = 32 * 1024 * 1024
"""A large drawing. Bigger ones belong in the plant's own archive, with their hash in a record here."""


@dataclass(slots=True)
class Documents:
    """The folder of them. Survives loss of power once ``keep`` returned."""

    folder: Path
    _seen: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Size and time of change with which a file was last found to be what it ought to be."""

    def keep(self, data: bytes) -> str:
        """The digest under which ``data`` lies from now on. EvidenceError for nothing, for too much, for no room."""
        if not data:
            raise EvidenceError("An empty document is evidence of nothing.")
        if len(data) > LARGEST_BYTES:
            raise EvidenceError(
                f"This document has {len(data)} bytes; {LARGEST_BYTES} is the most that is kept.",
                remedy="Keep it in the plant's archive, and take a record with its hash in here.",
            )
        digest = sha256(data).hexdigest()
        path = self.folder / digest
        if path.exists():
            self.read(digest)  # the same bytes are there already: once is enough, if they are sound
            return digest
        try:
            self.folder.mkdir(mode=0o700, exist_ok=True)
            draft = self.folder / f".{digest}.{os.getpid()}"
            with draft.open("xb") as out:
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
            draft.chmod(0o400)
            draft.rename(path)
            opened = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(opened)
            finally:
                os.close(opened)
        except OSError as error:
            raise EvidenceError(
                f"The document can't be kept: {error}.", remedy="See `penstock doctor`."
            ) from error
        return digest

    def read(self, digest: str) -> bytes:
        """The bytes that were taken in under ``digest``; EvidenceError when they are gone or are others."""
        if len(digest) != 64 or set(digest) - set("0123456789abcdef"):  # SHA-256 in hex, and never a path
            raise EvidenceError("This is no document's digest.")
        try:
            data = (self.folder / digest).read_bytes()
        except OSError as error:
            raise EvidenceError(f"The document {digest} can't be read: {error.strerror}.") from error
        if sha256(data).hexdigest() != digest:
            raise EvidenceError(f"The document {digest} is not what was taken in.")
        return data

    def altered(self, digests: frozenset[str]) -> frozenset[str]:
        """Which of ``digests`` are gone or are others; a file that did not change since is not read again."""
        return frozenset(one for one in digests if not self._sound(one))

    def _sound(self, digest: str) -> bool:
        try:
            found = (self.folder / digest).stat()
            stamp = found.st_size, found.st_mtime_ns
            if self._seen.get(digest) != stamp:
                self.read(digest)
                self._seen[digest] = stamp
        except (OSError, EvidenceError):
            self._seen.pop(digest, None)
            return False
        return True
