"""``make tour``: a fresh plant, and its whole story played with the stock clients. Exit 0 only if all of it held."""

import asyncio
import sys
import tempfile
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.programs import missing
from tests.tour.browser import chromium
from tests.tour.plant import demonstration
from tests.tour.story import STEPS, Story

Step = Callable[[Story], Awaitable[str]]


async def tour(scratch: Path) -> int:
    """Play every step in order; how many did not hold. A step that fails ends the tour: later ones stand on it."""
    async with demonstration(scratch) as plant, chromium() as browser:
        story = Story(plant, browser)
        try:
            for number, (title, step) in enumerate(STEPS, 1):
                sys.stdout.write(f"{number:2}. {title:<42} ")
                sys.stdout.flush()
                try:
                    proved = await step(story)
                except Exception:  # noqa: BLE001 (whatever went wrong, the step did not hold)
                    sys.stdout.write("DID NOT HOLD\n")
                    traceback.print_exc()
                    sys.stderr.write((plant.folder / "run" / "serve.log").read_text()[-4000:])
                    return len(STEPS) - number + 1
                sys.stdout.write(f"{proved}\n")
        finally:
            await story.leave()
    sys.stdout.write(f"\n{len(STEPS)} passed, 0 failed\n")
    return 0


def main() -> None:
    if said := missing("ssh", "sftp", "scp", "sshd", "sftp-server", "chromium"):
        raise SystemExit(f"make tour {said}")
    with tempfile.TemporaryDirectory(prefix="penstock-tour-") as scratch:
        raise SystemExit(asyncio.run(tour(Path(scratch))) and 1)


if __name__ == "__main__":
    main()
