"""Files are looked at behind a socket, as ``penstock-looker.socket`` has it."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.house.repository import HERE
from tests.programs import program


@contextmanager
def unit(folder: Path) -> Iterator[Path]:
    """What ``penstock-looker.socket`` is: each connection is a process that looks. By systemd's own program, without systemd."""
    activate = program("systemd-socket-activate")
    path = folder / "looker.sock"
    process = subprocess.Popen(
        [activate, f"--listen={path}", "--accept", "--inetd", "--setenv=PYTHONPATH",
         sys.executable, "-P", "-m", "broker.quarantine.looking"],
        env=os.environ | {"PYTHONPATH": str(HERE)}, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        while not path.exists():
            assert process.poll() is None, "systemd-socket-activate did not start"
            time.sleep(0.01)
        yield path
    finally:
        process.kill()
        process.wait()
