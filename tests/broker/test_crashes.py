"""Killed at any moment, the gate or the signer or both: nothing acknowledged is lost, every loss is told, all verifies.

A real gate and a real signer, and vendors who come and go all the time, so that a kill meets sessions that open, that are
recorded, that are sealed and that are told of. Three kills here, two hundred in ``make deep``.
"""

import contextlib
import hashlib
import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from broker.clock import SystemClock
from broker.ledger import LedgerClient
from broker.sessions.course import Witness
from broker.sessions.reconcile import reconcile
from broker.watchdog.journal import Journal
from domain.canonical import Json
from recorder.format.frame import Kind
from recorder.format.reader import BrokenRecordingError, Reader
from recorder.ledger.checkpoint import Checkpoint
from recorder.ledger.merkle import verify_consistency
from recorder.ledger.note import Note
from recorder.ledger.reader import LogReader
from recorder.report import Verdict
from recorder.verify import verify_recording
from tests.broker.plant_side import small_gate
from tests.broker.running import crossed, frames_of, recorder_in
from tests.broker.signers import SignerAt
from tests.stride import DEEP

KILLS = int(os.environ.get("PENSTOCK_KILLS", "200" if DEEP else "3"))
VENDORS = 3
TAG_BYTES = 8


@dataclass
class Asset:
    """What each connection brought, apart: its first bytes say whose it was."""

    got: list[bytearray] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads: list[threading.Thread] = []
        self._accepting = threading.Thread(target=self._accept)
        self._accepting.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _ = self._listener.accept()
                self.got.append(bytearray())
                one = threading.Thread(target=self._read, args=(line, self.got[-1]))
                one.start()
                self._threads.append(one)

    def _read(self, line: socket.socket, into: bytearray) -> None:
        with line, contextlib.suppress(OSError):
            while data := line.recv(65536):
                into += data

    def close(self) -> None:
        """All that was under way has arrived."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for one in (self._accepting, *self._threads):
            one.join()


def vendor(port: int, stop: threading.Event) -> None:
    """One who comes, sends some of this and that, goes, and comes again."""
    while not stop.is_set():
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as line:
            tag = secrets.token_hex(TAG_BYTES // 2).encode()
            line.sendall(tag)
            for number in range(secrets.randbelow(40)):
                line.sendall(b"%s %d;" % (tag, number) * (1 + secrets.randbelow(300)))


@contextlib.contextmanager
def busy(port: int) -> Iterator[None]:
    stop = threading.Event()
    threads = [threading.Thread(target=vendor, args=(port, stop)) for _ in range(VENDORS)]
    for one in threads:
        one.start()
    try:
        yield
    finally:
        stop.set()
        for one in threads:
            one.join()


def kill_somebody(folder: Path, signer: SignerAt) -> Asset:
    """A gate at work is killed at a random moment, the signer before it, with it, or not at all."""
    asset = Asset()
    with (
        small_gate(folder, asset, 600, "signed") as (gate, port),  # type: ignore[arg-type] # its port is all that is asked for
        busy(port),
    ):
        end = time.monotonic() + 30
        while sum(map(len, asset.got)) < 2000:
            assert time.monotonic() < end
            time.sleep(0.005)
        time.sleep(secrets.randbelow(400) / 1000)
        first = secrets.randbelow(3)
        if first == 0:
            signer.kill()
            time.sleep(secrets.randbelow(300) / 1000)
        gate.kill()
        if first == 1:
            signer.kill()
        gate.wait()
    asset.close()
    return asset


def whole_so_far(part: Path) -> None:
    """What a crash leaves is a chain that verifies as far as it goes, and stops."""
    with part.open("rb") as file:
        if not file.read(1):
            return  # it was only just begun
        file.seek(0)
        try:
            for _ in Reader(file).frames():
                pass
        except BrokenRecordingError as error:
            assert error.cut, error


def events(log: LogReader) -> list[dict[str, Json]]:
    return [dict(kept.event) for kept in log.events()]


async def start_again(folder: Path, signer: SignerAt) -> None:
    """What a node does when it comes up: the signer reads its whole log, the gate closes what was left open."""
    if signer.process is None or signer.process.poll() is not None:
        signer.start()
    clock, log = SystemClock(), LogReader(signer.ledger)
    async with LedgerClient(signer.socket) as client:
        witness = Witness(client, Journal(folder / "leaves.journal"), clock)
        recorder = recorder_in(folder, clock)
        await reconcile(recorder, witness, clock, (one for one in events(log)))
        assert await witness.drain()
        recorder.close()


def check_sessions(folder: Path, told: list[dict[str, Json]]) -> dict[bytes, bytes]:
    """Each session that was opened has one end, of this very recording; what the vendor sent, by its tag."""
    recorded: dict[bytes, bytes] = {}
    opened = {str(one["session"]) for one in told if one["event"] == "SessionOpened"}
    for session in opened:
        ends = [
            one
            for one in told
            if one["event"] in {"SessionEnded", "SessionInterrupted"} and one["session"] == session
        ]
        assert ends, f"{session} has no end"
        assert all(one == ends[0] for one in ends), (
            ends
        )  # what the journal told again is alike in every field
        data = (folder / "recordings" / f"{session}.pnr").read_bytes()
        assert ends[0]["recording_sha256"] == hashlib.sha256(data).hexdigest()
        if ends[0]["event"] == "SessionInterrupted":
            assert "frames verify" in str(ends[0]["sentence"]) or "had not been told" in str(
                ends[0]["sentence"]
            )
        sent = crossed(frames_of(folder, session), Kind.TO_ASSET)
        recorded[sent[:TAG_BYTES]] = sent
        with (folder / "recordings" / f"{session}.pnr").open("rb") as file:
            assert verify_recording(file).verdict is not Verdict.FAIL
    return recorded


async def test_abuse_33_killed_at_any_moment_nothing_acknowledged_is_lost_and_every_loss_is_told(
    tmp_path: Path,
) -> None:
    """E06: what was not finished is told as interrupted, with the byte up to which it verifies."""
    signer = SignerAt(tmp_path)
    signer.start()
    log, before = LogReader(signer.ledger), None
    checked = 0
    for _ in range(KILLS):
        asset = kill_somebody(tmp_path, signer)
        for part in (tmp_path / "recordings").glob("*.part"):
            whole_so_far(part)
        await start_again(tmp_path, signer)
        told = events(log)
        recorded = check_sessions(tmp_path, told[checked:])
        for got in asset.got:
            if len(got) >= TAG_BYTES:
                assert recorded[bytes(got[:TAG_BYTES])].startswith(got), (
                    "it reached the asset, and is not recorded"
                )
        head = Checkpoint.of(Note.of(log.checkpoint.encode()).body)
        if before is not None:
            path = log.prove_consistency(before.size, head.size)
            assert verify_consistency(before.size, head.size, before.root, head.root, path)
        before, checked = head, len(told)
    assert signer.stop() == 0
    assert checked > KILLS
