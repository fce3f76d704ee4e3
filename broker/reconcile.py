"""At start: find what a crash left open, close it as far as it verifies, and have the ledger told."""

import structlog

from broker.course import Witness
from domain.clock import Clock
from domain.errors import EvidenceError
from domain.events import SessionInterrupted
from domain.ids import SessionId
from recorder.writer import Recorder

log = structlog.get_logger()


async def reconcile(recorder: Recorder, witness: Witness, clock: Clock) -> tuple[SessionId, ...]:
    """Seal every recording that is not sealed and report its session as interrupted; their ids.

    Run it before the gate opens its door. May itself be interrupted and repeated. A recording that
    can't be sealed is left for the next start, loudly.
    """
    found: list[SessionId] = []
    for session in recorder.interrupted():
        try:
            salvaged = recorder.salvage(session)
        except EvidenceError as error:
            log.critical("recording_not_salvaged", session=session, fact=error.fact)
            continue
        log.critical("session_interrupted", session=session, frames=salvaged.frames)
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
        found.append(session)
    return tuple(found)
