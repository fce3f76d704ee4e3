"""Sends the ledger to one collector, leaf by leaf, at least once and in order. Runs beside the console.

It waits for nobody else, and nobody waits for it. A batch that was not taken is sent again as it was; what is
held in memory is that one batch.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

import structlog

from broker.notices.channels.channel import DeliveryError
from broker.siem.collectors.collector import Collector, Line
from broker.siem.position import Position, keep_position, read_position
from broker.siem.record import Record
from broker.siem.rows.row import Severity
from domain.canonical import Json, instant_of, instant_text
from domain.clock import Clock
from domain.errors import EvidenceError, PenstockError
from domain.events import CollectorLate
from domain.ledger import Ledger
from policies.charter.charter import Charter
from recorder.ledger.reader import Kept

log = structlog.get_logger()

EVERY_S = 1.0
MOST_LINES = 200
MOST_BYTES = 512 * 1024
LONGEST_WAIT_S = 60.0
LOOK_BACK = 20_000
"""How many leaves a collector that begins with what comes now has the plant learnt from."""


class Log(Protocol):
    """The ledger, for reading."""

    @property
    def size(self) -> int: ...
    def events(self, start: int = 0, stop: int | None = None) -> Iterator[Kept]: ...


@dataclass(frozen=True, slots=True)
class Told:
    """What is the same in every record of one collector."""

    origin: str
    software: str
    target: str
    write: Callable[[Record], bytes]
    """The format."""
    begin_now: bool = False
    heartbeat: timedelta = timedelta(seconds=30)
    late_after: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class _Batch:
    lines: tuple[Line, ...]
    after: Position


class Forwarder:
    """One for a collector. ``step`` does what is to be done now and is called by one task."""

    def __init__(
        self,
        told: Told,
        collector: Collector,
        file: Path,
        ledger: Log,
        charter: Callable[[], Charter],
        clock: Clock,
        writes: Ledger,
    ) -> None:
        self._told = told
        self._collector = collector
        self._file = file
        self._ledger = ledger
        self._charter = charter
        self._clock = clock
        self._writes = writes
        self._late_told = False
        self._position: Position | None = None
        self._batch: _Batch | None = None
        self._wait_until_s = float("-inf")
        self._beat_at_s = float("-inf")

    async def run(self) -> None:
        """Until cancelled. Trouble is the operator's to see, and is tried again."""
        while True:
            if not await self.turn():
                await asyncio.sleep(EVERY_S)

    async def turn(self) -> bool:
        """``step``, whatever comes of it: what can't be gone on with is said once a minute."""
        try:
            return await self.step()
        except (PenstockError, OSError, ValueError, IndexError) as error:
            log.critical("siem_stands_still", target=self._told.target, fact=str(error))
        except Exception:  # whoever approves must not be kept out by what a collector was not sent
            log.exception("siem_stands_still", target=self._told.target)
        self._wait_until_s = self._clock.boottime_s() + LONGEST_WAIT_S
        return False

    async def step(self) -> bool:
        """Send one batch, or a heartbeat, if it is time; whether there is more to send at once.

        EvidenceError when the ledger is shorter than what the collector has, or the position can't be kept.
        """
        if self._clock.boottime_s() < self._wait_until_s:
            return False
        if self._position is None:
            self._position = await asyncio.to_thread(self._begin)
        position = self._position
        batch = self._batch or await asyncio.to_thread(self._next, position)
        if batch is not None:
            self._batch = batch
            if not await self._send(batch.lines, position):
                return False
            await self._keep(replace(batch.after, delivered_at=instant_text(self._now())))
            self._batch = None
            return len(batch.lines) == MOST_LINES
        if self._clock.boottime_s() >= self._beat_at_s + self._told.heartbeat.total_seconds():
            beat = self._line(self._record(position, {}, position.previous, beat=instant_text(self._now())))
            if await self._send((beat,), position):
                self._beat_at_s = self._clock.boottime_s()
                if position.trouble:
                    await self._keep(replace(position, trouble="", trouble_since="", attempts=0))
        return False

    async def _send(self, lines: tuple[Line, ...], position: Position) -> bool:
        now = self._now()
        try:
            await self._collector.send(lines, now)
        except DeliveryError as error:
            after = position.failed(error.code, instant_text(now))
            self._wait_until_s = self._clock.boottime_s() + wait_after_s(after.attempts)
            log.warning(
                "siem_not_taken",
                target=self._told.target,
                code=error.code,
                attempts=after.attempts,
                fact=str(error),
            )
            await self._keep(after)
            await self._late(lines[0], error.code)
            return False
        self._late_told = False
        return True

    async def _late(self, first: Line, code: str) -> None:
        """Tell the ledger, and by it people, once for each time that a leaf waits too long."""
        if self._late_told or not first.at or first.leaf == first.previous:
            return
        since, now = instant_of(first.at), self._now()
        if now - since <= self._told.late_after:
            return
        late = CollectorLate(at=now, collector=self._told.target, leaf=first.leaf, since=since, code=code)
        await self._writes.append(late)
        self._late_told = True

    async def _keep(self, position: Position) -> None:
        await asyncio.to_thread(keep_position, self._file, position)
        self._position = position

    def _begin(self) -> Position:
        kept = read_position(self._file)
        if kept is not None:
            return kept
        if not self._told.begin_now:
            return Position()
        size = self._ledger.size
        position = Position(following=size)
        for one in self._ledger.events(max(0, size - LOOK_BACK), size):
            position.context.learn(one.event)
        keep_position(self._file, position)
        return position

    def _next(self, position: Position) -> _Batch | None:
        size = self._ledger.size
        if size < position.following:
            raise EvidenceError(
                f"{self._told.target} was sent leaf {position.following - 1}, and the ledger has {size}: it was set back.",
                remedy="Keep the folder as it is, and compare it with what the collector has.",
            )
        if size == position.following:
            return None
        context, charter = deepcopy(position.context), self._charter()
        context.forget(self._now())
        lines: list[Line] = []
        bytes_ = 0
        after = position
        for kept in self._ledger.events(position.following, min(size, position.following + MOST_LINES)):
            at = replace(after, context=context)
            line = self._line(self._record(at, kept.event, kept.index, fault=kept.fault, charter=charter))
            bytes_ += len(line.text)
            if lines and bytes_ > MOST_BYTES:
                break
            lines.append(line)
            context.learn(kept.event)
            after = Position(following=kept.index + 1, previous=kept.index, context=context)
        return _Batch(tuple(lines), after) if lines else None

    def _record(
        self,
        position: Position,
        event: Mapping[str, Json],
        leaf: int,
        *,
        fault: str = "",
        beat: str = "",
        charter: Charter | None = None,
    ) -> Record:
        told = self._told
        plant = position.context.of(event, charter) if charter is not None and event else None
        record = Record(
            origin=told.origin,
            software=told.software,
            target=told.target,
            leaf=leaf,
            previous=leaf if beat else position.previous,
            event=event,
            fault=fault,
            beat=beat,
        )
        return record if plant is None else replace(record, plant=plant)

    def _line(self, record: Record) -> Line:
        return Line(
            record.leaf,
            record.previous,
            record.name,
            record.at,
            record.row.severity >= Severity.MEDIUM,
            self._told.write(record),
        )

    def _now(self) -> datetime:
        return self._clock.now().replace(microsecond=0)


def wait_after_s(attempts: int) -> float:
    """How long to wait after so many attempts failed, in seconds: twice as long each time, and a minute at most."""
    return min(float(1 << min(attempts, 10)), LONGEST_WAIT_S)
