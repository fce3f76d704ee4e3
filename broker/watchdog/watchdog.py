"""The watchdog: a process of its own that keeps the kill switch when everything else is in trouble.

It needs a folder and a unix socket; no database, no network, no identity provider, and it waits
for no ledger. An interlock is on disk before it is enforced, and enforced before it is told: a gate
that does not say within a second that it closed what it must is killed, and the kernel closes
both sides of everything it had.

One JSON object a line. A command (``isolate``, ``restore``, ``set-state``, ``revoke``, ``stop``,
``pause``, ``resume``, ``break-glass``, ``review-glass``, ``show``) is answered with ``ok`` and, but for ``show``, with ``acknowledged`` and ``killed``. A gate
says ``{"do": "attach"}`` and is then told ``{"interlocks": …}`` on every change, ``{"stop": …,
"sequence": n}``, ``{"attended": […]}`` on every change, and ``{"beat": n, "attended": […]}`` every second, to which it answers ``{"alive": n}``;
it says ``{"acknowledge": n}`` and ``{"sessions": …}``. One that leaves three beats unanswered stands still, and is killed.
"""

import asyncio
import contextlib
import json
import os
import signal
from dataclasses import replace
from pathlib import Path

import structlog

from broker.clock import SystemClock
from broker.gate_process import GateProcess, process_of, read_gate_process
from broker.layout import Layout
from broker.ledger import LedgerClient
from broker.watchdog.attendance import Attendance
from broker.watchdog.commands import attend_of, command_of, signals_in
from broker.watchdog.interlock_file import InterlockFile, journal_beside
from broker.watchdog.interlock_leaves import leaves_of
from broker.watchdog.interlocks import (
    UNREADABLE,
    Agree,
    Attend,
    BreakGlass,
    Command,
    Interlocks,
    Isolate,
    Notice,
    Pause,
    Restore,
    Resume,
    ReviewGlass,
    SetSignals,
    SetState,
    Stop,
    apply,
)
from broker.watchdog.journal import Journal
from broker.watchdog.line import LONGEST_COMMAND, LONGEST_LINE, AttachedGate, object_in, peer_of
from broker.watchdog.overrides import Override, Revert, ReviewOverride
from broker.watchdog.pauses import Ended
from broker.watchdog.releases import Releases
from broker.watchdog.reverting import Reverting
from domain.canonical import Json, instant_text
from domain.clock import Clock
from domain.errors import ConfigError, DecisionError, EvidenceError, PeerError, TransitionError
from domain.events import AttendanceChanged, Event, GateStoodStill, Isolated, SessionResumed
from domain.ids import SessionId
from domain.ledger import Ledger

log = structlog.get_logger()

ACKNOWLEDGE_WITHIN_S = 1.0
ATTACH_WITHIN_S = 5.0
"""What a gate has to acknowledge what held before it attached; it may be busy starting."""

BEAT_S = 1.0
MOST_UNANSWERED = 3
"""Beats, and not seconds: a machine that was suspended, or a watchdog that got no time, did not beat either. With the
beat that finds it out a gate that stands still is gone within five seconds, and so is every session."""

MOST_CONNECTIONS = 64
MOST_WATCHERS = 256
LOOK_FOR_ATTENDANTS_S = 0.2
LOOK_FOR_SIGNALS_S = 0.2
SILENT_S = 30.0
"""How long somebody who is no gate may stay connected without asking anything."""


_RELEASING = Restore | Resume | BreakGlass | ReviewGlass | Agree | Override | Revert | ReviewOverride


class Watchdog:
    """Serves ``run/watchdog.sock`` of one node until cancelled."""

    def __init__(self, layout: Layout, clock: Clock, ledger: Ledger) -> None:
        self._layout = layout
        self._clock = clock
        self._ledger = ledger
        self._file = InterlockFile(layout.interlocks)
        self._journal = Journal(journal_beside(layout.interlocks))
        self._gates: list[AttachedGate] = []
        self._connections: set[asyncio.StreamWriter] = set()
        self._unwritten: list[Command] = []
        self._attendance = Attendance()
        self._releases = Releases(layout)
        self._reverting = Reverting(clock)
        self._signals_until_s = float("-inf")
        """Until when, by the clock since boot, the signals count as they were last said; after a start not at all."""
        self.interlocks = self._load()

    async def run(self) -> None:
        """Serve; returns only by cancellation."""
        path = self._layout.watchdog_socket
        path.unlink(missing_ok=True)
        before = os.umask(0o177)
        try:
            server = await asyncio.start_unix_server(self._serve, path, limit=LONGEST_LINE)
        finally:
            os.umask(before)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._beat())
                group.create_task(self._look_for_attendants())
                group.create_task(self._look_for_signals())
                group.create_task(self._drain())
        finally:
            server.close()  # and not waited for: from Python 3.12 on that would be for the gates to let go
            for writer in self._connections:
                writer.close()
            path.unlink(missing_ok=True)

    # -- state ------------------------------------------------------------------------------------

    def _load(self) -> Interlocks:
        try:
            interlocks = self._file.read()
            if interlocks == Interlocks():
                interlocks = self._file.change([])  # from now on a missing file is a fault
        except ConfigError as error:
            log.critical("interlocks_unreadable_everything_is_shut", fact=error.fact, file=error.file)
            self._note(
                Isolated(
                    at=self._clock.now(),
                    scope="all",
                    by="watchdog",
                    reason=error.fact,
                    enforced="held from the start",
                )
            )
            return UNREADABLE
        if any(one.on for one in interlocks.signals.values()):
            lost = SetSignals({zone: replace(one, on=False) for zone, one in interlocks.signals.items()})
            try:
                interlocks = self._file.change([lost])  # nobody has said yet what they say
            except OSError:
                self._unwritten.append(lost)
                interlocks = apply(interlocks, lost)
        return interlocks

    def _change(self, command: Command) -> None:
        """Put ``command`` on disk and in force. OSError when it is only in force: isolations still are."""
        try:
            self.interlocks = self._file.change([*self._unwritten, command])
            self._unwritten.clear()
        except OSError:
            if isinstance(command, _RELEASING):
                raise  # releasing may wait for a disk; shutting may not
            self._unwritten.append(command)
            self.interlocks = apply(self.interlocks, command)
            raise
        finally:
            # A stop is its own message: acknowledging its interlocks would not mean that it was obeyed.
            if not isinstance(command, Stop):
                self._announce()

    def _announce(self) -> None:
        for gate in self._gates:
            gate.send({"interlocks": self.interlocks.document()})

    def _look_again(self) -> None:
        """Take up what somebody else wrote while this process stood still, and write what could not be."""
        if self._unwritten:
            with contextlib.suppress(OSError):
                self.interlocks = self._file.change(self._unwritten)
                self._unwritten.clear()
                self._announce()
            return
        try:
            interlocks = self._file.read()
        except ConfigError as error:
            if "all" in self.interlocks.isolated:
                return  # shut already
            log.critical("interlocks_unreadable_everything_is_shut", fact=error.fact, file=error.file)
            interlocks = Interlocks(self.interlocks.sequence + 1, UNREADABLE.isolated)
        if interlocks != self.interlocks:
            self.interlocks = interlocks
            self._announce()

    # -- attendance -------------------------------------------------------------------------------

    def _attend(self, command: Attend) -> dict[str, Json]:
        known = self._attendance
        if command.present and len(known.watchers) >= MOST_WATCHERS:
            return {"ok": False, "error": "Too many watch already."}
        if command.present:
            self._attended(known.said(command.scope, command.by, self._clock.boottime_s()))
        else:
            self._attended(known.left(command.scope, command.by))
        return {"ok": True}

    def _attended(self, now: Attendance) -> None:
        before, self._attendance = self._attendance, now
        if before.scopes != now.scopes:
            for gate in self._gates:
                gate.send({"attended": list(now.scopes)})
        for scope, by in sorted(before.watchers ^ now.watchers):
            present = (scope, by) in now.watchers
            self._note(AttendanceChanged(at=self._clock.now(), scope=scope, by=by, present=present))

    async def _look_for_attendants(self) -> None:
        while True:
            await asyncio.sleep(LOOK_FOR_ATTENDANTS_S)
            self._attended(self._attendance.at(self._clock.boottime_s()))

    # -- signals of the plant ---------------------------------------------------------------------

    async def _signalled(self, command: SetSignals, good_for_s: float) -> dict[str, Json]:
        """Take what the reader says; a word that changes nothing costs no file, no leaf and no gate's time."""
        self._signals_until_s = self._clock.boottime_s() + good_for_s
        return {"ok": True} if command.signals == self.interlocks.signals else await self.obey(command)

    async def _look_for_signals(self) -> None:
        """Nobody says what the signals say: each of them counts as lost."""
        while True:
            on = any(one.on for one in self.interlocks.signals.values())
            if on and self._clock.boottime_s() >= self._signals_until_s:
                log.warning("signals_lost")
                lost = {zone: replace(one, on=False) for zone, one in self.interlocks.signals.items()}
                await self.obey(SetSignals(lost))
            await asyncio.sleep(LOOK_FOR_SIGNALS_S)

    # -- commands ---------------------------------------------------------------------------------

    async def obey(self, command: Command) -> dict[str, Json]:
        """Put ``command`` in force everywhere and say how it went.

        What was suspended, and whoever left, comes back only once each holder has agreed: the last one's
        word restores.
        """
        if isinstance(command, Agree | Restore | Override | ReviewOverride):
            try:
                await self._may(command)
            except DecisionError as error:
                return {"ok": False, "error": error.fact, "remedy": error.remedy, "code": error.code}
        if isinstance(command, Pause) and command.session not in self._live():
            return {
                "ok": False,
                "error": "No such session is open.",
                "remedy": "See: penstock sessions list.",
            }
        if isinstance(command, Resume) and (why_not := self._told_first(command)):
            return {"ok": False, "error": why_not}
        answer = await self._obey(command)
        now = self._clock.now()
        if isinstance(command, Notice) and self.interlocks.due(now):
            return await self._shut_out(command.by, command.reason)
        if isinstance(command, Agree) and not self._releases.missing(self.interlocks, command.scope, now):
            return await self._obey(Restore(command.scope, command.by, "every holder has agreed"))
        return answer

    async def _may(self, command: Agree | Restore | Override | ReviewOverride) -> None:
        """DecisionError where the charter says no. In a thread: loading it takes long, and shutting must not wait for that."""
        seen = None
        while seen is None or seen.sequence != self.interlocks.sequence:  # what was shut meanwhile counts
            seen = self.interlocks
            await asyncio.to_thread(self._releases.check, seen, command, self._clock.now())

    async def _shut_out(self, by: str, reason: str) -> dict[str, Json]:
        """Shut out whoever's time has come."""
        answer: dict[str, Json] = {"ok": True}
        for person in self.interlocks.due(self._clock.now()):
            answer = await self._obey(Isolate(f"person:{person}", by, reason))
        return answer

    async def _obey(self, command: Command) -> dict[str, Json]:
        before = self.interlocks
        fault = ""
        try:
            self._change(command)
        except TransitionError as error:
            return {"ok": False, "error": error.fact, "remedy": error.remedy}
        except OSError as error:
            log.critical("interlocks_not_written", error=str(error))
            fault = f"In force, but not on disk: {error}."
            if isinstance(command, _RELEASING):
                return {"ok": False, "error": f"Not released: the interlocks can't be written: {error}."}
        sequence = self.interlocks.sequence
        if isinstance(command, Stop):
            for gate in self._gates:
                gate.send({"stop": command.session, "sequence": sequence})
        acknowledged, killed = await self._enforced(sequence)
        self._record(command, before, acknowledged=acknowledged, killed=killed)
        answer: dict[str, Json] = {"ok": not fault, "acknowledged": acknowledged, "killed": killed}
        return answer | ({"error": fault} if fault else {})

    async def _enforced(self, sequence: int) -> tuple[bool, list[int]]:
        gates = list(self._gates)
        attached = {gate.process for gate in gates}
        results = await asyncio.gather(*(gate.obeys(sequence, ACKNOWLEDGE_WITHIN_S) for gate in gates))
        killed = [
            gate.process.pid
            for gate, obeyed in zip(gates, results, strict=True)
            if not obeyed and self._kill(gate.process)
        ]
        # A gate that runs but is not attached can't be told; it gets the same second to come.
        stray = read_gate_process(self._layout.gate_pid)
        if stray is not None and stray not in attached:
            if not gates:
                await asyncio.sleep(ACKNOWLEDGE_WITHIN_S)
            if stray not in {gate.process for gate in self._gates} and self._kill(stray):
                killed.append(stray.pid)
        return all(results), killed

    def _kill(self, process: GateProcess) -> bool:
        log.critical("gate_killed", pid=process.pid)
        return process.kill()

    def _record(self, command: Command, before: Interlocks, *, acknowledged: bool, killed: list[int]) -> None:
        enforced = f"killed {killed}" if killed else "acknowledged" if acknowledged else "not acknowledged"
        for event in leaves_of(command, before, self.interlocks, self._clock.now(), enforced):
            self._note(event)

    def _note(self, event: Event) -> None:
        try:
            self._journal.add(event)
        except EvidenceError as error:
            log.critical("event_not_kept", fact=error.fact, lost=type(event).__name__)

    # -- pauses -----------------------------------------------------------------------------------

    def _live(self) -> frozenset[SessionId]:
        """The sessions that any gate has reported."""
        return frozenset(
            SessionId(str(one["session"]))
            for gate in self._gates
            for one in gate.sessions
            if isinstance(one, dict) and "session" in one
        )

    def _told_first(self, command: Resume) -> str:
        """Have the leaf of a resuming on disk before anything goes on; why that could not be, or nothing."""
        if command.session in self.interlocks.paused:
            event = SessionResumed(
                at=self._clock.now(), session=command.session, by=command.by, reason=command.reason
            )
            try:
                self._journal.add(event)
            except EvidenceError as error:
                return f"Not resumed: {error.fact}"
        return ""

    def _forget_ended(self, gate: AttachedGate) -> None:
        """Drop the pauses of sessions that are no more: this node's one gate has just said which are."""
        gone = self.interlocks.paused.keys() - self._live()
        # Another gate, or one that is on its way out, may not know of a session that is still live.
        if gone and gate.process == read_gate_process(self._layout.gate_pid):
            with contextlib.suppress(OSError):
                self._change(Ended(frozenset(gone)))

    # -- connections ------------------------------------------------------------------------------

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pid, uid = peer_of(writer)
        self._connections.add(writer)
        gate: AttachedGate | None = None
        try:
            if uid not in {0, os.getuid()} or len(self._connections) > MOST_CONNECTIONS:
                return
            while True:
                async with asyncio.timeout(_patience_s(gate)):
                    line = await reader.readline()
                if not line.endswith(b"\n"):
                    return
                if gate is not None:
                    self._hear(gate, line)
                elif (answer := await self._answer(line, f"uid:{uid}")) is None:
                    gate = self._attach(pid, writer)
                else:
                    writer.write(json.dumps(answer).encode() + b"\n")
                    await writer.drain()
        except (ConnectionError, TimeoutError, ValueError, PeerError) as error:
            log.warning("watchdog_connection_ended", pid=pid, error=str(error))
            if gate is not None and gate.acknowledged < 0:
                self._kill(gate.process)  # it never said that it holds to what was shut before it came
        finally:
            self._connections.discard(writer)
            if gate is not None:
                self._gates.remove(gate)
                log.warning("gate_detached", pid=pid)
            writer.close()

    async def _answer(self, line: bytes, by: str) -> dict[str, Json] | None:
        try:
            document = object_in(line, LONGEST_COMMAND)
            if document.get("do") == "attach":
                return None
            if document.get("do") == "show":
                return {
                    "ok": True,
                    "interlocks": self.interlocks.document(),
                    "attended": [
                        {"scope": scope, "by": who} for scope, who in sorted(self._attendance.watchers)
                    ],
                    "gates": [{"pid": gate.process.pid, "sessions": gate.sessions} for gate in self._gates],
                }
            if (attend := attend_of(document, by)) is not None:
                return self._attend(attend)
            if (signals := signals_in(document)) is not None:
                return await self._signalled(*signals)
            command = command_of(document, by)
            if isinstance(command, SetState | Pause):
                command = replace(command, at=instant_text(self._clock.now()))
            if isinstance(command, Isolate | Restore | Override):
                command = replace(command, at=self._clock.now())
        except PeerError as error:
            return {"ok": False, "error": str(error)}
        return await self.obey(command)

    def _attach(self, pid: int, writer: asyncio.StreamWriter) -> AttachedGate:
        process = process_of(pid)
        if process is None:
            raise PeerError(f"There is no process {pid}.")
        gate = AttachedGate(process, writer)
        self._gates.append(gate)
        gate.send({"interlocks": self.interlocks.document()})
        log.info("gate_attached", pid=pid)
        return gate

    def _hear(self, gate: AttachedGate, line: bytes) -> None:
        gate.unanswered = 0
        match object_in(line, LONGEST_LINE):
            case {"acknowledge": int(sequence)} if sequence <= self.interlocks.sequence:
                gate.acknowledge(sequence)
            case {"sessions": list(sessions)}:
                gate.sessions = sessions
                self._forget_ended(gate)
            case {"alive": int()}:
                pass
            case {"do": "attach"}:
                gate.send({"interlocks": self.interlocks.document()})
            case _:
                raise PeerError("A gate said something that is not understood.")

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_S)
            self._look_again()
            if self.interlocks.due(self._clock.now()):
                await self._shut_out("clock", "the notice's time has come")
            await self._revert()
            for gate in self._gates:
                self._beat_for(gate)

    def _beat_for(self, gate: AttachedGate) -> None:
        """Tell it that this process lives, and ask the same of it; one that is only starting is waited for elsewhere."""
        if gate.unanswered < MOST_UNANSWERED:
            gate.unanswered += gate.acknowledged >= 0
            gate.send({"beat": self.interlocks.sequence, "attended": list(self._attendance.scopes)})
        elif gate.unanswered == MOST_UNANSWERED:
            gate.unanswered += 1
            self._kill(gate.process)
            self._note(GateStoodStill(at=self._clock.now(), sessions=len(gate.sessions)))

    async def _revert(self) -> None:
        """Bring back what was suspended for a time that is over. Its leaf is on disk before anything opens."""
        for one in self._reverting.told(self.interlocks, self._journal):
            await self._obey(one)

    async def _drain(self) -> None:
        while True:
            await self._journal.drain(self._ledger.append)
            await asyncio.sleep(BEAT_S)


def main(folder: Path) -> None:
    """Run the watchdog of the node in ``folder`` until SIGTERM."""
    layout = Layout(folder)
    asyncio.run(_until_told(Watchdog(layout, SystemClock(), LedgerClient(layout.signer_socket))))


async def _until_told(watchdog: Watchdog) -> None:
    me = asyncio.current_task()
    assert me is not None
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, me.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await watchdog.run()


def _patience_s(gate: AttachedGate | None) -> float | None:
    if gate is None:
        return SILENT_S
    return ATTACH_WITHIN_S if gate.acknowledged < 0 else None
