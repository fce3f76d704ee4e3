"""What the kernel says about a process: memory and processor time."""

import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import Self

TICKS = os.sysconf("SC_CLK_TCK")
MIB = 1024 * 1024


def cpu_s(pid: int, *, children: bool = False) -> float:
    """Seconds of processor time that ``pid`` used; with ``children``, those it has waited for too.

    By the scheduler's own count, to the nanosecond, where it keeps one for each thread that lives; else by ticks.
    """
    if not children:
        with suppress(OSError):
            threads = [one / "schedstat" for one in Path(f"/proc/{pid}/task").iterdir()]
            return sum(int(one.read_text("ascii").split()[0]) for one in threads) / 1e9
    fields = Path(f"/proc/{pid}/stat").read_text("ascii", errors="replace").rpartition(")")[2].split()
    used = int(fields[11]) + int(fields[12])  # proc(5): utime, stime, then those of waited-for children
    if children:
        used += int(fields[13]) + int(fields[14])
    return used / TICKS


def rss_bytes(pid: int) -> int:
    """Resident memory."""
    return int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Peak:
    """The most memory that a process held while entered, sampled ten times a second."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._over = threading.Event()
        self.samples: list[int] = []
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Self:
        self.before = rss_bytes(self._pid)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    @property
    def growth(self) -> int:
        """Bytes over what it held before."""
        return max(self.samples, default=self.before) - self.before

    def _look(self) -> None:
        while not self._over.wait(0.1):
            self.samples.append(rss_bytes(self._pid))
