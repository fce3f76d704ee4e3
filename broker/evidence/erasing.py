"""Destroying evidence, in the gate: what two persons signed is checked here again, done, and told of by a tombstone.

The leaf with both signatures, the reason and the term stands before anything is touched. Cut off in between,
the gate finishes at its next start: destroying twice is as good as once.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from broker.evidence.keeping_desk import KeepingDesk
from broker.evidence.keepings import AGREED, Ask
from domain.canonical import instant_of, text_in
from domain.clock import Clock
from domain.errors import DecisionError, PenstockError, ProofError
from domain.events import EvidenceErased, LedgerPruned
from domain.ids import SessionId
from domain.keeping import Deed
from domain.ledger import Ledger
from recorder.ledger.reader import LogReader
from recorder.stores.store import EvidenceStore

log = structlog.get_logger()

STORED = "EvidenceStored"
"""What the ledger is told by whoever copies recordings to a second store."""


Prune = Callable[[LedgerPruned, int], Awaitable[int]]
"""Asks the signer to prune, by the leaf in which the second person agreed; the index of the leaf that says so."""


Files = Callable[[SessionId, str], Awaitable[None]]
"""Destroys the files that came in a session, by what two persons signed, and tells of each."""


class Erasing:
    """One gate's."""

    def __init__(
        self,
        desk: KeepingDesk,
        store: EvidenceStore,
        ledger: Ledger,
        reader: LogReader,
        clock: Clock,
        prune: Prune,
        files: Files | None = None,
    ) -> None:
        self._files = files
        self._desk = desk
        self._store = store
        self._ledger = ledger
        self._reader = reader
        self._clock = clock
        self._prune = prune
        self._one_at_a_time = asyncio.Lock()

    async def erase(self, ask: str) -> None:
        """Destroy what this ask is about; DecisionError or ProofError says why not, EvidenceError what failed."""
        async with self._one_at_a_time:
            kept = await self._desk.kept()
            found = next((one for one in kept.unfinished() if one.digest == ask), None)
            if found is None:
                raise DecisionError("No two persons have signed this, or it is done.", code="no_such_ask")
            await self._erase(found)

    async def finish(self) -> None:
        """Do what was signed and not done when this node last stopped. What may not go by now stays, and is logged."""
        async with self._one_at_a_time:
            try:
                unfinished = (await self._desk.kept()).unfinished()
            except PenstockError as error:
                log.warning("evidence_not_erased", ask="", fact=error.fact)
                return
            for ask in unfinished:
                try:
                    await self._erase(ask)
                except (DecisionError, ProofError) as error:
                    log.warning("evidence_not_erased", ask=ask.digest, code=error.code, fact=error.fact)
                except PenstockError as error:
                    log.warning("evidence_not_erased", ask=ask.digest, fact=error.fact)

    async def _prune_ledger(self, ask: Ask) -> None:
        found = await self._desk.proceed_pruning(ask)
        agreed = await asyncio.to_thread(agreed_at, self._reader, ask.digest)
        assert ask.second is not None
        event = LedgerPruned(
            at=self._clock.now(),
            ask=ask.digest,
            first=ask.wish.by,
            second=ask.second.statement.by,
            term=ask.wish.term,
            below=found.below,
            kept=found.kept,
        )
        await self._prune(event, agreed)
        log.info("ledger_pruned", ask=ask.digest, index=found.below)

    async def _erase(self, ask: Ask) -> None:
        if ask.wish.deed is Deed.PRUNE:
            await self._prune_ledger(ask)
            return
        past = await self._desk.proceed(ask)
        session = SessionId(past.session)
        if self._files is not None:
            await self._files(session, ask.digest)
        removed = await asyncio.to_thread(destroy, self._store, session, ask.wish.deed)
        await self._ledger.append(
            EvidenceErased(
                at=self._clock.now(),
                ask=ask.digest,
                session=session,
                deed=str(ask.wish.deed),
                recording_sha256=past.recording_sha256,
                removed_bytes=removed,
                elsewhere=await asyncio.to_thread(elsewhere, self._reader, session),
            )
        )
        log.info("evidence_erased", session=session, deed=str(ask.wish.deed))


def destroy(store: EvidenceStore, session: SessionId, deed: Deed) -> int:
    """Destroy the recording's key, and the recording too where that was signed; bytes removed. Again is as good."""
    store.destroy_key(session)
    return store.remove(session) if deed is Deed.REMOVE else 0


def agreed_at(log: LogReader, ask: str) -> int:
    """The leaf in which the second person agreed."""
    for kept in log.find(event=AGREED):
        if text_in(kept.event, "ask") == ask:
            return kept.index
    raise DecisionError("No two persons have signed this, or it is done.", code="no_such_ask")


def elsewhere(log: LogReader, session: str) -> tuple[str, ...]:
    """Copies of the recording that a second store has, by the ledger, each with until when it is locked there."""
    found: dict[str, str] = {}
    for kept in log.find(event=STORED, session=session, newest_first=False, limit=1000):
        where = f"{text_in(kept.event, 'store')} version {text_in(kept.event, 'version')}"
        try:
            until = f"locked until {instant_of(text_in(kept.event, 'locked_until')):%Y-%m-%d %H:%M} UTC"
        except ValueError:
            until = "not locked"
        found[where] = f"{where}, {until}"
    return tuple(found.values())
