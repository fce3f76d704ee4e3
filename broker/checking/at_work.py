"""Has the evidence checked on its schedule while the console runs: by a process of its own, nice and slow."""

import asyncio
from datetime import timedelta

import structlog

from broker.evidence.check import due
from broker.evidence.check_status import read_last, read_under_way
from broker.gently import run_gently
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
    fault = await run_gently(layout, "evidence", "check", longest_s=LONGEST_S, well=frozenset({0, 1}))
    if fault:
        log.warning("evidence_not_checked", fact=fault)
