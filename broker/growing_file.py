"""Adding a line to a file of the plant that only ever grows, on disk when it returns."""

import os
from pathlib import Path

from domain.errors import EvidenceError


def append_line(path: Path, line: bytes) -> None:
    """Add ``line``, which ends in a line end; EvidenceError if it can't be."""
    try:
        file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o644)
        try:
            size = os.fstat(file).st_size
            # A last line without its end is one that power was lost in: it says nothing, and must not spoil this.
            torn = size > 0 and os.pread(file, 1, size - 1) != b"\n"
            os.write(file, (b"\n" if torn else b"") + line)
            os.fsync(file)
        finally:
            os.close(file)
    except OSError as error:
        raise EvidenceError(
            f"This can't be written down: {error.strerror}.", remedy=f"Make {path} writable, and try again."
        ) from error
