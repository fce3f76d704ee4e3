"""Reads the ledger on and traces what ended. Runs beside the console, where it is switched on; holds nobody up."""

import asyncio

import structlog

from broker.settings import Settings
from broker.siem.forwarder import Log
from broker.tracing.lifecycle import Lifecycles
from broker.tracing.telemetry import Telemetry, telemetry_of, with_trace_id
from domain.clock import Clock
from domain.errors import ConfigError, PenstockError

log = structlog.get_logger()

EVERY_S = 1.0
LOOK_BACK = 20_000
"""How many leaves are read at the start to know what is open. None of them is traced."""


def telemetry_at_work(settings: Settings, software: str) -> Telemetry | None:
    """The node's; with a setting that can't work there is none, and the log says why."""
    try:
        telemetry = telemetry_of(settings.telemetry, settings.ledger.origin, software)
    except ConfigError as error:
        log.critical("telemetry_off", fact=str(error))
        return None
    if telemetry is not None:
        processors = structlog.get_config()["processors"]
        structlog.configure(processors=[with_trace_id, *processors])
    return telemetry


class Tracing:
    """One for a node. What ended while it was not there is not traced."""

    def __init__(self, telemetry: Telemetry, ledger: Log, clock: Clock) -> None:
        self._telemetry = telemetry
        self._ledger = ledger
        self._clock = clock
        self._lifecycles: Lifecycles | None = None
        self._next = 0

    async def run(self) -> None:
        """Until cancelled."""
        try:
            while True:
                try:
                    await asyncio.to_thread(self.step)
                except (PenstockError, OSError, ValueError, IndexError) as error:
                    log.warning("ledger_not_traced", fact=str(error))
                await asyncio.sleep(EVERY_S)
        finally:
            await asyncio.to_thread(self._telemetry.close)

    def step(self) -> None:
        """Trace what ended since the last time."""
        size = self._ledger.size
        if self._lifecycles is None:
            known = Lifecycles()
            for kept in self._ledger.events(max(0, size - LOOK_BACK), size):
                known.tell(kept.event)
            self._lifecycles, self._next = known, size
        if size > self._next:
            for kept in self._ledger.events(self._next, size):
                for span in self._lifecycles.tell(kept.event):
                    self._telemetry.emit(span)
                self._next = kept.index + 1
        self._lifecycles.forget(self._clock.now())
