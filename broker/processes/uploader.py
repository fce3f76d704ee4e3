"""The uploader: copies sealed evidence to the second store. It alone has that store's credentials, and no plant's.

On SIGTERM it copies what waits for as long as ``DRAIN_S``, then ends where it stands: the next one goes on
from there.
"""

import os
import secrets
import select
import signal
from datetime import timedelta
from functools import partial
from types import FrameType

import structlog

from broker.clock import SystemClock
from broker.evidence.uploader_status import write_status
from broker.gate_process import write_gate_process
from broker.layout import Layout
from broker.ledger import append_now
from broker.settings import MIB, Settings
from broker.uploader.ledger_copy import LedgerCopy
from broker.uploader.setup import store_of
from broker.uploader.work import Uploader
from recorder.ledger.reader import LogReader
from recorder.stores.receipts import Receipts

log = structlog.get_logger()

DRAIN_S = 8.0
"""Shorter than what the parent and systemd wait before they kill."""


class Over(BaseException):
    """Time is up, in the middle of whatever it is."""


class Ending:
    """What SIGTERM sets: a wait that it cuts short, and an alarm at which everything ends."""

    def __init__(self) -> None:
        self._woken, self._wake = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self.told = False
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self._tell)
        signal.signal(signal.SIGALRM, _over)

    def _tell(self, _signal: int, _frame: FrameType | None) -> None:
        if not self.told:
            self.told = True
            signal.setitimer(signal.ITIMER_REAL, DRAIN_S)
            os.write(self._wake, b".")

    def wait(self, seconds: float) -> None:
        """Return after so long, or as soon as SIGTERM came."""
        select.select([self._woken], [], [], seconds)


def main(layout: Layout, settings: Settings) -> int:
    """Run it until SIGTERM; its exit status. Without a store there is nothing to do, which is well."""
    ending = Ending()
    store = store_of(layout, settings)
    if store is None:
        log.info("no_store")
        return 0
    clock = SystemClock()
    keep_for = timedelta(days=settings.store.write_once_days)
    ledger = LogReader(layout.ledger)
    uploader = Uploader(
        recordings=layout.recordings,
        ledger=ledger,
        receipts=Receipts(layout.stored),
        store=store,
        ledger_copy=LedgerCopy(
            ledger, store, layout.stored, timedelta(minutes=settings.store.ledger_every_min), keep_for
        ),
        keep_for=keep_for,
        part_bytes=settings.store.part_mib * MIB,
        clock=clock,
        keep=lambda event: void(append_now(layout.signer_socket, event)),
        say=partial(write_status, layout.stored),
        chance=lambda: secrets.randbelow(1000) / 1000,
    )
    write_gate_process(layout.uploader_pid)
    log.info("uploader_works", target=store.name)
    try:
        while not ending.told:
            ending.wait(uploader.once())
        while (
            not uploader.once()
        ):  # what the gate sealed as it ended is the last; a store that fails waits for the next
            pass
    except Over:
        log.info("uploader_ends_amid", session=uploader.under_way)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return 0


def void(_: object) -> None:
    """Nobody waits for which leaf it is."""


def _over(_signal: int, _frame: FrameType | None) -> None:
    raise Over
