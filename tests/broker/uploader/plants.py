"""A node's folder as the uploader finds it: sealed recordings, a real ledger that has their hashes, and a real store."""

import hashlib
import os
import secrets
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from broker.clock import SystemClock
from broker.evidence.uploader_status import read_status, write_status
from broker.uploader.ledger_copy import LedgerCopy
from broker.uploader.work import Uploader
from domain.clock import Clock
from domain.events import Event, SessionEnded, document
from domain.ids import PermitId, SessionId
from recorder.ledger.leaf import submission
from recorder.ledger.log import Log
from recorder.ledger.reader import LogReader
from recorder.stores.receipts import Receipts, recording_name
from recorder.stores.s3 import Place, S3Store
from recorder.uploading import LEAST_PART_BYTES
from tests.ceph import ACCESS, SECRET, Ceph
from tests.clock import FrozenClock
from tests.recorder.ledger.logs import SIGNER, memory_of

DAY = timedelta(days=1)


class Plant:
    """Its folders, and an uploader that can be made anew at any moment."""

    def __init__(
        self, folder: Path, place: Place, *, clock: Clock | None = None, keep_for: timedelta = DAY
    ) -> None:
        self.folder = folder
        self.recordings, self.ledger, self.stored = (
            folder / name for name in ("recordings", "ledger", "stored")
        )
        self.recordings.mkdir(exist_ok=True)
        self.place = place
        self.clock = clock or FrozenClock(wall=datetime.now(UTC).replace(microsecond=0))
        self.keep_for = keep_for
        memory = memory_of(self.ledger)
        self.log = (
            Log.open(self.ledger, SIGNER, memory=memory)
            if memory.exists()
            else Log.create(self.ledger, SIGNER, memory=memory)
        )
        self.receipts = Receipts(self.stored)
        self.failing: Callable[[Event], None] = lambda _event: None

    def append(self, event: Event) -> None:
        """As the signer would."""
        self.failing(event)
        self.log.append([submission(secrets.token_hex(8), document(event))])

    def seal(self, size: int = 1000, *, claimed: bool = True) -> SessionId:
        """A recording, and its leaf."""
        session = SessionId("".join(secrets.choice("abcdefghjkmnpqrs") for _ in range(26)))
        path = self.recordings / f"{session}.pnr"
        part = path.with_suffix(".part")
        part.write_bytes(os.urandom(size))
        os.utime(part, (self.clock.now().timestamp(),) * 2)
        part.rename(path)
        if claimed:
            self.append(self.ended(session))
        return session

    def ended(self, session: SessionId) -> SessionEnded:
        """What the gate says when it has sealed one."""
        return SessionEnded(
            at=self.clock.now(), session=session, permit=PermitId("p" * 26), cause="finished", frames=1,
            bytes_to_asset=0, bytes_to_vendor=0, head="00" * 32, recording_sha256=self.sha(session),
            verified=True, remote_job="no",
        )  # fmt: skip

    def sha(self, session: SessionId) -> str:
        """Of a recording as it lies here."""
        return hashlib.sha256((self.recordings / f"{session}.pnr").read_bytes()).hexdigest()

    def store(self) -> S3Store:
        """A fresh client."""
        return S3Store(self.place, ACCESS, SECRET)

    def uploader(self) -> Uploader:
        """A fresh one, as after a start."""
        store, log = self.store(), LogReader(self.ledger)
        return Uploader(
            recordings=self.recordings,
            ledger=log,
            receipts=self.receipts,
            store=store,
            ledger_copy=LedgerCopy(log, store, self.stored, timedelta(minutes=10), self.keep_for),
            keep_for=self.keep_for,
            part_bytes=LEAST_PART_BYTES,
            clock=self.clock,
            keep=self.append,
            say=lambda status: write_status(self.stored, status),
            chance=lambda: 0.0,
        )

    def work(self, uploader: Uploader, done: Callable[[], bool], most: int = 400) -> None:
        """Step until ``done``; where it would wait, time passes."""
        for _ in range(most):
            if done():
                return
            self.rest(uploader.once())
        raise AssertionError(f"not done after {most} steps: {read_status(self.stored)}")

    def rest(self, seconds: float) -> None:
        """Let it pass."""
        if isinstance(self.clock, FrozenClock):
            self.clock.advance(timedelta(seconds=seconds))

    def copied(self, *sessions: SessionId) -> bool:
        """Whether all have a receipt."""
        return set(sessions) <= self.receipts.sessions()

    def really_there(self, session: SessionId) -> bool:
        """Whether the version that the receipt names holds exactly what lies here, and can't be deleted."""
        receipt = self.receipts.receipt(session)
        assert receipt is not None
        store = self.store()
        data = b"".join(store.read(recording_name(session), receipt.version))
        held = store.held(recording_name(session), receipt.version)
        locked = not self.keep_for or (held is not None and held.locked_until is not None)
        return locked and hashlib.sha256(data).hexdigest() == receipt.sha256 == self.sha(session)

    def events(self, name: str) -> list[dict[str, Any]]:
        """Of a kind, from the ledger."""
        return [dict(one.event) for one in LogReader(self.ledger).events() if one.event.get("event") == name]


def plant_at(ceph: Ceph, folder: Path, endpoint: str = "", **more: Any) -> Plant:
    """A plant with a bucket of its own, its store behind ``endpoint`` if one is given."""
    return Plant(folder, ceph.place(ceph.bucket(), endpoint, read_s=2.0), **more)


if __name__ == "__main__":  # a process to be killed: argv says where everything is
    work = Plant(Path(sys.argv[1]), Place(sys.argv[2], sys.argv[3], "riverside/1/"), clock=SystemClock())
    sys.stdout.write("works\n")
    sys.stdout.flush()
    one = work.uploader()
    while True:
        one.once()
