"""One live session: the gate that every chunk passes, and the two sides that must be closed at its end.

The order in ``cross`` is the whole point. A timer alone leaks: the event loop serves readable
sockets before due timers, so after a stall it would forward what came after the end. Here each
chunk is measured against both clocks before it is recorded and again before it may go on.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from broker.conduits.seams import Asks, Closable, Passage
from broker.governor import (
    Admitted,
    Cause,
    CloseSides,
    Command,
    Event,
    Governor,
    HeldFor,
    Hold,
    HoldExpiry,
    HoldInput,
    LetInputGo,
    LetThrough,
    MayGoOn,
    MustEnd,
    MustHold,
    ReleaseExpiry,
    State,
    StepDeclared,
    StepDone,
    WakeWhenLeft,
    Warn,
    Woke,
)
from broker.sessions.idle import Idle, Use
from broker.sessions.step_ups import StepUps
from broker.sessions.view import SessionView
from broker.sessions.words import GOES_ON, exit_status, hold_sentence, sentence
from domain.access import AccessRequest, Grant, PassageKind
from domain.canonical import instant_text
from domain.clock import Clock
from domain.errors import EvidenceError, TransitionError
from domain.ids import PermitId, SessionId
from domain.permit import Permit
from domain.plant import Asset, OperatingState
from recorder.format.frame import Kind
from recorder.format.payloads import mark
from recorder.writer import Recording

log = structlog.get_logger()

LINGER = timedelta(seconds=2)
"""How long a session outlives its last channel: a client that opens the next one at once keeps it."""

NEVER = Idle()

FIRST_CHANNEL = timedelta(seconds=30)
"""How long a session waits for its first channel."""

_TOWARDS_ASSET = frozenset({Kind.TO_ASSET, Kind.HIDDEN, Kind.EOF, Kind.SIGNAL})
"""What a hold keeps back. The size of a window is no input."""

_JOBS = frozenset({PassageKind.SHELL, PassageKind.EXEC})


@dataclass(frozen=True, slots=True)
class Agreed:
    """The permit by which a state that the session's own does not name was agreed to, and its approvals."""

    permit: PermitId
    digest: str
    approvals: tuple[str, ...]


@dataclass(slots=True)
class _Channel:
    passage: Passage
    job: bool
    """Whether a program runs at the asset on its behalf."""


class LiveSession:
    """One use of a permit. Made by the Supervisor, used by the door; lives in the gate's event loop."""

    def __init__(
        self,
        session: SessionId,
        permit: Permit,
        asset: Asset,
        source: str,
        deadline: datetime,
        clock: Clock,
        recording: Recording,
        changed: Callable[[], None],
        latest: datetime | None = None,
        idle: Idle = NEVER,
    ) -> None:
        """``latest``: what no step holds it beyond (contract, admission); the deadline where None is given."""
        self.id = session
        self.permit = permit
        self.asset = asset
        self.source = source
        self.opened_at = clock.now()
        self.charter = ""
        """Digest of the charter that it was let in under, in hex."""
        self.wish: AccessRequest | None = None
        """What was asked for when it was let in: from where, with which client and key."""
        self.recording = recording
        self.governor = Governor()
        self.ending = asyncio.Event()
        """Set once the session may not go on; its course waits for it."""
        self.ended = asyncio.Event()
        """Set once it is closed, sealed and reported."""
        self.job_left_behind = False
        self.came: AccessRequest | None = None
        """What its client asked for when it opened, and which client that is."""
        self.agreed: dict[OperatingState, Agreed] = {}
        """States of its zone that were agreed to while it ran."""
        self.active_at = self.opened_at
        """When bytes last crossed, to the precision of a tick."""
        self._use = Use(idle, clock.boottime_s())
        self._locks = idle.lock_after is not None
        self.step_ups = StepUps()
        self.lock_to_tell = False
        """Whether it was locked since whoever keeps that looked last."""
        self.locked_s = 0.0
        """When it was locked last, in seconds since boot."""
        self._input_held = False
        self._held_since_s: dict[Hold, float] = {}
        self._clock = clock
        self._wall_s, self._boottime_s = clock.wall_s, clock.boottime_s
        self._expiry = deadline, clock.boottime_s() + (deadline - self.opened_at).total_seconds()
        self._end_at(*self._expiry)
        self._latest_s = clock.boottime_s() + ((latest or deadline) - self.opened_at).total_seconds()
        self._latest = latest or deadline
        self._changed = changed
        self._open = False
        self._wake_when_left = timedelta.max
        self._channels: dict[int, _Channel] = {}
        self._closables: list[Closable] = []
        self._last_channel = 0
        self._empty_since_s = clock.boottime_s()
        self._cut = False
        self._to_close: list[Passage] = []
        self._obey(self.governor.receive(Admitted(self.left())))

    # -- the gate ---------------------------------------------------------------------------------

    def cross(self, kind: Kind, channel: int, data: bytes | memoryview) -> bool:
        """Record ``data``; True means forward it now, False means drop it: the session is ending, or held.

        A passage of a held session takes nothing from its vendor; what comes all the same is not forwarded.
        Never raises. After False the caller need do nothing: ``finish`` comes to every passage.
        """
        if not self._open or self._late():
            return False
        if kind in _TOWARDS_ASSET and (self._input_held or (self._locks and self._lock_overdue())):
            self.note(Kind.MARK, channel, mark("withheld", bytes=len(data), kind=kind.name))
            return False
        try:
            self.recording.write(kind, channel, data)
        except EvidenceError as error:
            log.critical("recording_failed", session=self.id, fact=error.fact)
            self.must_end(Cause.RECORDER_FAILED)
            return False
        # Writing may have taken long (a slow disk, a stopped process): measure again.
        if not self._late():
            if kind in _TOWARDS_ASSET:
                self._use.used()
            return True
        self.note(Kind.MARK, channel, mark("withheld", bytes=len(data), kind=kind.name))
        return False

    def note(self, kind: Kind, channel: int, payload: bytes) -> None:
        """Record what is not forwarded as bytes: a resize, an exit, hidden input. Ends the session if it can't."""
        if self.governor.state in {State.SEALING, State.REPORTING, State.ENDED}:
            return
        try:
            self.recording.write(kind, channel, payload)
        except EvidenceError as error:
            log.critical("recording_failed", session=self.id, fact=error.fact)
            self.must_end(Cause.RECORDER_FAILED)

    def left(self) -> timedelta:
        """What remains by the clock that says less; negative once it is over."""
        by_wall = self.deadline - self._clock.now()
        by_boot = timedelta(seconds=self._deadline_s - self._clock.boottime_s())
        return min(by_wall, by_boot)

    @property
    def over(self) -> bool:
        """Whether nothing may cross any more, or not yet."""
        return not self._open

    def _end_at(self, wall: datetime, boot_s: float) -> None:
        # Half-open, by both clocks. Each chunk is measured in seconds: a datetime takes four times as long.
        self.deadline, self._deadline_wall_s, self._deadline_s = wall, wall.timestamp(), boot_s

    def _late(self) -> bool:
        if self._wall_s() < self._deadline_wall_s and self._boottime_s() < self._deadline_s:
            return False
        self.must_end(Cause.WINDOW_END)
        return True

    # -- who takes part ---------------------------------------------------------------------------

    def join(self, passage: Passage, grant: Grant | None = None) -> int:
        """Register a channel and return its number, from 1; TransitionError once the session is over.

        The caller then has its opening kept: see ``Supervisor.admit_channel``.
        """
        if not self._open or self._late():
            raise TransitionError(
                "This session is over; nothing new may join it.", remedy="Ask for admission again."
            )
        self._last_channel += 1
        job = not passage.has_terminal and (grant is None or grant.kind in _JOBS)
        self._channels[self._last_channel] = _Channel(passage, job)
        if self._input_held:
            passage.hold_input()
            for hold in sorted(self.holds):
                passage.say(f"penstock: {hold_sentence(hold)}")
            if Hold.LOCKED in self.holds:
                self._ask(passage)
        self._changed()
        return self._last_channel

    def leave(self, channel: int, *, job_ended: bool = True) -> None:
        """Take a channel out. ``job_ended`` False: its client went before the program at the asset did."""
        left = self._channels.pop(channel, None)
        if left is None:
            return
        self.job_left_behind |= left.job and not job_ended
        self._empty_since_s = self._clock.boottime_s()
        self._changed()

    def keep(self, closable: Closable) -> None:
        """Have ``closable`` aborted and seen closed at the end; at once, if the end has been."""
        self._closables.append(closable)
        if self._cut:
            closable.abort()

    def hold(self, length: timedelta, longest: timedelta) -> datetime:
        """Let the window's end wait ``length`` from now; when time ends it now. TransitionError when it can't.

        Whoever calls has had it kept in the ledger. Everything else that ends a session still does.
        """
        if self._late():
            raise TransitionError("This session is over.", remedy="Ask for a new permit.")
        self.receive(StepDeclared(length, longest))
        return self.deadline

    def release(self) -> None:
        """The step is done: the end is where it was, and at once if that has passed."""
        self.receive(StepDone())
        self.tick()

    def view(self) -> SessionView:
        """How it stands now."""
        return SessionView(
            session=self.id,
            permit=self.permit.id,
            person=self.permit.person,
            vendor=self.permit.vendor,
            asset=self.permit.asset,
            zone=self.asset.zone,
            conduit=self.permit.conduit,
            source=self.source,
            opened_at=self.opened_at,
            deadline=self.deadline,
            channels=len(self._channels),
            bytes_to_asset=self.recording.bytes_to_asset,
            bytes_to_vendor=self.recording.bytes_to_vendor,
            held=tuple(sorted(self.holds)),
            by_program=self.came is not None and self.came.by_program,
            active_at=self.active_at,
        )

    # -- its course -------------------------------------------------------------------------------

    def receive(self, event: Event) -> None:
        """Give the governor an event and do what it says as far as that can be done at once."""
        self._obey(self.governor.receive(event))

    def must_end(self, cause: Cause) -> None:
        """Nothing crosses from here on. Both sides are closed in this turn of the loop or the next.

        Not within this call: it may come out of the very callback that the door is in.
        """
        self.receive(MustEnd(cause))

    @property
    def holds(self) -> frozenset[Hold]:
        """Why nothing goes towards the asset now."""
        return self.governor.holds

    def must_hold(self, hold: Hold, at_most: timedelta | None) -> None:
        """Nothing goes towards the asset from here on, until ``may_go_on``; and no longer than ``at_most``."""
        self._held_since_s.setdefault(hold, self._clock.boottime_s())
        self.receive(MustHold(hold, at_most))
        self._changed()

    def may_go_on(self, hold: Hold) -> None:
        """This cause is no more. Whoever calls has had that kept."""
        self._held_since_s.pop(hold, None)
        if hold is Hold.LOCKED and hold in self.holds:
            self._use.begin(self._clock.boottime_s())
            self.note(Kind.MARK, 0, mark("unlocked"))
            self._tell_passages(lambda passage: passage.ask_no_more() if isinstance(passage, Asks) else None)
        self.receive(MayGoOn(hold))
        self._changed()

    def tick(self) -> None:
        """Let time take effect: warnings, the end, and the linger after the last channel."""
        if not self._open:
            return
        self._look_what_moved()
        for hold, since_s in list(self._held_since_s.items()):
            self.receive(HeldFor(hold, timedelta(seconds=self._clock.boottime_s() - since_s)))
        left = self.left()
        if left <= self._wake_when_left:
            self.receive(Woke(left))
        self._look_whether_used()
        patience = LINGER if self._last_channel else FIRST_CHANNEL
        if not self._channels and self._clock.boottime_s() - self._empty_since_s >= patience.total_seconds():
            self.must_end(Cause.FINISHED)  # which changes nothing if the window has just ended

    def _look_what_moved(self) -> None:
        if self._use.moved(self.recording.bytes_to_asset + self.recording.bytes_to_vendor):
            self.active_at = self._clock.now()
            # What a program shows on a terminal is nobody's doing; a transfer that goes one way is.
            if any(not one.passage.has_terminal for one in self._channels.values()):
                self._use.used()

    def _look_whether_used(self) -> None:
        locked, held = Hold.LOCKED in self.holds, bool(self.holds - {Hold.LOCKED})
        quiet = self._use.look(self._clock.boottime_s(), locked=locked, held=held)
        if quiet is not None:
            self.receive(quiet)

    def _lock_overdue(self) -> bool:
        """Lock it now where that is due: nothing may slip in before the next tick."""
        if self._use.overdue(self._clock.boottime_s()):
            self._look_what_moved()
            self._look_whether_used()
        return self._input_held

    def cut(self) -> None:
        """Close both sides of every passage now. Does nothing unless the session must end."""
        cause = self.governor.cause
        if cause is None or self._cut:
            return
        self._cut = True
        # A passage may leave while it is finished: those to be seen closed are noted first.
        self._to_close = [channel.passage for channel in self._channels.values()]
        self.job_left_behind |= any(channel.job for channel in self._channels.values())
        for passage in self._to_close:
            try:
                passage.finish(cause, f"penstock: {sentence(cause)}", exit_status(cause))
            except Exception:  # one passage that fails to close must not keep the others open
                log.exception("passage_finish_failed", session=self.id)

    def abort(self) -> None:
        """Abort every connection that was kept."""
        for closable in self._closables:
            try:
                closable.abort()
            except Exception:  # as above
                log.exception("connection_abort_failed", session=self.id)

    def closed(self) -> bool:
        """Whether both sides of everything were seen to be closed."""
        return all(one.closed() for one in self._to_close) and all(one.closed() for one in self._closables)

    def _obey(self, commands: list[Command]) -> None:
        for command in commands:
            match command:
                case LetThrough():
                    self._open = True
                    self._empty_since_s = self._clock.boottime_s()
                case WakeWhenLeft(left):
                    self._wake_when_left = left
                case Warn(left, idle):
                    self._warn(left, idle=idle)
                case HoldExpiry(length):
                    self._hold(length)
                case ReleaseExpiry():
                    self._end_at(*self._expiry)
                    self._held(
                        f"the step is done, and this session ends at {self._end_text()}.", "expiry_released"
                    )
                case HoldInput(hold):
                    self._hold_input(hold)
                case LetInputGo():
                    self._let_input_go()
                case CloseSides():
                    self._open = False
                    self.ending.set()
                    asyncio.get_running_loop().call_soon(self.cut)
                case _:
                    pass  # opening, sealing and the ledger are the supervisor's

    def _hold(self, length: timedelta) -> None:
        # Each clock keeps its own end, so that neither, set back or suspended, gives more than the step asked.
        wall, boot_s = self._clock.now() + length, self._clock.boottime_s() + length.total_seconds()
        self._end_at(
            min(max(self.deadline, wall), self._latest), min(max(self._deadline_s, boot_s), self._latest_s)
        )
        self._held(
            f"for a step that must not be interrupted, this session ends at {self._end_text()}, no sooner.",
            "expiry_held",
        )

    def _held(self, text: str, word: str) -> None:
        self.note(Kind.MARK, 0, mark(word, until=instant_text(self.deadline)))
        self.tell(f"penstock: {text}")
        self._changed()

    def _end_text(self) -> str:
        return f"{self.deadline.astimezone(ZoneInfo(self.permit.time_zone)):%H:%M:%S %Z}"

    def _hold_input(self, hold: Hold) -> None:
        self._input_held = True
        self.note(Kind.MARK, 0, mark("input_held", hold=hold))
        self._tell_passages(lambda passage: passage.hold_input())
        if hold is Hold.LOCKED:
            self.lock_to_tell, self.locked_s = True, self._clock.boottime_s()
            self._changed()
        self.tell(f"penstock: {hold_sentence(hold)}")
        if hold is Hold.LOCKED:
            self._tell_passages(self._ask)

    def _ask(self, passage: Passage) -> None:
        if isinstance(passage, Asks):
            passage.ask()

    def _let_input_go(self) -> None:
        self._input_held = False
        self.note(Kind.MARK, 0, mark("input_goes_on"))
        self.tell(f"penstock: {GOES_ON}")
        self._tell_passages(lambda passage: passage.let_input_go())

    def _tell_passages(self, tell: Callable[[Passage], None]) -> None:
        for channel in list(self._channels.values()):
            try:
                tell(channel.passage)
            except Exception:  # the gate itself holds; one passage that fails must not keep the others
                log.exception("passage_not_told", session=self.id)

    def _warn(self, left: timedelta, *, idle: bool) -> None:
        seconds = max(1, round(left.total_seconds()))
        minutes = round(seconds / 60)
        span = f"{minutes} minutes" if minutes > 1 else "1 minute" if seconds >= 55 else f"{seconds} seconds"
        if idle:
            what = "unlock it" if Hold.LOCKED in self.holds else "type something"
            text = f"nobody uses this session, so it ends in {span}. What to do: {what}, or finish."
        else:
            text = (
                f"this session ends in {span}, at {self._end_text()}. "
                "What to do: finish, or ask for a new permit."
            )
        self.note(Kind.MARK, 0, mark("warned", left_s=seconds))
        self.tell(f"penstock: {text}")

    def tell(self, text: str) -> None:
        """Show a line on every terminal of it."""
        for channel in list(self._channels.values()):
            try:
                channel.passage.say(text)
            except Exception:  # a terminal that can't be written to must not stop time for the others
                log.exception("warning_not_shown", session=self.id)
