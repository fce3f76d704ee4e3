"""The gate's line to the watchdog. While it does not stand, nothing may run: it is the kill switch."""

import asyncio
import contextlib
import json
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self

import structlog

from broker.gate_process import write_gate_process
from broker.governor import Cause
from broker.layout import Layout
from broker.sessions.live_session import LiveSession
from broker.sessions.rounds import SESSIONS_AT_ONCE, in_turns
from broker.watchdog.interlocks import UNREADABLE, Interlocks
from broker.watchdog.line import LONGEST_LINE
from domain.canonical import Json
from domain.clock import Clock
from domain.errors import PeerError, PenstockError
from domain.ids import SessionId

log = structlog.get_logger()

LOST_AFTER_S = 5.0
"""The watchdog says something every second. Silent this long, it can't be relied on to kill."""

UNWATCHED_AFTER_S = 2.5
"""Silent this long, what it said of attendants no longer counts: with a look every quarter second, input that
needs one stops within three."""

RETRY_S = 0.25
REPORT_EVERY_S = 0.25
COUNT_EVERY_S = 1.0
COUNT_EVERY_S_A_SESSION = 0.01
"""What crossed since is told without a change, too; of a thousand sessions less often, for it takes the loop's time."""

LOOK_S = 0.25


class Enforcer(Protocol):
    """Whose sessions obey. The Supervisor."""

    changed: list[Callable[[], None]]

    def enforce(self, interlocks: Interlocks) -> None:
        """Hold every session to ``interlocks``; sides are closed on return."""
        ...

    def attend(self, scopes: frozenset[str]) -> None:
        """What is before somebody's eyes now; what needs to be and is not is held on return."""
        ...

    def cut(self, scope: str, cause: Cause) -> tuple[SessionId, ...]:
        """Close both sides of what is in ``scope``, in this very call."""
        ...

    def live(self) -> tuple[LiveSession, ...]:
        """What the watchdog is told of."""
        ...


class WatchdogLink:
    """Keeps the gate attached while entered. Also says in ``run/gate.pid`` which process the gate is.

    ``interlocks`` is what holds as far as this gate knows; everything is shut until the watchdog
    has spoken once. Losing it for five seconds ends every session with cause ``watchdog_lost``.
    """

    def __init__(self, layout: Layout, clock: Clock, enforcer: Enforcer) -> None:
        self.interlocks = UNREADABLE
        self._layout = layout
        self._clock = clock
        self._enforcer = enforcer
        self._heard_s: float | None = None
        self._told_lost = False
        self._changed = asyncio.Event()
        self._first = asyncio.Event()
        self._group = asyncio.TaskGroup()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def sound(self) -> bool:
        """Whether the watchdog spoke within the last five seconds."""
        return self._heard_s is not None and self._clock.boottime_s() - self._heard_s <= LOST_AFTER_S

    async def attached(self) -> None:
        """Wait until the watchdog has spoken for the first time."""
        await self._first.wait()

    async def __aenter__(self) -> Self:
        self._enforcer.enforce(self.interlocks)
        write_gate_process(self._layout.gate_pid)
        self._enforcer.changed.append(self._changed.set)
        await self._group.__aenter__()
        self._tasks = [self._group.create_task(self._stay()), self._group.create_task(self._look())]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        self._enforcer.changed.remove(self._changed.set)
        try:
            await self._group.__aexit__(kind, error, trace)
        finally:
            self._layout.gate_pid.unlink(missing_ok=True)

    async def _stay(self) -> None:
        while True:
            try:
                reader, writer = await asyncio.open_unix_connection(
                    self._layout.watchdog_socket, limit=LONGEST_LINE
                )
            except OSError:
                await asyncio.sleep(RETRY_S)
                continue
            try:
                async with asyncio.TaskGroup() as group:
                    writer.write(b'{"do":"attach"}\n')
                    report = group.create_task(self._report(writer))
                    await self._listen(reader, writer)
                    report.cancel()
            except* (OSError, PenstockError, ValueError) as group_of:
                log.warning("watchdog_line_broke", error=str(group_of.exceptions[0]))
            finally:
                writer.close()
            await asyncio.sleep(RETRY_S)

    async def _listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            # Silent this long it is as good as gone, and another may answer at the same place.
            async with asyncio.timeout(LOST_AFTER_S):
                line = await reader.readline()
            if not line:
                return
            self._obey(json.loads(line), writer)
            self._heard_s = self._clock.boottime_s()
            self._told_lost = False
            self._first.set()

    def _obey(self, said: Json, writer: asyncio.StreamWriter) -> None:
        match said:
            case {"interlocks": interlocks}:
                self.interlocks = Interlocks.of(interlocks)
                self._enforcer.enforce(self.interlocks)
                self._acknowledge(writer, self.interlocks.sequence)
            case {"stop": str(session), "sequence": int(sequence)}:
                self._enforcer.cut(f"session:{session}", Cause.KILLED)
                self._acknowledge(writer, sequence)
            case {"attended": list(scopes), **rest} if rest.keys() <= {"beat"}:
                self._enforcer.attend(frozenset(map(str, scopes)))
                if "beat" in rest:
                    writer.write(b'{"alive":%d}\n' % int(str(rest["beat"])))
            case _:
                raise PeerError("The watchdog said something that is not understood.")

    def _acknowledge(self, writer: asyncio.StreamWriter, sequence: int) -> None:
        writer.write(json.dumps({"acknowledge": sequence}).encode() + b"\n")

    async def _report(self, writer: asyncio.StreamWriter) -> None:
        told: list[str] | None = None
        while True:
            self._changed.clear()
            live = self._enforcer.live()
            sessions = [json.dumps(one.view().document()) async for one in in_turns(live, SESSIONS_AT_ONCE)]
            if sessions != told:
                told = sessions
                writer.write(f'{{"sessions": [{", ".join(sessions)}]}}\n'.encode())
                await writer.drain()
            await asyncio.sleep(REPORT_EVERY_S)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(COUNT_EVERY_S + len(sessions) * COUNT_EVERY_S_A_SESSION):
                    await self._changed.wait()

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            if self._heard_s is None or self._clock.boottime_s() - self._heard_s > UNWATCHED_AFTER_S:
                self._enforcer.attend(frozenset())
            if not self.sound and not self._told_lost and self._first.is_set():
                self._told_lost = True
                log.critical("watchdog_lost", waited_s=LOST_AFTER_S)
                self._enforcer.cut("all", Cause.WATCHDOG_LOST)
                self._enforcer.enforce(UNREADABLE)  # until it speaks again and says what holds
