"""What an engine lays down in the temporary folder, and what one that was killed has left there.

A folder of its own, which it holds a lock on as long as it lives, whatever ends it; in it the number of its display, whose socket an X
server leaves behind that was killed. Whoever starts next takes away what nobody holds.
"""

import fcntl
import os
import shutil
import socket
from contextlib import suppress
from pathlib import Path
from tempfile import gettempdir, mkdtemp

NAMED = "penstock-rdp-"
_NUMBER = "display"


def home() -> tuple[Path, int]:
    """A folder of this process alone, and the descriptor that holds it; it is held before it has the name that is looked for."""
    made = Path(mkdtemp(prefix=f".{NAMED}"))
    held = os.open(made, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    fcntl.flock(held, fcntl.LOCK_EX)
    return made.rename(made.with_name(made.name.removeprefix("."))), held


def note(folder: Path, display: int) -> None:
    """Remember the display, before its server is started."""
    (folder / _NUMBER).write_text(f"{display}", "utf-8")


def take_away(folder: Path) -> None:
    """Remove a folder and its display's socket, once no server is behind it any more."""
    with suppress(OSError, ValueError):
        number = int((folder / _NUMBER).read_text("utf-8"))
        path = Path(f"/tmp/.X11-unix/X{number}")  # noqa: S108 - where X servers have them
        if not _answers(path):
            path.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)


def clear() -> None:
    """Take away what engines left that are gone. What is another user's, or held, stays."""
    for folder in Path(gettempdir()).glob(f"{NAMED}*"):
        with suppress(OSError):
            held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                if os.fstat(held).st_uid == os.getuid():
                    fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    take_away(folder)
            finally:
                os.close(held)


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as asked:
        return asked.connect_ex(str(path)) == 0
