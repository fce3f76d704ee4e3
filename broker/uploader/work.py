"""The uploader's work, one step at a time: what it does next is ``recorder.uploading``'s word, and this does it.

It reads what is sealed and touches nothing of it; its own knowledge is in ``stored/``, written after each
step. Nothing is lost whenever it dies: what has no receipt is copied, and a copy that was finished
without one is found in the store.
"""

import contextlib
import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol, assert_never

import structlog

from broker.evidence.listing import Listing
from broker.uploader.ledger_copy import LedgerCopy
from domain.canonical import canonical
from domain.clock import Clock
from domain.errors import EvidenceError
from domain.events import Event, EvidenceStored, RecordingAltered, StoreProven
from domain.ids import SessionId, is_token
from recorder import uploading
from recorder.custody import item_of
from recorder.ledger.reader import LogReader
from recorder.stores.lock_proof import Lockable, prove_lock
from recorder.stores.receipts import RECEIPT, Receipts, manifest_name, receipt_document, recording_name
from recorder.stores.second import SecondStore, StoreError, Trouble
from recorder.uploading import (
    IDLE,
    OWN,
    Begin,
    Complete,
    Copying,
    Lock,
    Look,
    Put,
    ReadBack,
    Receipt,
    Send,
    Status,
    pause_s,
)

log = structlog.get_logger()

IDLE_S = 1.0
LOOK_EVERY_S = 1.0
CHUNK_BYTES = 1024 * 1024
PROVE_EVERY = timedelta(days=1)
CLAIMED_WITHIN = timedelta(minutes=1)
"""How soon after a recording was sealed the ledger has its hash. After that it is copied without waiting for it."""


class Provable(SecondStore, Lockable, Protocol):
    """A store whose lock can be tried."""


class Uploader:
    """Of one node. ``once`` blocks for one step: one request, or reading one recording back."""

    def __init__(
        self,
        *,
        recordings: Path,
        ledger: LogReader,
        receipts: Receipts,
        store: Provable,
        ledger_copy: LedgerCopy,
        keep_for: timedelta,
        part_bytes: int,
        clock: Clock,
        keep: Callable[[Event], None],
        say: Callable[[Status], None],
        chance: Callable[[], float],
    ) -> None:
        self._recordings = recordings
        self._ledger = ledger
        self._receipts = receipts
        self._store = store
        self._ledger_copy = ledger_copy
        self._keep_for = keep_for
        self._part_bytes = part_bytes
        self._clock = clock
        self._keep = keep
        self._say_to = say
        self._chance = chance
        self._status = Status(clock.now(), store.name, IDLE)
        self._proven_at: datetime | None = None
        self._tidy = False
        self._ledgers_turn = False
        self._seen: list[str] = []
        self._names, self._stored = Listing(recordings), Listing(receipts.folder)
        self._looked_s = -LOOK_EVERY_S
        self._failures: dict[str, int] = {}
        self._not_before: dict[str, float] = {}
        self.under_way: SessionId | None = None
        """Whose copy has begun and is not done."""

    def once(self) -> float:
        """Do what comes next; after how many seconds to call again."""
        waits_s = self._not_before.get("", 0.0) - self._clock.boottime_s()
        if waits_s > 0:
            return waits_s
        try:
            return self._next()
        except EvidenceError as error:  # the store's trouble, or the ledger's: both keep everything waiting
            return self._fail("", error)
        except OSError as error:
            return self._fail("", EvidenceError(f"{error.filename or 'The disk'}: {error.strerror}."))

    def _next(self) -> float:
        if not self._tidy or self._unproven():
            self._prepare()
        names = self._waiting()
        now_s = self._clock.boottime_s()
        name = uploading.retried(self._not_before, tuple(names), now_s)
        self._ledgers_turn = not self._ledgers_turn  # neither waits for ever while the other has much to do
        if name is not None and not (self._ledgers_turn and self._ledger_copy.due(self._clock.now())):
            self._step(SessionId(name))
            self._failures.pop("", None)
            return 0.0
        if self._ledger_copy.due(self._clock.now()):
            self._doing("ledger", "ledger")
            self._ledger_copy.step(self._clock.now())
            return 0.0
        self._doing(IDLE, "")
        return IDLE_S

    # -- before anything ----------------------------------------------------------------------------------

    def _unproven(self) -> bool:
        now = self._clock.now()
        return bool(self._keep_for) and (self._proven_at is None or now - self._proven_at >= PROVE_EVERY)

    def _prepare(self) -> None:
        self._doing("proving", "")
        self._receipts.forget(lambda session: (self._recordings / f"{session}.pnr").exists())
        known = self._receipts.uploads()
        for name, upload in self._store.unfinished():
            if upload not in known:  # a process that died between its begin and its note
                self._store.abort(name, upload)
        self._tidy = True
        if not self._unproven():
            return
        proof = prove_lock(self._store, self._clock.now())
        self._keep(
            StoreProven(
                at=self._clock.now(), store=self._store.name, held=proof.held, code=proof.code, by="uploader"
            )
        )
        self._status = replace(self._status, proof=proof.code)
        if not proof.held:
            log.critical("store_lock_broken", target=self._store.name, code=proof.code, fact=proof.facts[-1])
            raise StoreError(Trouble.UNLOCKED, f"{self._store.name} enforces no lock: {proof.facts[-1]}")
        self._proven_at = self._clock.now()

    # -- one copy -----------------------------------------------------------------------------------------

    def _waiting(self) -> list[str]:
        """Sealed recordings without a receipt: the one that is under way, then the oldest first."""
        now_s = self._clock.boottime_s()
        if not self._seen or now_s - self._looked_s >= LOOK_EVERY_S:
            self._seen, self._looked_s = self._look_for_them(), now_s
        return self._seen

    def _look_for_them(self) -> list[str]:
        now_ns = int(self._clock.now().timestamp() * 1_000_000_000)
        have = self._stored.names(now_ns)
        found: list[tuple[bool, int, str]] = []
        for name in self._names.names(now_ns):
            session, _, ending = name.partition(".")
            if (
                ending == "pnr"
                and is_token(session)
                and f"{session}{RECEIPT}" not in have
                and session not in self._status.altered
            ):
                with contextlib.suppress(FileNotFoundError):  # a policy took it away, by two persons' word
                    at = (self._recordings / name).stat().st_mtime_ns
                    found.append((session != self.under_way, at, session))
        return [session for _, _, session in sorted(found)]

    def _step(self, session: SessionId) -> None:
        self.under_way = session
        try:
            one = self._receipts.copying(session) or self._begin(session)
            if one is None:
                self._leave(session)
            else:
                self._perform(session, one)
                self._failures.pop(session, None)
        except StoreError as error:
            if error.trouble not in OWN:
                raise
            known = self._receipts.copying(session)
            if known is not None:
                self._receipts.note(session, uploading.failed(known, error.trouble))
            self._fail(session, error)

    def _begin(self, session: SessionId) -> Copying | None:
        """What is to be copied; None when it must not be, or not yet."""
        path = self._recordings / f"{session}.pnr"
        self._doing("looking", session)
        sealed, found = item_of(self._ledger, session), _sha256(path)
        if sealed and sealed != found:
            log.critical("recording_altered", session=session)
            self._keep(
                RecordingAltered(
                    at=self._clock.now(), session=session, sealed_sha256=sealed, found_sha256=found
                )
            )
            self._status = replace(self._status, altered=(*self._status.altered, session))
            self._say_to(self._status)
            return None
        age_s = self._clock.now().timestamp() - path.stat().st_mtime
        if not sealed and 0 <= age_s < CLAIMED_WITHIN.total_seconds():
            self._not_before[session] = self._clock.boottime_s() + IDLE_S
            return None
        return uploading.copying(recording_name(session), path.stat().st_size, found, self._part_bytes)

    def _perform(self, session: SessionId, one: Copying) -> None:
        step = uploading.next_step(one, lock=bool(self._keep_for))
        self._doing(uploading.said(step), session)
        match step:
            case Look():
                one = uploading.found(one, self._store.look(one.name))
            case Put():
                data = self._bytes(session, 0, one.size)
                one = uploading.kept(one, self._store.put(one.name, data, one.sha256, self._until()))
            case Begin():
                one = uploading.begun(one, self._store.begin(one.name, one.sha256, self._until()))
            case Send(number, start, stop):
                data = self._bytes(session, start, stop)
                one = uploading.sent(one, self._store.send(one.name, one.upload, number, data))
            case Complete():
                one = uploading.kept(one, self._store.complete(one.name, one.upload, one.tags))
            case Lock():
                self._store.lock(one.name, one.version, self._clock.now() + self._keep_for)
                one = uploading.locked(one)
            case ReadBack():
                self._read_back(session, one)
                return
            case _:
                assert_never(step)
        self._receipts.note(session, one)
        self._status = self._status.well()

    def _read_back(self, session: SessionId, one: Copying) -> None:
        digest = hashlib.sha256()
        for chunk in self._store.read(one.name, one.version):
            digest.update(chunk)
        if not uploading.done(one, digest.hexdigest()):
            raise StoreError(Trouble.DIFFERS, f"{self._store.name} gave back other bytes for {one.name}.")
        now = self._clock.now()
        until = self._store.lock(one.name, one.version, now) if self._keep_for else None
        receipt = Receipt(one.name, self._store.name, one.version, one.size, one.sha256, now, until)
        manifest = canonical(receipt_document(receipt)) + b"\n"
        name = manifest_name(session)
        version = self._store.put(name, manifest, hashlib.sha256(manifest).hexdigest(), until)
        if until is not None:
            self._store.lock(name, version, until)
        self._keep(
            EvidenceStored(
                at=now,
                session=session,
                store=receipt.store,
                version=receipt.version,
                size=receipt.size,
                sha256=receipt.sha256,
                locked_until=until,
            )
        )
        self._receipts.keep(session, receipt)
        self._status = replace(self._status.well(), verified_at=now)
        self._leave(session)
        log.info("evidence_stored", session=session, version=one.version)

    # -- within -------------------------------------------------------------------------------------------

    def _leave(self, session: SessionId) -> None:
        self.under_way = None
        self._seen = [one for one in self._seen if one != session]

    def _until(self) -> datetime | None:
        return self._clock.now() + self._keep_for if self._keep_for else None

    def _bytes(self, session: SessionId, start: int, stop: int) -> bytes:
        with (self._recordings / f"{session}.pnr").open("rb") as file:
            file.seek(start)
            data = file.read(stop - start)
        if len(data) != stop - start:
            raise EvidenceError(f"Recording {session} is shorter than it was.")
        return data

    def _doing(self, doing: str, name: str) -> None:
        if (
            doing != IDLE or self._status.doing != IDLE
        ):  # each exchange anew: how long one takes is what shows
            self._status = replace(self._status, at=self._clock.now(), doing=doing, name=name)
            self._say_to(self._status)

    def _fail(self, name: str, error: EvidenceError) -> float:
        failures = self._failures[name] = self._failures.get(name, 0) + 1
        pause = pause_s(failures, self._chance())
        self._not_before[name] = self._clock.boottime_s() + pause
        code = error.trouble.value if isinstance(error, StoreError) else "evidence_unreadable"
        now = self._clock.now()
        self._status = replace(
            self._status,
            at=now,
            code=code,
            fact=error.fact,
            remedy=error.remedy,
            failing_since=self._status.failing_since or now,
        )
        self._say_to(self._status)
        log.warning("not_stored", code=code, fact=error.fact, seconds=round(pause, 1))
        return pause


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
