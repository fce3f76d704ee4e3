"""The gate of a benchmark: the real one, started by ``python -m tests.bench.gate DIR``.

Only one-time codes are stood in for. SIGUSR1 stops its event loop for two seconds, as a fault would;
with ``--profile FILE``, SIGUSR2 begins and ends a profile.
"""

import argparse
import asyncio
import cProfile
import signal
import time
from pathlib import Path
from types import FrameType

from broker.layout import Layout
from broker.parent import end_with
from broker.processes.gate import run
from broker.settings import read_settings
from domain.ids import PersonId

STALL_S = 2.0


class AnyCode:
    """Takes every code, and gives out one time-step after another."""

    def __init__(self) -> None:
        self._step = 0

    async def check(self, person: PersonId, code: str, purpose: str) -> int | None:
        self._step += 1
        return self._step

    async def used(self, person: PersonId, code: str) -> int | None:
        return None


def stall(_number: int, _frame: FrameType | None) -> None:
    time.sleep(STALL_S)


class Profile:
    """Begins at one call and is written at the next."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._profile: cProfile.Profile | None = None

    def toggle(self) -> None:
        if self._profile is None:
            self._profile = cProfile.Profile(time.process_time)
            self._profile.enable()
        else:
            self._profile.disable()
            self._profile.dump_stats(self._path)
            self._profile = None


async def serve(layout: Layout, profile: Path | None) -> None:
    signal.signal(signal.SIGUSR1, stall)
    if profile is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR2, Profile(profile).toggle)
    await run(layout, read_settings(layout), codes=AnyCode())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dir", type=Path)
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--profile", type=Path)
    given = parser.parse_args()
    end_with(given.parent)
    asyncio.run(serve(Layout(given.dir), given.profile))


if __name__ == "__main__":
    main()
