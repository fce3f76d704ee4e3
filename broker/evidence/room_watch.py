"""The gate's own look at room for evidence: keeps new sessions out in time, and has people told.

What is open goes on, whatever this says. The leaf comes with the refusal, never after it has long been so.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog

from domain.clock import Clock
from domain.errors import PenstockError
from domain.events import Event, EvidenceRoomAlarmed, EvidenceRoomRegained
from recorder.backlog import Alarm, Refusal, Room

log = structlog.get_logger()

EVERY_S = 2.0
BLIND = "recorder"
"""The fault while the folder can't even be looked at."""


class RoomWatch:
    """Of one gate. ``look`` it once before the door opens, then ``run`` it beside."""

    def __init__(
        self, room: Callable[[datetime], Room], keep: Callable[[Event], Awaitable[object]], clock: Clock
    ) -> None:
        self._room = room
        self._keep = keep
        self._clock = clock
        self._told: tuple[tuple[Alarm, ...], Refusal | None] = ((), None)
        self._faults: tuple[str, ...] = ()

    def faults(self) -> tuple[str, ...]:
        """Why no new session may begin, in the words of ``policies.facts``; none when there is room."""
        return self._faults

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(EVERY_S)
            await self.look()

    async def look(self) -> None:
        """Look once; what is not told because the ledger does not answer is told at the next look."""
        now = self._clock.now()
        try:
            found = await asyncio.to_thread(self._room, now)
        except OSError as error:
            log.warning("room_not_seen", fact=str(error))
            self._faults = (BLIND,)
            return
        self._faults = () if found.refusal is None else (found.refusal.value,)
        stands = (found.alarms, found.refusal)
        if stands == self._told:
            return
        try:
            await self._keep(_event(found, now))
            self._told = stands
        except PenstockError as error:
            log.warning("room_not_told", fact=str(error))


def _event(found: Room, now: datetime) -> Event:
    if not found.alarms and found.refusal is None:
        return EvidenceRoomRegained(at=now, waiting=found.waiting, free_bytes=found.disk.free)
    return EvidenceRoomAlarmed(
        at=now,
        alarms=tuple(one.value for one in found.alarms),
        refusal=found.refusal.value if found.refusal is not None else "",
        waiting=found.waiting,
        waiting_bytes=found.waiting_bytes,
        oldest=found.oldest,
        free_bytes=found.disk.free,
        total_bytes=found.disk.total,
        days_left=found.days_left,
    )
