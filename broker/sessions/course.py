"""One session's course, from the recording that was opened to the leaf that says it ended."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from broker.governor import (
    Cause,
    EndingKept,
    MustEnd,
    OpeningKept,
    OpeningLost,
    RecordingSealed,
    SidesClosed,
    State,
)
from broker.sessions.live_session import LiveSession
from broker.sessions.rounds import Rounds
from broker.watchdog.journal import Journal
from domain.clock import Clock
from domain.errors import EvidenceError, TransitionError
from domain.events import Event, SessionEnded, SessionHeartbeat, SessionOpened
from domain.ids import PermitId
from domain.ledger import Ledger

log = structlog.get_logger()

HEARTBEAT_S = 10.0
"""At most, from one to the next."""

POLL_S = 0.02
GRACE_S = 0.2
"""How long a passage has to close by itself before the connections under it are aborted."""

CLOSED_WITHIN_S = 1.0


async def _nothing(_permit: PermitId) -> None:
    return


def _not_told(_stepped_s: float | None) -> None:
    return


@dataclass(frozen=True, slots=True)
class Hooks:
    """Who else wants to know. The database is told through these: its failure ends no session."""

    opened: Callable[[PermitId], Awaitable[None]] = _nothing
    """A session of the permit runs."""

    ended: Callable[[PermitId], Awaitable[None]] = _nothing
    """One has ended, for whatever cause."""

    clock: Callable[[float | None], None] = _not_told
    """The wall clock was stepped by so many seconds, and is relied on no more; with None, that it is again."""


class Witness:
    """Says things to the ledger, or to the journal while the ledger does not listen."""

    def __init__(self, ledger: Ledger, journal: Journal, clock: Clock) -> None:
        self.ledger = ledger
        self.clock = clock
        self._journal = journal
        self._draining = asyncio.Lock()

    async def keep(self, event: Event) -> None:
        """Have ``event`` kept; for what has happened already. Never raises EvidenceError."""
        try:
            await self.ledger.append(event)
        except EvidenceError:
            try:
                self._journal.add(event)
            except EvidenceError as error:
                log.critical("event_not_kept", fact=error.fact, lost=type(event).__name__)

    async def drain(self) -> bool:
        """Hand what the journal holds to the ledger, as far as that takes it; whether that was all."""
        async with self._draining:
            await self._journal.drain(self.ledger.append)
            return not self._journal.waiting()


class Course:
    """Runs one session whose recording is open. Obeys its governor; decides nothing."""

    def __init__(
        self,
        session: LiveSession,
        approvals: tuple[str, ...],
        witness: Witness,
        hooks: Hooks,
        beats: Rounds,
        exceptions: tuple[str, ...] = (),
    ) -> None:
        self._session = session
        self._beats = beats
        self._approvals = approvals
        self._exceptions = exceptions
        self._witness = witness
        self._hooks = hooks

    async def run(self, opened: "asyncio.Future[None]") -> None:
        """See the session through. ``opened`` hears whether it was let through, and if not, why not."""
        session = self._session
        try:
            async with asyncio.TaskGroup() as group:
                if await self._announce(opened):
                    beat = group.create_task(self._beat())
                    await self._tell(self._hooks.opened)
                    await session.ending.wait()
                    beat.cancel()
        except Exception:  # a fault in one session's course must not end the others'; it ends this one
            log.exception("session_course_failed", session=session.id)
        finally:
            await self._finish()
            if not opened.done():
                opened.set_exception(
                    TransitionError(
                        f"The session ended before it began: {session.governor.cause}.",
                        remedy="Connect again, or ask your contact at the plant.",
                    )
                )
                opened.exception()  # whoever asked may be gone; that is no error of the loop's

    async def _announce(self, opened: "asyncio.Future[None]") -> bool:
        session = self._session
        if session.governor.state is not State.ANNOUNCING:
            return False
        event = SessionOpened(
            at=session.opened_at,
            session=session.id,
            permit=session.permit.id,
            digest=session.permit.digest().hex(),
            person=session.permit.person,
            asset=session.asset.id,
            source=session.source,
            deadline=session.deadline,
            approvals=self._approvals,
            exceptions=self._exceptions,
            charter=session.charter,
        )
        try:
            await self._witness.ledger.append(event)
        except EvidenceError as error:
            session.receive(OpeningLost())
            if not opened.done():
                opened.set_exception(error)
                opened.exception()
            return False
        session.receive(OpeningKept())
        session.tick()
        if session.over:
            return False
        if not opened.done():
            opened.set_result(None)
        return True

    async def _beat(self) -> None:
        recording = self._session.recording
        while not self._session.over:
            await asyncio.sleep(HEARTBEAT_S - self._beats.every_s)
            await self._beats.next()
            frames, head = recording.durable
            try:
                await self._witness.ledger.append(
                    SessionHeartbeat(
                        at=self._witness.clock.now(),
                        session=self._session.id,
                        frames=frames,
                        head=head.hex(),
                    )
                )
            except EvidenceError as error:
                # Nothing takes effect by a heartbeat; a missing one is itself what an auditor sees.
                log.warning("heartbeat_not_kept", session=self._session.id, fact=error.fact)

    async def _finish(self) -> None:
        session, recording = self._session, self._session.recording
        session.receive(MustEnd(Cause.SHUTDOWN))  # unless it has a cause already
        verified = await self._see_closed()
        if session.governor.state is State.ENDING:
            session.receive(SidesClosed())
        cause = session.governor.cause or Cause.SHUTDOWN
        sha256 = ""
        try:
            sha256 = (await recording.seal(cause)).sha256.hex()
        except EvidenceError as error:
            log.critical("recording_not_sealed", session=session.id, fact=error.fact)
        session.receive(RecordingSealed())
        await self._witness.keep(
            SessionEnded(
                at=self._witness.clock.now(),
                session=session.id,
                permit=session.permit.id,
                cause=cause,
                frames=recording.frames,
                bytes_to_asset=recording.bytes_to_asset,
                bytes_to_vendor=recording.bytes_to_vendor,
                head=recording.head.hex(),
                recording_sha256=sha256,
                verified=verified,
                remote_job="may live on" if session.job_left_behind else "none",
            )
        )
        session.receive(EndingKept())
        session.ended.set()
        await self._tell(self._hooks.ended)

    async def _see_closed(self) -> bool:
        self._session.cut()
        await self._closed_within(GRACE_S)
        self._session.abort()
        if await self._closed_within(CLOSED_WITHIN_S - GRACE_S):
            return True
        log.critical("session_not_seen_closed", session=self._session.id, waited_s=CLOSED_WITHIN_S)
        return False

    async def _closed_within(self, seconds: float) -> bool:
        for _ in range(round(seconds / POLL_S)):
            if self._session.closed():
                return True
            await asyncio.sleep(POLL_S)
        return self._session.closed()

    async def _tell(self, hook: Callable[[PermitId], Awaitable[None]]) -> None:
        try:
            await hook(self._session.permit.id)
        except Exception:  # the database's trouble is not the session's
            log.exception("hook_failed", session=self._session.id)
