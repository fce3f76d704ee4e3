"""Write recordings: evidence before effect.

``Recording.write`` returns only when the operating system holds the whole frame, so that nothing
that was forwarded is lost when this process dies. One background thread per gate makes the frames
survive loss of power too, at most ``sync_every_s`` later.
"""

import asyncio
import contextlib
import secrets
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from domain.canonical import Json
from domain.clock import Clock
from domain.errors import EvidenceError
from domain.ids import SessionId
from recorder.format import payloads
from recorder.format.chain import Chain
from recorder.format.cipher import KEY_BYTES, Sealer, commitment
from recorder.format.frame import BYTES, HEAD, MAX_PLAIN_BYTES, Kind
from recorder.format.header import Header, encode_seal
from recorder.format.keys import wrap
from recorder.keyring import FixedKey, NodeKeys
from recorder.salvage import Salvaged, salvage, salvage_in
from recorder.stores.local import MIB, LocalStore
from recorder.stores.store import EvidenceStore, Volume

__all__ = ["Recorder", "Recording", "Salvaged", "Seal", "salvage"]


@dataclass(frozen=True, slots=True)
class Seal:
    """How a recording was closed. ``fault`` says why it died before its time, empty when it did not."""

    frames: int
    """All of them, the end frame included."""
    head: bytes
    """The chain's hash after that many frames."""
    sha256: bytes
    """Of the whole sealed file."""
    bytes_to_asset: int
    bytes_to_vendor: int
    fault: str = ""


class Recording:
    """One session's recording. Only one thread may write; after an EvidenceError it is dead for good.

    ``failed`` is called once, on the event loop that opened the recording, when the background sync
    fails; the session must then end.
    """

    def __init__(
        self,
        session: SessionId,
        store: EvidenceStore,
        volume: Volume,
        key: bytes,
        chain: Chain,
        clock: Clock,
        touch: Callable[["Recording"], None],
    ) -> None:
        self.session = session
        self.frames = 0
        self.head = chain.head
        self.bytes_to_asset = 0
        self.bytes_to_vendor = 0
        self.durable = (0, chain.head)
        """Frames and head that are known to survive loss of power: what a heartbeat may state."""
        self.failed: Callable[[str], None] | None = None
        self._store = store
        self._volume = volume
        self._sealer = Sealer(key)
        self._chain = chain
        self._boottime_s = clock.boottime_s
        self._opened_s = clock.boottime_s()
        self._elapsed_us = 0
        self._touch = touch
        self._dirty = False
        self._written = self.durable
        self._dead = ""
        self._fault = ""
        self._seal: Seal | None = None
        self._closing = threading.Lock()  # the syncing thread must never meet a closed file
        self._loop: asyncio.AbstractEventLoop | None = None
        with contextlib.suppress(RuntimeError):
            self._loop = asyncio.get_running_loop()

    @property
    def dead(self) -> str:
        """Why nothing more can be written; empty while it can."""
        return self._dead

    def write(self, kind: Kind, channel: int, payload: bytes | memoryview) -> None:
        """Record one frame; when this returns, it survives the death of this process. Keeps no ``payload``.

        EvidenceError when it could not be written whole: then it must not be forwarded either.
        """
        if self._dead:
            raise EvidenceError(self._dead)
        if len(payload) > MAX_PLAIN_BYTES:
            if kind not in BYTES:
                raise ValueError(f"a {kind.name} frame is {MAX_PLAIN_BYTES} bytes at most")
            for start in range(0, len(payload), MAX_PLAIN_BYTES):
                self.write(kind, channel, payload[start : start + MAX_PLAIN_BYTES])
            return
        self._elapsed_us = max(self._elapsed_us, int((self._boottime_s() - self._opened_s) * 1_000_000))
        try:
            sealed, frame = self._sealer.seal(kind, channel, self.frames, self._elapsed_us, payload)
            after = self._chain.link(sealed)
            frame[len(sealed) :] = after
            self._volume.append((frame,))
            self.frames += 1
            self.head = after
            self._written = (self.frames, after)
        except BaseException as error:
            # Whatever it was, an interrupt included: the file may hold half a frame, or a frame that
            # we do not count, and its number must never be encrypted twice.
            self._die(f"Recording {self.session} failed: {error}")
            raise
        if kind is Kind.TO_ASSET:
            self.bytes_to_asset += len(payload)
        elif kind in BYTES:
            self.bytes_to_vendor += len(payload)
        if not self._dirty:
            self._dirty = True
            self._touch(self)

    async def seal(self, cause: str) -> Seal:
        """Close the recording with ``cause``; the same Seal again when it is closed already.

        A dead recording is closed as far as it verifies, from the reserve when the disk is full.
        EvidenceError when even that fails; the next start of the gate tries again.
        """
        if not self._dead:
            self._dead = f"Recording {self.session} is closed."
        return await asyncio.to_thread(self.close, cause)

    def close(self, cause: str) -> Seal:
        """As ``seal``, for a thread that may wait for the disk."""
        if not self._dead:
            self._dead = f"Recording {self.session} is closed."
        with self._closing:
            if self._seal is None:
                self._seal = self._closed(cause)
            return self._seal

    def sync(self) -> None:
        """Called by the syncing thread: make what was written so far survive loss of power."""
        if not self._closing.acquire(blocking=False):
            return  # it is being closed, which syncs it; nobody else has to wait for that
        try:
            self._dirty = False
            written = self._written
            if not self._fault and self._seal is None:
                self._volume.sync()
                self.durable = written
        except EvidenceError as error:
            # Never tried again: after a failed fsync the kernel may have dropped the pages,
            # and the next one would report success.
            self.fail(str(error))
        finally:
            self._closing.release()

    def fail(self, reason: str) -> None:
        """Declare the recording dead from any thread, and tell ``failed``."""
        self._die(reason)
        failed = self.failed
        if failed is not None and self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: so are its sessions
                self._loop.call_soon_threadsafe(failed, reason)
        elif failed is not None:
            failed(reason)

    def _die(self, reason: str) -> None:
        self._fault = self._fault or reason
        self._dead = self._dead or reason

    def _closed(self, cause: str) -> Seal:
        if not self._fault:
            try:
                return self._closed_in_order(cause)
            except EvidenceError as error:
                self._fault = str(error)
        self._volume.close()
        self._store.free_reserve()
        found = salvage_in(self._store, self.session, cause)
        self.frames, self.head = found.frames, found.head
        self.bytes_to_asset, self.bytes_to_vendor = found.bytes_to_asset, found.bytes_to_vendor
        return Seal(
            found.frames,
            found.head,
            found.sha256,
            found.bytes_to_asset,
            found.bytes_to_vendor,
            self._fault,
        )

    def _closed_in_order(self, cause: str) -> Seal:
        body = payloads.end(cause, self.frames, self.bytes_to_asset, self.bytes_to_vendor)
        elapsed_us = max(self._elapsed_us, int((self._boottime_s() - self._opened_s) * 1_000_000))
        head = HEAD.pack(Kind.END, 0, 0, 0, self.frames, elapsed_us, len(body), len(body))
        after = self._chain.link(head, body)
        seal = encode_seal(self.frames + 1, after)
        sha256 = self._chain.close(seal)
        self._volume.append((head, body, after, seal))
        self._volume.seal()
        self.frames, self.head = self.frames + 1, after
        return Seal(self.frames, after, sha256, self.bytes_to_asset, self.bytes_to_vendor)


class Recorder:
    """Opens recordings in one folder, which must exist; one per gate. ``close`` it when the gate stops.

    ``keys`` is the node's 32-byte recording key, or where it is kept. ``store`` is for tests; otherwise a LocalStore with
    ``reserve_bytes`` kept back and no opening below ``least_free_bytes`` or ``least_free_share``.
    """

    def __init__(
        self,
        folder: Path,
        keys: bytes | NodeKeys,
        clock: Clock,
        *,
        reserve_bytes: int = 64 * MIB,
        least_free_bytes: int = 256 * MIB,
        least_free_share: float = 0.10,
        sync_every_s: float = 0.1,
        store: EvidenceStore | None = None,
    ) -> None:
        self.store: EvidenceStore = store or LocalStore(
            folder,
            reserve_bytes=reserve_bytes,
            least_free_bytes=least_free_bytes,
            least_free_share=least_free_share,
        )
        self._keys: NodeKeys = FixedKey(keys) if isinstance(keys, bytes) else keys
        self._clock = clock
        self._syncer = _Syncer(sync_every_s)

    def check(self) -> str | None:
        """Why no session may open now, as a sentence; None when everything can be recorded."""
        try:
            with self._keys.current():
                pass
        except EvidenceError as error:
            return error.fact
        return self._syncer.fault() or self.store.fault()

    def open(self, session: SessionId, header: Mapping[str, Json]) -> Recording:
        """A new recording, its beginning durable; ``header`` is what the gate knows: ``permit``, ``digest``.

        EvidenceError, with nothing opened, when ``check`` says no or the disk does.
        """
        why_not = self.check()
        if why_not is not None:
            raise EvidenceError(why_not)
        key = secrets.token_bytes(KEY_BYTES)
        preamble, text = Header(session, self._clock.now(), commitment(key), header).encode()
        with self._keys.current() as kek:  # until the key file is there, nobody changes the node's key
            volume = self.store.create(session, wrap(key, kek, session, secrets.token_bytes(12)))
        try:
            volume.append((preamble, text))
            volume.sync()
        except BaseException:
            volume.close()
            raise
        chain = Chain(preamble, text)
        return Recording(session, self.store, volume, key, chain, self._clock, self._syncer.touch)

    def interrupted(self) -> tuple[SessionId, ...]:
        """Sessions whose recording is not sealed: at start, those that a crash cut off."""
        return self.store.open_ones()

    def salvage(self, session: SessionId) -> Salvaged:
        """Close what a crash cut off; EvidenceError while a living process still writes it."""
        return salvage_in(self.store, session)

    def close(self) -> None:
        """Stop the syncing thread, after one last round."""
        self._syncer.stop()


class _Syncer:
    """The one thread that makes written frames durable, all recordings in turn."""

    def __init__(self, every_s: float) -> None:
        self._every_s = every_s
        self._waiting: deque[Recording] = deque()
        self._work = threading.Event()
        self._over = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def touch(self, recording: Recording) -> None:
        """Something was written to ``recording``."""
        self._waiting.append(recording)
        if self._thread is None:
            self._start()
        self._work.set()

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                thread = threading.Thread(target=self._run, name="recorder-sync", daemon=True)
                thread.start()
                self._thread = (
                    thread  # and not before: one that has yet to start looks like one that has died
                )

    def fault(self) -> str | None:
        """A sentence when frames are no longer made durable."""
        if self._over.is_set():
            return "The recorder is closed."
        if self._thread is not None and not self._thread.is_alive():
            return "The thread that makes recordings durable has died; restart the gate."
        return None

    def stop(self) -> None:
        """End after one last round."""
        self._over.set()
        self._work.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while True:
            self._work.wait()
            self._work.clear()  # before looking at what there is: a wish that comes later sets it again
            over = self._over.wait(self._every_s)
            while self._waiting:
                self._sync(self._waiting.popleft())
            if over:
                return

    def _sync(self, recording: Recording) -> None:
        try:
            recording.sync()
        except Exception as error:  # noqa: BLE001 -- whatever it is, this recording is no longer safe
            recording.fail(f"Recording {recording.session} could not be made durable: {error}")
