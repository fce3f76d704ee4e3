"""Long reading beside the console: by a process of its own, nice and slow, that ends with the console at the latest."""

import asyncio
import sys
from contextlib import suppress

from broker.layout import Layout

TOO_LONG = "it took too long"


async def run_gently(layout: Layout, *words: str, longest_s: float, well: frozenset[int]) -> str:
    """Run ``penstock WORDS --gently`` on this node; why it did not go well, empty where its exit status is in ``well``.

    Killed after ``longest_s`` seconds, and when this is cancelled. OSError where it can't be started.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "broker", *words, "--gently", "--dir", str(layout.folder)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(longest_s):
            status = await process.wait()
    except TimeoutError:
        return TOO_LONG
    else:
        return "" if status in well else f"exit {status}"
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
