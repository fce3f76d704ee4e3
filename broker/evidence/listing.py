"""The names in a folder, listed anew only when it has changed: a folder of a hundred thousand is looked at every second."""

import os
from pathlib import Path
from typing import Final

SETTLED_NS: Final = 1_000_000_000
"""A folder that changed so shortly before it was listed may have changed again within the same tick of its clock."""


class Listing:
    """Of one folder; one that is not there has no names. Not for two threads at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names: frozenset[str] = frozenset()
        self._changed_ns = -1

    def names(self, now_ns: int) -> frozenset[str]:
        """All names; ``now_ns`` is the wall clock. OSError when the folder can't be read."""
        try:
            changed_ns = self._folder.stat().st_mtime_ns
            if changed_ns != self._changed_ns:
                with os.scandir(self._folder) as entries:
                    self._names = frozenset(one.name for one in entries)
                # Kept only if nothing can have slipped in since without showing.
                self._changed_ns = changed_ns if 0 <= changed_ns < now_ns - SETTLED_NS else -1
        except FileNotFoundError:
            self._names, self._changed_ns = frozenset(), -1
        return self._names
