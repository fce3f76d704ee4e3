"""One file on its way to the disk: in order, in bounded memory, hashed and sealed as it comes, by a thread beside the loop.

It is kept in the form of a recording (``recorder/format/SPEC.md``): under a key of its own, wrapped by the node's,
so that destroying that key erases it, and a crash leaves what verifies. Nothing is on the disk before the first
quarter of a MiB, so a file that is smaller costs nothing until it is whole.
"""

import hashlib
import threading
from collections.abc import Mapping
from concurrent.futures import Executor, Future

from broker.quarantine.seams import NotTakenError, QuarantineFull
from domain.canonical import Json
from domain.errors import EvidenceError
from domain.ids import SessionId
from recorder.format.frame import Kind
from recorder.writer import Recorder, Recording, Seal

FRAME_BYTES = 256 * 1024
EARLY_BYTES = 1024 * 1024
"""How far ahead of what came a part may begin, and how much of such parts is held: clients send a few at once."""

WAITING_BYTES = 4 * 1024 * 1024
"""What may wait for the disk; more makes whoever sends wait with it."""

WHOLE = "whole"


class Spool:
    """One file's bytes. Calls come from one thread, the event loop's; ``size`` counts what came without a gap."""

    def __init__(self, recorder: Recorder, file: str, about: Mapping[str, Json], workers: Executor) -> None:
        self.size = 0
        self._recorder, self._file, self._about, self._workers = recorder, file, about, workers
        self._recording: Recording | None = None
        self._hash = hashlib.sha256()
        self._early: dict[int, bytes] = {}
        self._waiting = bytearray()
        self._lock = threading.Condition()
        self._job: Future[None] | None = None
        self._fault: EvidenceError | None = None

    @property
    def early(self) -> int:
        """How many bytes came ahead of a gap."""
        return sum(map(len, self._early.values()))

    def accept(self, at: int, data: bytes | memoryview) -> None:
        """Raise NotTakenError when ``data`` can't stand at ``at``. Changes nothing."""
        if at < self.size or at in self._early:
            raise NotTakenError(
                f"It writes over byte {at}, which came already.",
                code="file_rewritten",
                remedy="Send the file whole, from its first byte to its last.",
            )
        if at > self.size and at + len(data) > self.size + EARLY_BYTES:
            raise NotTakenError(
                f"It leaves a gap before byte {at}.",
                code="file_sparse",
                remedy="Send the file whole, from its first byte to its last, and without holes.",
            )

    def write(self, at: int, data: bytes | memoryview) -> None:
        """Take ``data``, which ``accept`` accepted; QuarantineFull once the disk said no."""
        if self._fault is not None:
            raise _disk(self._fault)
        if at > self.size:
            self._early[at] = bytes(data)
            return
        self._take(data)
        while self._early:
            first = min(self._early)
            if first > self.size:
                return
            part = self._early.pop(first)
            self.accept(first, part)  # a part that overlaps with what came since
            self._take(part)

    def _take(self, data: bytes | memoryview) -> None:
        self.size += len(data)
        with self._lock:
            self._waiting += data
            if len(self._waiting) < FRAME_BYTES:
                return
            self._start()
            while len(self._waiting) > WAITING_BYTES and self._fault is None:
                self._lock.wait()

    def _start(self) -> None:
        if self._job is None or self._job.done():
            self._job = self._workers.submit(self._drain, FRAME_BYTES)

    def _drain(self, least: int) -> None:
        """Write what waits, until there is less than ``least`` of it."""
        while True:
            with self._lock:
                if self._fault is not None or len(self._waiting) < least or not self._waiting:
                    self._job = None
                    return
                taken, self._waiting = self._waiting, bytearray()
                self._lock.notify_all()
            try:
                self._keep(taken)
            except (EvidenceError, ValueError) as error:
                with self._lock:
                    self._fault = error if isinstance(error, EvidenceError) else EvidenceError(str(error))
                    self._waiting.clear()
                    self._lock.notify_all()

    def _keep(self, taken: bytearray) -> None:
        if self._recording is None:
            self._recording = self._recorder.open(SessionId(self._file), self._about)
        with memoryview(taken) as view:
            for at in range(0, len(view), FRAME_BYTES):
                part = view[at : at + FRAME_BYTES]
                self._hash.update(part)
                self._recording.write(Kind.TO_ASSET, 0, part)

    @property
    def job(self) -> "Future[None] | None":
        """What writes just now; it must be over before ``close`` and ``drop``."""
        return self._job

    def drop(self) -> None:
        """Let go of what is on the disk: nobody wants it. Not for the event loop."""
        if self._recording is not None:
            self._recording.close("dropped")

    def close(self, cause: str) -> "Closed":
        """Write what is left, make it durable and seal it. Not for the event loop. QuarantineFull when the disk said no.

        What came ahead of a gap is dropped: it was never the file's.
        """
        self._drain(1)
        if self._fault is None and self._recording is None:
            try:
                self._recording = self._recorder.open(SessionId(self._file), self._about)
            except EvidenceError as error:
                self._fault = error
        seal = (
            None
            if self._recording is None
            else self._recording.close(cause if self._fault is None else "failed")
        )
        if self._fault is not None:
            raise _disk(self._fault)
        assert seal is not None
        if seal.fault:
            raise _disk(EvidenceError(seal.fault))
        return Closed(self.size, self._hash.hexdigest(), seal)


class Closed:
    """A file that lies on the disk, sealed."""

    __slots__ = ("seal", "sha256", "size")

    def __init__(self, size: int, sha256: str, seal: Seal) -> None:
        self.size, self.sha256, self.seal = size, sha256, seal


def _disk(error: EvidenceError) -> QuarantineFull:
    return QuarantineFull(
        f"The plant's quarantine can't keep this file: {error.fact}",
        code="file_no_room",
        remedy="Tell the plant: its quarantine needs room, or its disk somebody's eyes. Then send the file again.",
    )
