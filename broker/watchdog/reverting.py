"""When overrides revert: by the wall's clock, which a restart does not lose, and not before by the machine's own where both were here.

So a wall clock that is set forward brings nothing back early, as long as the watchdog was there when the override began.
"""

from collections.abc import Iterator

import structlog

from broker.watchdog.interlocks import Interlocks
from broker.watchdog.journal import Journal
from broker.watchdog.overrides import Revert, Why
from domain.clock import Clock
from domain.errors import EvidenceError
from domain.events import OverrideEnded

log = structlog.get_logger()


class Reverting:
    """One watchdog's look at what is over."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._begun_s: dict[str, float] = {}
        self._told: set[str] = set()

    def due(self, interlocks: Interlocks) -> Iterator[tuple[Revert, OverrideEnded]]:
        """What is over now, with the leaf that says so."""
        now, now_s = self._clock.now(), self._clock.boottime_s()
        standing = {one.id for one in interlocks.overrides if one.in_force}
        self._begun_s = {name: at for name, at in self._begun_s.items() if name in standing}
        for one in interlocks.overrides:
            if one.in_force and one.at <= now and one.id not in self._begun_s:
                # Seen for the first time: as long ago as the wall says.
                self._begun_s[one.id] = now_s - (now - one.at).total_seconds()
        for one, why in interlocks.reverting(now):
            span_s = (one.until - one.at).total_seconds() if one.until is not None else 0.0
            if why is Why.TIME and now_s - self._begun_s.get(one.id, now_s) < span_s:
                continue
            leaf = OverrideEnded(at=now, override=one.id, scope=one.scope, by=one.by, why=why)
            yield Revert(one.id, why, now), leaf

    def told(self, interlocks: Interlocks, journal: Journal) -> tuple[Revert, ...]:
        """What is over now, as far as that is on disk; it is told once, and what can't be told stays shut."""
        over = []
        for one, leaf in self.due(interlocks):
            try:
                if one.id not in self._told:
                    journal.add(leaf)
            except EvidenceError as error:
                log.critical("override_stays", override=one.id, fact=error.fact)
                continue
            self._told.add(one.id)
            over.append(one)
        return tuple(over)
