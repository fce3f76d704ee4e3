"""Reading no faster than the plant lets a check read, with little claim on the machine."""

import ctypes
import os
import time
from collections.abc import Callable
from typing import Final

from domain.clock import Clock

NICENESS: Final = 15
IOPRIO_SET: Final = {"x86_64": 251, "aarch64": 30}
IDLE: Final = 3 << 13  # ioprio_set(2): the disk is asked only when nobody else asks it

SHORTEST_S, LONGEST_S = 0.01, 1.0
"""A shorter sleep costs more than it gives; a longer one would keep the end of the process waiting."""


class Pace:
    """So many bytes a second at most, over the whole run. Call it with what was just read."""

    def __init__(self, bytes_per_s: int, clock: Clock, sleep: Callable[[float], None] = time.sleep) -> None:
        self._bytes_per_s = bytes_per_s
        self._clock = clock
        self._sleep = sleep
        self._free_s = clock.boottime_s()

    def __call__(self, read_bytes: int) -> None:
        now_s = self._clock.boottime_s()
        self._free_s = max(self._free_s, now_s) + read_bytes / self._bytes_per_s
        if (ahead_s := self._free_s - now_s) > SHORTEST_S:
            self._sleep(min(ahead_s, LONGEST_S))


def gently() -> None:
    """Give this process little claim on processor and disk. What the kernel does not know is passed over."""
    os.nice(NICENESS)
    number = IOPRIO_SET.get(os.uname().machine)
    if number is not None:
        ctypes.CDLL(None).syscall(number, 1, 0, IDLE)
