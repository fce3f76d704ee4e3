"""The sessions of one gate: opens them in the right order, watches them, and ends every one of them.

Opening: recording, ledger leaf, and only then bytes. Ending: both sides closed and seen to be
closed, recording sealed, leaf. What may cross in between is ``LiveSession.cross``'s to say; what
happens to one session, in which order, is in ``broker.sessions.course``.
"""

import asyncio
import secrets
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Self

import structlog

from broker.clock import ClockGuard
from broker.conduits.seams import Passage
from broker.governor import Cause, Hold, RecordingOpened
from broker.sessions.course import CLOSED_WITHIN_S, Course, Hooks, Witness
from broker.sessions.hold_course import Asker, HoldCourse, NobodyToAsk
from broker.sessions.idle import Idle
from broker.sessions.live_session import LiveSession
from broker.sessions.reconcile import reconcile
from broker.sessions.rounds import SESSIONS_AT_ONCE, Rounds, in_turns
from broker.sessions.view import SessionView
from broker.watchdog.interlocks import Interlocks, Subject, end_cause, hold_causes, in_scope
from broker.watchdog.journal import Journal
from domain.access import AccessRequest, Allow, Grant, exceptions_of
from domain.canonical import Json
from domain.clock import Clock
from domain.errors import DecisionError, EvidenceError, TransitionError
from domain.events import ClockStepped, PassageOpened
from domain.ids import SessionId
from domain.ledger import Ledger
from domain.parties import Person
from domain.permit import Permit
from domain.plant import Asset
from policies.occupancy import Full, Occupied
from policies.session_bounds import Bounds, as_named
from recorder.format.frame import Kind
from recorder.format.payloads import channel_opened
from recorder.writer import Recorder, Recording

log = structlog.get_logger()

PULSE_S = 0.2
"""How often time is let take effect. The end itself does not depend on it: each chunk is measured."""

BEATS_EVERY_S = 1.0
"""How often the sessions whose heartbeat is due say it, together."""

DRAIN_EVERY_S = 2.0


def _room_for_all(_permit: Permit, _present: Iterable[Occupied]) -> None:
    """Where no charter says how many there may be."""


class Supervisor:
    """All live sessions of a gate, in one TaskGroup: ``async with Supervisor(…)``.

    Entering it first seals and reports what a crash left open. Leaving it drains: every session ends
    with cause ``shutdown`` and its recording is sealed.
    """

    def __init__(
        self,
        recorder: Recorder,
        ledger: Ledger,
        clock: Clock,
        journal: Journal,
        hooks: Hooks | None = None,
        *,
        bounds: Callable[[Permit], Bounds] = as_named,
        room: Callable[[Permit, Iterable[Occupied]], Full | None] = _room_for_all,
    ) -> None:
        self._room = room
        self._opening: dict[SessionId, Occupied] = {}
        self._recorder = recorder
        self._recorder_in_use = asyncio.Lock()
        self._recorder_fault: str | None = None
        self._clock = clock
        self._witness = Witness(ledger, journal, clock)
        self._hooks = hooks or Hooks()
        self._beats = Rounds(BEATS_EVERY_S)
        self._guard = ClockGuard(clock.now(), clock.boottime_s())
        self._settled = False
        self._interlocks = Interlocks()
        self._attended: frozenset[str] = frozenset()
        self._bounds = bounds
        self._holds = HoldCourse(self._witness, NobodyToAsk(), self._weigh)
        self._sessions: dict[SessionId, LiveSession] = {}
        self._group = asyncio.TaskGroup()
        self._watching: list[asyncio.Task[None]] = []
        self._closing = asyncio.Event()
        self.changed: list[Callable[[], None]] = []
        """Called, in the loop, whenever what ``sessions`` returns has changed."""

    async def __aenter__(self) -> Self:
        await reconcile(self._recorder, self._witness, self._clock)
        await self._group.__aenter__()
        ever = (self._pulse(), self._beats.run(), self._drain())
        self._watching = [self._group.create_task(one) for one in ever]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Drain before the group hears of a cancellation, so that a SIGTERM leaves sealed recordings.
        try:
            await self.close()
        finally:
            for task in self._watching:
                task.cancel()
            await self._group.__aexit__(kind, error, trace)

    # -- what the door asks -----------------------------------------------------------------------

    async def open(
        self,
        allow: Allow,
        permit: Permit,
        approvals: tuple[str, ...],
        *,
        person: Person,
        asset: Asset,
        source: str,
        came: AccessRequest | None = None,
    ) -> LiveSession:
        """A session through which bytes may cross. Its recording is open and its leaf is kept.

        EvidenceError when either can't be, TransitionError when it had to end before it began (an
        isolation, a shutdown, a window that closed meanwhile), DecisionError where there is no room for one more. Nothing
        stays open in any case.
        """
        if self._closing.is_set():
            raise TransitionError("The gate is shutting down.", remedy="Connect again in a minute.")
        if (permit.id, permit.person, permit.asset) != (allow.permit, person.id, asset.id):
            raise TransitionError(
                "The decision, the permit, the person and the asset do not belong together."
            )
        number, deadline = new_session_id(), min(allow.until, permit.window.end)
        # Counted and entered in one step: of two who were both let in by a decision, one has the last place.
        if full := self._room(permit, self.occupied()):
            raise DecisionError(full.sentence, code=full.code, remedy=full.remedy)
        self._opening[number] = Occupied(permit, deadline)
        try:
            recording, gone = await self._recorded(number, _about(permit, approvals, asset, source))
        finally:
            del self._opening[number]
        # Looked at last of all, with no await before the session reckons its end on both clocks: set back
        # since the decision, the wall clock would give it more time than the permit does.
        steady = self._clock_settled()
        session = LiveSession(
            number,
            permit,
            asset,
            source,
            deadline,
            self._clock,
            recording,
            self._tell_changed,
            latest=max(deadline, allow.latest or deadline),
            idle=Idle(allow.lock_idle_after, allow.end_idle_after),
        )
        session.charter = allow.charter.hex()
        loop = asyncio.get_running_loop()

        def failed(_reason: str) -> None:  # comes from the thread that syncs
            loop.call_soon_threadsafe(session.must_end, Cause.RECORDER_FAILED)

        recording.failed = failed
        session.came = came
        session.receive(RecordingOpened())
        self._sessions[number] = session
        if cause := self._barred(session, steady=steady, gone=gone is not None):
            session.must_end(cause)
        held = self._hold(session)
        opened: asyncio.Future[None] = loop.create_future()
        self._group.create_task(
            self._see_through(session, approvals, exceptions_of(allow.reasons), opened),
            name=f"session {number}",
        )
        if gone is not None:
            raise gone
        try:
            await asyncio.shield(opened)
        except asyncio.CancelledError:
            session.must_end(Cause.CLIENT_GONE)
            raise
        for hold in held:
            self._begin(session, hold)
        return session

    async def admit_channel(self, session: LiveSession, passage: Passage, grant: Grant, detail: str) -> int:
        """Join ``passage``, record it and have its leaf kept; its channel number.

        EvidenceError, and the channel is out again, when the ledger can't keep it. TransitionError
        when the session is over.
        """
        number = session.join(passage, grant)
        event = PassageOpened(
            at=self._clock.now(), session=session.id, channel=number, passage=str(grant), detail=detail
        )
        try:
            session.note(Kind.CHANNEL_OPENED, number, channel_opened(str(grant), command=detail))
            await self._witness.ledger.append(event)
        except BaseException:
            session.leave(number)
            raise
        if session.over:
            raise TransitionError("This session ended meanwhile.", remedy="Ask for admission again.")
        return number

    # -- what the console, the kill switch and the composition root ask ---------------------------

    def occupied(self) -> tuple[Occupied, ...]:
        """The places that are taken: by every session that has not ended, and by those that are being opened."""
        open_ = (Occupied(one.permit, one.deadline) for one in self._sessions.values())
        return (*open_, *self._opening.values())

    def sessions(self) -> tuple[SessionView, ...]:
        """Every session that has not ended, oldest first."""
        return tuple(session.view() for session in self._sessions.values())

    def live(self) -> tuple[LiveSession, ...]:
        """The sessions themselves."""
        return tuple(self._sessions.values())

    def numbers(self) -> tuple[SessionId, ...]:
        """Their ids alone."""
        return tuple(self._sessions)

    def session(self, number: SessionId) -> LiveSession | None:
        """The session of that id, while it has not ended."""
        return self._sessions.get(number)

    def cut(self, scope: str, cause: Cause) -> tuple[SessionId, ...]:
        """End what is in ``scope`` and close its sides in this very call; the sessions concerned.

        ``scope``: ``all``, or ``site:``, ``zone:``, ``vendor:``, ``asset:``, ``person:``,
        ``session:``, ``permit:`` and an id. Not for a passage's own callbacks: those use ``must_end``.
        """
        meant = [one for one in self._sessions.values() if in_scope(scope, self._subject(one))]
        for session in meant:
            session.must_end(cause)
            session.cut()
        return tuple(session.id for session in meant)

    async def end(self, scope: str, cause: str) -> tuple[SessionId, ...]:
        """``cut``, and wait until each is seen closed, sealed and reported, or its time for that is up."""
        ending = [self._sessions[one] for one in self.cut(scope, Cause(cause))]
        with suppress(TimeoutError):
            async with asyncio.timeout(2 * CLOSED_WITHIN_S):
                for session in ending:
                    await session.ended.wait()
        return tuple(session.id for session in ending)

    def enforce(self, interlocks: Interlocks) -> None:
        """Hold every session to ``interlocks``, now and until told others; sides are closed on return."""
        self._interlocks = interlocks
        for session in list(self._sessions.values()):
            self._weigh(session)

    def attend(self, scopes: frozenset[str]) -> None:
        """Before whose eyes the sessions are now; what needs an attendant and has none is held on return."""
        if scopes != self._attended:
            self._attended = scopes
            for session in list(self._sessions.values()):
                self._weigh(session)

    def ask_through(self, asker: Asker) -> None:
        """Whoever decides is asked by this way when a session's zone changes its state."""
        self._holds = HoldCourse(self._witness, asker, self._weigh)

    def permit_changed(self) -> None:
        """Somebody may have answered."""
        self._holds.changed()

    def faults(self) -> tuple[str, ...]:
        """What this gate can't do now, in the words of ``policies.facts``: ``clock``, ``recorder``."""
        clock = () if self._clock_settled() else ("clock",)
        if not self._recorder_in_use.locked():  # whoever is opening one checks by that
            self._recorder_fault = self._recorder.check()
        recorder = () if self._recorder_fault is None else ("recorder",)
        return clock + recorder

    async def close(self) -> None:
        """End every session with cause ``shutdown`` and wait until each is sealed and reported."""
        self._closing.set()
        self._holds.changed()
        ending = list(self._sessions.values())
        self.cut("all", Cause.SHUTDOWN)
        for session in ending:
            await session.ended.wait()
        await self._witness.drain()

    # -- within -----------------------------------------------------------------------------------

    def _barred(self, session: LiveSession, *, steady: bool, gone: bool) -> Cause | None:
        """Why a session that is being opened must not be."""
        if gone:
            return Cause.CLIENT_GONE
        if not steady:
            return Cause.NEVER_OPENED
        if cause := end_cause(self._interlocks, self._subject(session)):
            return Cause(cause)
        return Cause.SHUTDOWN if self._closing.is_set() else None

    def _weigh(self, session: LiveSession) -> None:
        """Hold ``session`` to what is in force now: it ends, or is held, or goes on."""
        if cause := end_cause(self._interlocks, self._subject(session)):
            session.must_end(Cause(cause))
            session.cut()
            return
        for hold in self._hold(session):
            self._begin(session, hold)
        for hold in session.holds - self._wanted(session) - {Hold.LOCKED}:  # which its person alone lifts
            state = self._interlocks.states.get(session.asset.zone)

            def still(hold: Hold = hold) -> bool:
                return hold in session.holds and hold not in self._wanted(session)

            self._group.create_task(self._holds.lift(session, hold, state, still))

    def _hold(self, session: LiveSession) -> frozenset[Hold]:
        """Put every hold in force that is not yet; those."""
        fresh = self._wanted(session) - session.holds if session.governor.cause is None else frozenset()
        for hold in fresh:
            at_most = self._bounds(session.permit).ask_again_for if hold is Hold.STATE else None
            session.must_hold(hold, at_most)
        return fresh

    def _wanted(self, session: LiveSession) -> frozenset[Hold]:
        return frozenset(map(Hold, hold_causes(self._interlocks, self._subject(session), self._attended)))

    def _begin(self, session: LiveSession, hold: Hold) -> None:
        state = self._interlocks.states.get(session.asset.zone)
        self._group.create_task(self._holds.begin(session, hold, state))

    def _subject(self, session: LiveSession) -> Subject:
        permit, bounds = session.permit, self._bounds(session.permit)
        agreed = {
            state for state, one in session.agreed.items() if one.permit not in self._interlocks.revoked
        }
        return Subject(
            session=session.id,
            permit=permit.id,
            person=permit.person,
            vendor=permit.vendor,
            asset=session.asset.id,
            zone=session.asset.zone,
            site=permit.site,
            states=permit.states | agreed,
            open_in=bounds.open_in,
            attended_in=bounds.attended_in,
            products=bounds.products,
            tools=frozenset(map(str, permit.tools)),
        )

    async def _recorded(
        self, number: SessionId, about: Mapping[str, Json]
    ) -> tuple[Recording, asyncio.CancelledError | None]:
        """A new recording, and whether the caller was cancelled meanwhile."""
        # In a thread, for it waits for the disk and every other session's keystrokes would wait too;
        # one at a time, for the recorder tries the folder with a file of one name.
        async with self._recorder_in_use:
            loop = asyncio.get_running_loop()
            opening = loop.run_in_executor(None, self._recorder.open, number, about)
            try:
                return await asyncio.shield(opening), None
            except asyncio.CancelledError as gone:
                try:
                    # A thread can't be called back, and what it opened must be sealed.
                    return await opening, gone
                except EvidenceError:
                    raise gone from None

    async def _see_through(
        self,
        session: LiveSession,
        approvals: tuple[str, ...],
        exceptions: tuple[str, ...],
        opened: "asyncio.Future[None]",
    ) -> None:
        self._tell_changed()
        try:
            course = Course(session, approvals, self._witness, self._hooks, self._beats, exceptions)
            await course.run(opened)
        finally:
            session.ended.set()
            self._sessions.pop(session.id, None)
            self._tell_changed()

    def _tell_changed(self) -> None:
        for tell in self.changed:
            tell()

    async def _pulse(self) -> None:
        while True:
            async for number in in_turns(self.numbers(), SESSIONS_AT_ONCE):
                session = self._sessions.get(number)  # None once it has ended between two turns
                if session is not None:
                    session.tick()
                    self._keep_lock(session)
            self._clock_settled()
            await asyncio.sleep(PULSE_S)

    def _keep_lock(self, session: LiveSession) -> None:
        if session.lock_to_tell:
            session.lock_to_tell = False
            self._begin(session, Hold.LOCKED)

    def _clock_settled(self) -> bool:
        """Whether the wall clock may be relied on at this very instant; a step is told, once."""
        stepped_s = self._guard.observe(self._clock.now(), self._clock.boottime_s())
        if stepped_s is not None:
            # Told beside it: a ledger that does not answer must not hold time up.
            log.critical("clock_stepped", seconds=round(stepped_s))
            event = ClockStepped(at=self._clock.now(), seconds=round(stepped_s))
            self._group.create_task(self._witness.keep(event))
            self._hooks.clock(stepped_s)
        settled = self._guard.settled(self._clock.boottime_s())
        if settled and not self._settled:
            self._hooks.clock(None)
        self._settled = settled
        return settled

    async def _drain(self) -> None:
        while True:
            await self._witness.drain()
            await asyncio.sleep(DRAIN_EVERY_S)


def new_session_id() -> SessionId:
    """A fresh id: 130 random bits in lower-case base 32."""
    alphabet = "abcdefghijklmnopqrstuvwxyz234567"
    return SessionId("".join(secrets.choice(alphabet) for _ in range(26)))


def _about(permit: Permit, approvals: tuple[str, ...], asset: Asset, source: str) -> Mapping[str, Json]:
    return {
        "permit": permit.id,
        "digest": permit.digest().hex(),
        "person": permit.person,
        "vendor": permit.vendor,
        "asset": asset.id,
        "zone": asset.zone,
        "source": source,
        "approvals": list(approvals),
    }
