"""Where a run has its scratch files: in memory, where there is enough of it.

Ledgers, recordings and databases are synced to the disk thousands of times in a run; on a real one it would wait for that
a third of its time, and show nothing by it: what a loss of power leaves is shown by ``tests/recorder/ledger/test_restore.py``.
"""

import os
import shutil
import tempfile
from collections.abc import MutableMapping
from pathlib import Path

from tests.stride import DEEP

MEMORY = Path("/dev/shm")
NEEDED_BYTES = 6 * 1024**3


def in_memory(surroundings: MutableMapping[str, str], memory: Path = MEMORY, deep: bool = DEEP) -> None:
    """Have this run and what it starts make temporary files in ``memory``, unless it was told where.

    Not a deep run: its files are large.
    """
    if "TMPDIR" in surroundings or deep or not os.access(memory, os.W_OK):
        return
    if shutil.disk_usage(memory).free >= NEEDED_BYTES:
        surroundings["TMPDIR"] = tempfile.tempdir = str(memory)  # pytest has asked for the usual one already
