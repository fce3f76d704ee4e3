"""At start: find what a crash left open, close it as far as it verifies, and have the ledger told."""

from collections.abc import Iterable, Mapping

import structlog

from broker.sessions.course import Witness
from domain.canonical import Json
from domain.clock import Clock
from domain.errors import EvidenceError
from domain.events import SessionInterrupted
from domain.ids import SessionId
from recorder.format.reader import Reader
from recorder.writer import Recorder

log = structlog.get_logger()


async def reconcile(
    recorder: Recorder, witness: Witness, clock: Clock, told: Iterable[Mapping[str, Json]] = ()
) -> tuple[SessionId, ...]:
    """Seal every recording that is not sealed and report its session as interrupted; their ids.

    ``told`` are the ledger's last events, oldest first, not read before the journal is drained; with them, a session
    is also found whose recording was sealed just before the crash and whose end was never told. Run it before the gate
    opens its door. May itself be interrupted and repeated. A recording that can't be sealed is left
    for the next start, loudly.
    """
    found: list[SessionId] = []
    for session in recorder.interrupted():
        try:
            salvaged = recorder.salvage(session)
        except EvidenceError as error:
            log.critical("recording_not_salvaged", session=session, fact=error.fact)
            continue
        found.append(session)
        await witness.keep(
            SessionInterrupted(
                at=clock.now(),
                session=session,
                frames=salvaged.frames,
                head=salvaged.head.hex(),
                recording_sha256=salvaged.sha256.hex(),
                sentence=salvaged.sentence,
            )
        )
    if await witness.drain():
        left = set(recorder.interrupted())
        for session in sorted(unended(told) - set(found) - left):
            found.append(session)
            await witness.keep(_sealed_but_untold(recorder, session, clock))
    for session in found:
        log.critical("session_interrupted", session=session)
    return tuple(found)


def unended(told: Iterable[Mapping[str, Json]]) -> set[SessionId]:
    """The sessions of which these events tell that they were under way, but no end."""
    begun: set[SessionId] = set()
    ended: set[SessionId] = set()
    for event in told:
        match event:
            case {"event": "SessionOpened" | "SessionHeartbeat", "session": str(session)}:
                begun.add(SessionId(session))
            case {"event": "SessionEnded" | "SessionInterrupted", "session": str(session)}:
                ended.add(SessionId(session))
            case _:
                pass
    return begun - ended


def _sealed_but_untold(recorder: Recorder, session: SessionId, clock: Clock) -> SessionInterrupted:
    try:
        with recorder.store.source(session) as source:
            reader = Reader(source)
            for _ in reader.frames():
                pass
        frames, head, sha256 = reader.frames_read, reader.head.hex(), reader.sha256.hex()
        sentence = f"Session {session}: its recording is sealed; its end had not been told."
    except EvidenceError as error:
        frames, head, sha256 = 0, "", ""
        sentence = f"Session {session}: it was opened, and its recording can't be read now. {error.fact}"
    return SessionInterrupted(
        at=clock.now(),
        session=session,
        frames=frames,
        head=head,
        recording_sha256=sha256,
        sentence=sentence,
    )
