import asyncio
import errno
import hashlib
import os
import threading
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import pytest

from domain.errors import EvidenceError
from domain.ids import SessionId
from recorder.format import payloads
from recorder.format.cipher import Opener
from recorder.format.frame import MAX_PLAIN_BYTES, Kind
from recorder.format.keys import unwrap
from recorder.format.reader import Reader
from recorder.stores.memory import MemoryStore
from recorder.writer import Recorder
from tests.clock import FrozenClock
from tests.recorder.recordings import ABOUT, KEK, SESSION, recorder_in, sealed_in, tell, walk


async def test_what_was_written_is_what_is_read(tmp_path: Path) -> None:
    path = await sealed_in(tmp_path)
    reader, stored = walk(path.read_bytes())
    key = unwrap((tmp_path / f"{SESSION}.key").read_bytes(), KEK, SESSION)
    opener = Opener(key, reader.header.key_commitment)
    frames = [(one.head.kind, one.head.elapsed_us, opener.open(one.head, one.body)) for one in stored]
    assert frames[1] == (Kind.TO_VENDOR, 0, b"login as service\r\n$ ")
    assert frames[2] == (Kind.TO_ASSET, 500_000, b"uptime\r")
    assert frames[3][2].count(b"load average") == 20
    assert frames[-1][0] is Kind.END
    assert payloads.read(frames[-1][2])["cause"] == "finished"
    assert reader.sealed
    assert reader.header.about == ABOUT


async def test_the_seal_states_what_the_file_holds(tmp_path: Path) -> None:
    clock = FrozenClock()
    recorder = recorder_in(tmp_path, clock)
    recording = recorder.open(SESSION, ABOUT)
    tell(recording, clock)
    seal = await recording.seal("finished")
    recorder.close()
    data = (tmp_path / f"{SESSION}.pnr").read_bytes()
    reader, stored = walk(data)
    assert seal.sha256 == hashlib.sha256(data).digest()
    assert (seal.frames, seal.head) == (len(stored), reader.head)
    assert (seal.bytes_to_asset, seal.bytes_to_vendor) == (reader.bytes_to_asset, reader.bytes_to_vendor)
    assert (recording.frames, recording.head) == (seal.frames, seal.head)
    assert seal.fault == ""


async def test_a_frame_is_in_the_file_before_write_returns(tmp_path: Path) -> None:
    recorder = recorder_in(tmp_path)
    recording = recorder.open(SESSION, ABOUT)
    part = tmp_path / f"{SESSION}.pnr.part"
    for number in range(1, 20):
        recording.write(Kind.TO_ASSET, 1, b"x" * number)
        reader, stored = walk(part.read_bytes())
        assert (len(stored), reader.head) == (number, recording.head)
        assert not reader.sealed
    await recording.seal("finished")
    recorder.close()


async def test_a_recording_may_open_while_the_first_one_s_syncing_has_only_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = recorder_in(tmp_path)
    recording = recorder.open(SESSION, ABOUT)
    start, found = threading.Thread.start, []

    def looked_at(thread: threading.Thread) -> None:
        found.append(recorder.check())
        start(thread)
        found.append(recorder.check())

    monkeypatch.setattr(threading.Thread, "start", looked_at)
    recording.write(Kind.TO_ASSET, 1, b"x")
    monkeypatch.undo()
    assert found == [None, None]
    await recording.seal("finished")
    recorder.close()


async def test_nothing_typed_or_shown_stands_in_the_file_in_clear(tmp_path: Path) -> None:
    path = await sealed_in(tmp_path)
    data = path.read_bytes()
    assert b"uptime" not in data
    assert b"login as service" not in data


async def test_a_long_payload_becomes_several_frames(tmp_path: Path) -> None:
    recorder = recorder_in(tmp_path)
    recording = recorder.open(SESSION, ABOUT)
    recording.write(Kind.TO_VENDOR, 1, os.urandom(MAX_PLAIN_BYTES + 1))
    assert recording.frames == 2
    assert recording.bytes_to_vendor == MAX_PLAIN_BYTES + 1
    with pytest.raises(ValueError, match="at most"):
        recording.write(Kind.MARK, 1, b"x" * (MAX_PLAIN_BYTES + 1))
    await recording.seal("finished")
    recorder.close()


async def test_text_is_compressed_and_noise_is_not(tmp_path: Path) -> None:
    recorder = recorder_in(tmp_path)
    recording = recorder.open(SESSION, ABOUT)
    recording.write(Kind.TO_VENDOR, 1, b"the same line again\r\n" * 500)
    after_text = (tmp_path / f"{SESSION}.pnr.part").stat().st_size
    recording.write(Kind.TO_VENDOR, 1, os.urandom(10_000))
    after_noise = (tmp_path / f"{SESSION}.pnr.part").stat().st_size
    await recording.seal("finished")
    recorder.close()
    assert after_text < 1500
    assert after_noise - after_text > 10_000


async def test_a_sealed_recording_takes_no_more_and_seals_once(tmp_path: Path) -> None:
    recorder = recorder_in(tmp_path)
    recording = recorder.open(SESSION, ABOUT)
    seal = await recording.seal("finished")
    with pytest.raises(EvidenceError, match="closed"):
        recording.write(Kind.TO_ASSET, 1, b"late")
    assert await recording.seal("again") == seal
    recorder.close()


async def test_one_session_has_one_recording(tmp_path: Path) -> None:
    recorder = recorder_in(tmp_path)
    first = recorder.open(SESSION, ABOUT)
    with pytest.raises(EvidenceError):
        recorder.open(SESSION, ABOUT)
    await first.seal("finished")
    with pytest.raises(EvidenceError):
        recorder.open(SESSION, ABOUT)
    recorder.close()


async def test_only_a_session_id_becomes_a_file_name(tmp_path: Path) -> None:
    recorder = recorder_in(tmp_path)
    for name in ("../../etc/passwd", "", "a" * 25, "A" * 26, "a" * 25 + "/", "a" * 26 + "\n"):
        with pytest.raises(EvidenceError):
            recorder.open(SessionId(name), ABOUT)
    recorder.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == [".reserve"]


async def test_frames_become_durable_in_the_background(tmp_path: Path) -> None:
    recorder = recorder_in(tmp_path)
    recording = recorder.open(SESSION, ABOUT)
    recording.write(Kind.TO_ASSET, 1, b"x")
    written = (1, recording.head)
    async with asyncio.timeout(10):
        while recording.durable != written:
            await asyncio.sleep(0.005)
    await recording.seal("finished")
    recorder.close()


async def test_a_failed_background_sync_kills_the_recording_and_says_so_on_the_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = recorder_in(tmp_path)
    recording = recorder.open(SESSION, ABOUT)
    told: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    recording.failed = told.set_result

    def refuse(_fd: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fdatasync", refuse)
        recording.write(Kind.TO_ASSET, 1, b"x")
        reason = await asyncio.wait_for(told, 10)
    assert "Input/output error" in reason
    with pytest.raises(EvidenceError):
        recording.write(Kind.TO_ASSET, 1, b"y")
    seal = await recording.seal("recording failed")
    assert "Input/output error" in seal.fault
    recorder.close()


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EFBIG])
@pytest.mark.parametrize("landed", [0, 1, 40])
async def test_a_failed_write_kills_the_recording_for_good_and_it_still_seals(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, landed: int
) -> None:
    recorder = recorder_in(tmp_path)
    recording = recorder.open(SESSION, ABOUT)
    recording.write(Kind.TO_ASSET, 1, b"before")
    real = os.writev

    def broken(fd: int, parts: Sequence[bytes]) -> None:
        if landed:
            os.write(fd, b"".join(parts)[:landed])
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "writev", broken)
    with pytest.raises(EvidenceError, match=os.strerror(code)):
        recording.write(Kind.TO_ASSET, 1, b"lost")
    monkeypatch.setattr(os, "writev", real)
    with pytest.raises(EvidenceError):
        recording.write(Kind.TO_ASSET, 1, b"never")
    seal = await recording.seal("recording failed")
    recorder.close()
    reader, stored = walk((tmp_path / f"{SESSION}.pnr").read_bytes())
    assert reader.sealed
    assert reader.cause == "recording failed"
    assert reader.bytes_to_asset == len(b"before") == seal.bytes_to_asset
    assert len(stored) == 2
    assert os.strerror(code) in seal.fault


async def test_a_short_write_is_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = recorder_in(tmp_path)
    recording = recorder.open(SESSION, ABOUT)
    monkeypatch.setattr(os, "writev", lambda fd, parts: os.write(fd, b"".join(parts)[:7]))
    recording.write(Kind.TO_ASSET, 1, b"whole")
    monkeypatch.undo()
    reader, _ = walk((tmp_path / f"{SESSION}.pnr.part").read_bytes())
    assert reader.bytes_to_asset == 5
    await recording.seal("finished")
    recorder.close()


async def test_an_interrupt_inside_a_write_leaves_no_half_counted_frame(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = recorder_in(tmp_path)
    recording = recorder.open(SESSION, ABOUT)
    real = os.writev

    def interrupted(fd: int, parts: Sequence[bytes]) -> None:
        real(fd, parts)
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "writev", interrupted)
    with pytest.raises(KeyboardInterrupt):
        recording.write(Kind.TO_ASSET, 1, b"landed")
    monkeypatch.undo()
    with pytest.raises(EvidenceError):
        recording.write(Kind.TO_ASSET, 1, b"same number")
    await recording.seal("stopped")
    recorder.close()
    reader, stored = walk((tmp_path / f"{SESSION}.pnr").read_bytes())
    assert reader.sealed
    assert [one.head.sequence for one in stored] == [0, 1]


async def test_the_memory_store_records_alike() -> None:
    store = MemoryStore()
    recorder = Recorder(None, KEK, FrozenClock(), store=store)
    recording = recorder.open(SESSION, ABOUT)
    recording.write(Kind.TO_ASSET, 1, b"x")
    await recording.seal("finished")
    recorder.close()
    reader = Reader(BytesIO(store.source(SESSION).read()))
    assert len(list(reader.frames())) == 2
    assert reader.sealed


async def test_a_closed_recorder_opens_nothing(tmp_path: Path) -> None:
    recorder = recorder_in(tmp_path)
    recorder.close()
    assert recorder.check() is not None
    with pytest.raises(EvidenceError):
        recorder.open(SESSION, ABOUT)


def test_a_recorder_closes_at_whatever_moment_it_is_told_to(tmp_path: Path) -> None:
    for number in range(200):
        recorder = Recorder(tmp_path, KEK, FrozenClock(), sync_every_s=0.0001, store=MemoryStore())
        recording = recorder.open(SESSION, ABOUT)
        for _ in range(number % 7):
            recording.write(Kind.TO_ASSET, 1, b"x")
        recorder.close()
