"""Has the evidence checked on its schedule while the console runs: by a process of its own, nice and slow."""

import asyncio
import sys
from contextlib import suppress
from datetime import timedelta

import structlog

from broker.evidence.check import due
from broker.evidence.check_status import read_last, read_under_way
from broker.layout import Layout
from broker.settings import CheckSettings
from domain.clock import Clock

log = structlog.get_logger()

FIRST_AFTER_S, LOOK_EVERY_S = 600.0, 60.0
"""A node that has just started has sessions to let in first."""

LONGEST_S = 24 * 3600.0
"""A run that takes longer is ended; the next one goes on after the recordings that it had done."""


async def keep_checking(layout: Layout, settings: CheckSettings, clock: Clock) -> None:
    """Start a check whenever one is due, until cancelled; none in the first ten minutes."""
    if settings.every_h:
        await asyncio.sleep(FIRST_AFTER_S)
    while settings.every_h:
        try:
            last, under_way = await asyncio.to_thread(
                lambda: (read_last(layout.checked), read_under_way(layout.checked))
            )
            if under_way is not None or due(last, timedelta(hours=settings.every_h)) <= clock.now():
                await _check(layout)
        except OSError as error:
            log.warning("evidence_not_checked", fact=str(error))
        await asyncio.sleep(LOOK_EVERY_S)


async def _check(layout: Layout) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "broker", "evidence", "check", "--gently", "--dir", str(layout.folder)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(LONGEST_S):
            status = await process.wait()
        if status not in {0, 1}:
            log.warning("evidence_not_checked", fact=f"exit {status}")
    except TimeoutError:
        log.warning("evidence_not_checked", fact="it took too long")
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
